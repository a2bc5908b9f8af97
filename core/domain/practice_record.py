"""What all judged practices of one person come to: the profile, the newest score, and where the
person is stuck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.ability import (
    Ability,
    AbilityProfile,
    Attempt,
    counted,
    faded,
    profile_of,
)
from core.domain.dialogue import Mode
from core.domain.practice_result import PracticeResult

STUCK_RUN = 3
STUCK_BELOW = 5.0
"""An ability is stuck when it stayed below this in that many practices in a row."""


@dataclass(frozen=True, slots=True)
class PracticeRecord:
    """`whole`: judged practices of whole cases, and `newest` the last of them; `stuck`: the ability
    that stayed low for longest and over how many practices; `unfaded`: the profile with each
    ability as on the day of its last practice, which is in `last`; `is_cut`: older practices may
    have been left out."""

    whole: int
    newest: PracticeResult | None
    stuck: tuple[Ability, int] | None
    unfaded: AbilityProfile
    last: Mapping[Ability, datetime]
    is_cut: bool = False

    def profile(self, now: datetime) -> AbilityProfile:
        """The nine levels as they stand now."""
        levels = [
            replace(level, theta=faded(level.theta, (now - last).total_seconds() / 86400))
            if (last := self.last.get(level.ability))
            else level
            for level in self.unfaded.levels
        ]
        return replace(self.unfaded, levels=tuple(levels))


def record_of(
    person_id: str, results: Sequence[PracticeResult], attempts: Sequence[Attempt]
) -> PracticeRecord:
    """`results` newest first, micro-drills among them; `attempts` are the same as the tracker of
    abilities sees them, in any order."""
    whole = [one for one in results if one.mode is not Mode.MICRO]
    ordered = sorted(attempts, key=lambda attempt: attempt.at)
    return PracticeRecord(
        whole=len(whole),
        newest=next(iter(whole), None),
        stuck=_stuck([dict(one.abilities) for one in whole]),
        unfaded=profile_of(person_id, ordered),
        last={ability: held[-1][0].at for ability, held in counted(ordered).items() if held},
    )


def _stuck(whole: Sequence[Mapping[Ability, float | None]]) -> tuple[Ability, int] | None:
    worst: tuple[Ability, int] | None = None
    for ability in Ability:
        run = 0
        for marks in whole:
            mark = marks.get(ability)
            if mark is None:
                continue
            if mark >= STUCK_BELOW:
                break
            run += 1
        if run >= STUCK_RUN and (worst is None or run > worst[1]):
            worst = ability, run
    return worst

"""What tricks earn: points of 10 by which each raises the score of honest talks.

Run: python -m tests.bench.gaming [--every N] [--live]. Exit status 1 when a trick earns more than
LIMIT on any talk.
Talks are held by scripted trainees of four skills with the built-in customer, over every case
(--every N: each N-th); then each trick is played in every trainee line of the same talk. `raw`
compares with the talk as it was, `gain` with the same talk and the trick's honest share (see
tests/fakes/gamer.py). --live plays the tricks while the customer listens, and says how that ends.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from statistics import mean

from core.content.library import open_library
from core.customer.agenda_engine import AgendaEngine
from core.domain.dialogue import Dialogue, Speaker, Turn
from core.domain.scenario import Scenario
from core.domain.scorecard import Scorecard
from core.domain.transcript import Transcript, of_dialogue
from core.services.judging import judge
from core.services.scripted_trainee import Move, Skill, next_move
from ops.reading import line_reader
from ops.study.grid import Case, Plan, lay_out
from ops.study.talks import Stage, Talk
from tests.fakes.gamer import TRICKS, Place, Trick, itself, played

LIMIT = 0.3
SKILLS = (Skill.POOR, Skill.WEAK, Skill.FAIR, Skill.GOOD)


@dataclass(frozen=True, slots=True)
class Played:
    """One trick in one talk: points of 10 over the talk, and over its honest share."""

    name: str
    raw: float
    gain: float
    raised: tuple[str, ...]


def cases(every: int) -> list[Case]:
    """A talk of each skill over every N-th case of both languages."""
    library = open_library()
    found = []
    for language in ("zh", "en"):
        plan = Plan(trainees=5, scenarios=99, personas=3, repeats=1, language=language)
        grid = [one for one in lay_out(plan, library).cases() if one.skill in SKILLS]
        by_case: dict[str, list[Case]] = {}
        for one in grid:
            by_case.setdefault(one.scenario_id, []).append(one)
        for number, held in enumerate(list(by_case.values())[::every]):
            found += [
                next(one for one in held[number % 3 * len(SKILLS) :] if one.skill is skill)
                for skill in SKILLS
            ]
    return found


def honest(stage: Stage, found: Sequence[Case]) -> list[Talk]:
    """These talks, held."""

    async def hold() -> list[Talk]:
        return [await stage.hold(case) for case in found]

    return asyncio.run(hold())


def transcript(stage: Stage, talk: Talk) -> Transcript:
    return of_dialogue(talk.dialogue, talk.turns, scenario=stage.scenario(talk))


def answers(stage: Stage, talk: Talk) -> list[str]:
    """Model answers of all other cases in the talk's language."""
    mine = stage.scenario(talk)
    return [
        goal.reference_line
        for case in stage.content.scenarios(mine.language)
        if case.id != mine.id
        for goal in case.sub_goals
    ]


def measured(stage: Stage, talk: Talk, tricks: Sequence[Trick]) -> list[Played]:
    """What each trick earns in this talk."""
    reader, held = stage.reader, transcript(stage, talk)
    others = answers(stage, talk)
    known: dict[object, Scorecard] = {}

    def card(twist: object) -> Scorecard:
        if twist not in known:
            known[twist] = judge(played(held, twist, others), reader=reader)  # type: ignore[arg-type]
        return known[twist]

    found = []
    for trick in tricks:
        plain, fair, tricked = card(itself), card(trick.honest), card(trick.twist)
        found.append(
            Played(
                trick.name,
                (tricked.overall or 0) - (plain.overall or 0),
                (tricked.overall or 0) - max(fair.overall or 0, plain.overall or 0),
                raised(fair, tricked),
            )
        )
    return found


def raised(before: Scorecard, after: Scorecard) -> tuple[str, ...]:
    """Checks that are better now, or worse ones that no longer apply."""
    marks = {mark.check: mark.mark for mark in before.marks}
    return tuple(
        f"{mark.check}{'' if mark.mark is not None else '-'}"
        for mark in after.marks
        if mark.mark != (was := marks[mark.check])
        and (mark.mark is None or was is None or mark.mark > was)
        and mark.mark != 0
    )


def print_gains(found: dict[str, list[tuple[str, Played]]]) -> float:
    """One line for each trick; the highest gain."""
    print(f"{'trick':40} raw mean   max | gain mean   max  over .3  most raised")
    for name, rows in found.items():
        gains = [one.gain for _, one in rows]
        raws = [one.raw for _, one in rows]
        most = Counter(check for _, one in rows if one.gain > 0 for check in one.raised)
        worst = max(rows, key=lambda row: row[1].gain)
        print(
            f"{name:40} {mean(raws):+8.2f} {max(raws):+5.2f}"
            f" | {mean(gains):+8.2f} {max(gains):+5.2f}"
            f"  {sum(gain > LIMIT + 1e-9 for gain in gains):4}/{len(gains)}  "
            f"{' '.join(f'{check}:{count}' for check, count in most.most_common(6))}"
            f"  [{worst[0]}: {' '.join(worst[1].raised)}]"
        )
    return max(one.gain for rows in found.values() for _, one in rows)


class Tricking:
    """A scripted trainee who plays a trick in every line."""

    def __init__(self, trick: Trick, others: Sequence[str]) -> None:
        self._trick, self._others = trick, others

    def __call__(
        self,
        skill: Skill,
        *,
        scenario: Scenario,
        dialogue: Dialogue,
        turns: Sequence[Turn],
        chance: Random,
    ) -> Move:
        move = next_move(skill, scenario=scenario, dialogue=dialogue, turns=turns, chance=chance)
        mine = sum(turn.speaker is Speaker.TRAINEE for turn in turns)
        heard = next((t.text for t in reversed(turns) if t.speaker is Speaker.CUSTOMER), "")
        return replace(
            move,
            text=self._trick.twist(move.text, Place(scenario, mine, 10**6, heard, self._others)),
        )


def live(stage: Stage, found: Sequence[Case], talks: Sequence[Talk]) -> None:
    """How the customer takes each trick."""
    print(f"\n{'trick, while the customer listens':40} score  heat at the end  solved  lines")
    _print_live("none", talks)
    for trick in TRICKS:
        tricking = replace(stage, trainee=Tricking(trick, answers(stage, talks[0])))
        _print_live(trick.name, honest(tricking, found))


def _print_live(name: str, talks: Sequence[Talk]) -> None:
    ends = Counter(str(talk.dialogue.end_reason) for talk in talks)
    print(
        f"{name:40} {mean(talk.card.overall or 0 for talk in talks):5.2f}"
        f"  {mean(talk.dialogue.state.mood.heat for talk in talks):13.2f}"
        f"  {sum(talk.card.outcome.solved for talk in talks) / len(talks):6.0%}"
        f"  {mean(talk.card.outcome.trainee_turns for talk in talks):5.1f}  {dict(ends)}"
    )


def main() -> int:
    """Print it all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--trick", default="")
    chosen = parser.parse_args()
    stage = Stage(open_library(), line_reader(), AgendaEngine())
    found = cases(chosen.every)
    talks = honest(stage, found)
    tricks = [one for one in TRICKS if chosen.trick in one.name]
    rows: dict[str, list[tuple[str, Played]]] = {trick.name: [] for trick in tricks}
    for talk in talks:
        for one in measured(stage, talk, tricks):
            rows[one.name].append((talk.case.id, one))
    by_skill = {
        skill.name: round(mean(t.card.overall or 0 for t in talks if t.case.skill is skill), 3)
        for skill in SKILLS
    }
    print(f"{len(talks)} talks, scores by skill {by_skill}")
    highest = print_gains(rows)
    if chosen.live:
        live(stage, found, talks)
    return 0 if highest <= LIMIT + 1e-9 else 1


if __name__ == "__main__":
    sys.exit(main())

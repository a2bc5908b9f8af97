"""A talk made ready for the checks: readings, facts told, sub-goals settled, heat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.domain.dialogue import Speaker, Turn
from core.domain.reading import LineReading, TraineeAct
from core.domain.scenario import Scenario, SubGoal, Wordings
from core.domain.scorecard import CheckMark, UnscoredReason
from core.domain.transcript import Transcript
from core.domain.wording import bare
from core.services.checks.cues import Cues

QUOTE = 160
"""Characters of a turn that are quoted at most."""

MOST_ASKED = 3
"""Things asked in one message that a customer takes in and answers."""

RELATIONAL = frozenset(
    {
        TraineeAct.EMPATHY_SPECIFIC,
        TraineeAct.EMPATHY_GENERIC,
        TraineeAct.APOLOGY_OWNED,
        TraineeAct.APOLOGY_BARE,
    }
)
STEPS = (TraineeAct.SOLVE_STEP, TraineeAct.SOLVE_ACCEPT)
OFFERS = (
    *STEPS,
    TraineeAct.EXPLAIN,
    TraineeAct.TIME_COMMIT,
    TraineeAct.COMPENSATE,
    TraineeAct.REFUSE_ALT,
    TraineeAct.TRANSFER,
)
"""Acts that give the customer something to agree to; before one of them there is nothing to
confirm and no other need to ask for."""


@dataclass(frozen=True, slots=True)
class Line:
    """One trainee turn: what it does, the heat 0..1 it answers, and the customer's answer."""

    turn: Turn
    reading: LineReading
    heat: float
    replies: tuple[Turn, ...]

    @property
    def said(self) -> str:
        """What of it is the trainee's own and about this case, in normal form."""
        return self.reading.own or self.reading.text

    @property
    def answerable(self) -> bool:
        """Whether a customer can take in what it asks. What is told all the same is known then."""
        things = max(self.said.count("?"), self.said.count("、") + 1, len(self.reading.asked))
        return things <= MOST_ASKED

    @property
    def relational_only(self) -> bool:
        """Sympathy or apology and nothing else."""
        return bool(self.reading.acts) and self.reading.acts <= RELATIONAL


@dataclass(frozen=True, slots=True)
class Talk:
    """What every check sees. `told` and `settled`: key -> seq of the turn where it happened."""

    transcript: Transcript
    lines: tuple[Line, ...]
    told: dict[str, int]
    settled: dict[str, int]
    verified_at: int | None
    cues: Cues

    @property
    def scenario(self) -> Scenario | None:
        """The case, if it is known."""
        return self.transcript.scenario

    @property
    def hottest(self) -> float:
        """The highest heat any trainee line had to answer."""
        return max((line.heat for line in self.lines), default=0.0)

    def doing(self, *acts: TraineeAct) -> Iterator[Line]:
        """Lines that do any of these acts."""
        return (line for line in self.lines if line.reading.does(*acts))

    def first(self, *acts: TraineeAct) -> Line | None:
        """The first line that does any of these acts."""
        return next(self.doing(*acts), None)

    def after_an_offer(self, *acts: TraineeAct) -> list[Line]:
        """Lines that do any of these acts once something has been offered, or with the offer."""
        offer = self.first(*OFFERS)
        start = offer.turn.seq if offer else None
        return [line for line in self.doing(*acts) if start is not None and line.turn.seq >= start]

    def line_at(self, seq: int) -> Line | None:
        """The trainee line with this seq."""
        return next((line for line in self.lines if line.turn.seq == seq), None)

    def open_goals(self) -> tuple[SubGoal, ...]:
        """Sub-goals of the case that were not settled."""
        goals = self.scenario.sub_goals if self.scenario else ()
        return tuple(goal for goal in goals if goal.key not in self.settled)

    def before(self, seq: int) -> tuple[Turn, ...]:
        """All turns before this one."""
        return tuple(turn for turn in self.transcript.turns if turn.seq < seq)

    def last_burst(self) -> tuple[Turn, ...]:
        """The customer's messages after the trainee's last line."""
        return self.lines[-1].replies if self.lines else ()


def facts_told(turn: Turn, scenario: Scenario | None) -> tuple[str, ...]:
    """Fact keys a customer turn tells: as noted with the turn, else as found in its text."""
    if scenario is None or turn.speaker is not Speaker.CUSTOMER:
        return ()
    if turn.acts or turn.told:
        wrong = {act.about for act in turn.acts if act.wrong}
        return tuple(
            fact.key for fact in scenario.facts if fact.key in turn.told and fact.key not in wrong
        )
    said = bare(turn.text)
    return tuple(
        fact.key
        for fact in scenario.facts
        if any(surface and bare(surface) in said for surface in (fact.value, *fact.surfaces))
    )


def quote_of(turn: Turn, part: str = "") -> str:
    """An exact piece of the turn: `part` if it is in there, else its beginning up to the last
    border of a clause that fits."""
    if part and part in turn.text:
        return part
    if len(turn.text) <= QUOTE:
        return turn.text
    start = turn.text[:QUOTE]
    for signs in ("。！？；.!?;", "，,", " "):
        border = max(start.rfind(sign) for sign in signs)
        if border > QUOTE // 3:
            return start[: border + 1].rstrip()
    return start


def marked(
    check: str, mark: float, line: Line | Turn | None, why: str, *, part: str = "", **facts: str
) -> CheckMark:
    """A mark with its evidence."""
    turn = line.turn if isinstance(line, Line) else line
    return CheckMark(
        check=check,
        mark=mark,
        turn=turn.seq if turn else None,
        quote=quote_of(turn, part) if turn else "",
        why=why,
        facts=tuple(sorted(facts.items())),
    )


def skipped(check: str, why: str, **facts: str) -> CheckMark:
    """The check does not apply to this talk."""
    return CheckMark(check=check, mark=None, why=why, facts=tuple(sorted(facts.items())))


def unscored(check: str, reason: UnscoredReason) -> CheckMark:
    """The check applies, yet nobody can mark it now."""
    return CheckMark(check=check, mark=None, why=reason.value, unscored=reason)


def meets(text: str, wordings: Wordings) -> bool:
    """Whether the text holds one of the word groups completely; letter case does not count."""
    lowered = text.lower()
    return any(group and all(word.lower() in lowered for word in group) for group in wordings)


def half_of(sentence: str) -> str:
    """The first half of a sentence, cut at the border nearest to its middle, without the mark
    there: who shows it adds the dots."""
    middle = len(sentence) // 2
    borders = [at + 1 for at, sign in enumerate(sentence[:-1]) if sign in "，。；！？,;.!? "]
    cut = min(borders, key=lambda at: abs(at - middle), default=middle)
    return sentence[:cut].rstrip("，。；！？,;.!? ")

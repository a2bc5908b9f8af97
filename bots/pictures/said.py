"""Pictures with their words: scores, levels and counts in a person's language.

A picture that would say nothing is an empty text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bots.facts import joined, name_of, number
from bots.pictures import curves, radar
from bots.pictures.canvas import stacked
from bots.pictures.radar import Axis
from core.catalogue import say


def ability_radar(language: str, axes: Sequence[Axis], *, title: str) -> str:
    """The axes, labelled with the codes of abilities; nothing below three known ones. `title` is
    the catalogue's key under `page`."""
    if sum(axis.value is not None for axis in axes) < radar.FEWEST:
        return ""
    named = [replace(axis, label=name_of(language, "ability", axis.label)) for axis in axes]
    text = say(
        language, "page.radar_text", values=joined(language, [_told(language, a) for a in named])
    )
    return radar.radar(named, title=say(language, f"page.{title}"), text=text)


def _told(language: str, axis: Axis) -> str:
    if axis.value is None:
        return say(language, "page.ability_none", ability=axis.label)
    said = say(language, "list.ability_value", ability=axis.label, value=number(axis.value))
    if axis.band is None:
        return said
    low, high = (number(end) for end in axis.band)
    return say(language, "page.radar_reach", value=said, low=low, high=high)


def trend(language: str, scores: Sequence[float | None]) -> str:
    """Scores 0..10, oldest first; nothing below two."""
    known = [score for score in scores if score is not None]
    if len(known) < 2:
        return ""
    told = joined(language, [number(score) for score in known])
    return curves.curve(
        [(str(place), score) for place, score in enumerate(known, start=1)],
        title=say(language, "page.trend"),
        text=say(language, "page.trend_text", values=told),
    )


@dataclass(frozen=True, slots=True)
class Heat:
    """The customer's anger 0..10 after a trainee's turn."""

    turn: int
    after: float


def heat(language: str, before: float, steps: Sequence[Heat]) -> str:
    """How a customer's anger went, from `before` the first turn; nothing without turns."""
    if not steps:
        return ""
    told = [
        say(language, "page.mood_point", turn=step.turn, value=number(step.after)) for step in steps
    ]
    return curves.curve(
        [("", before), *((str(step.turn), step.after) for step in steps)],
        title=say(language, "page.mood"),
        text=say(language, "page.mood_text", values=joined(language, told)),
    )


def scorecard(language: str, axes: Sequence[Axis], before: float, steps: Sequence[Heat]) -> str:
    """A talk in one picture: its abilities above, the customer's anger below."""
    parts = (
        (ability_radar(language, axes, title="abilities"), radar.SIZE, "page.abilities"),
        (heat(language, before, steps), curves.SIZE, "page.mood"),
    )
    shown = [(drawn, size, say(language, key)) for drawn, size, key in parts if drawn]
    return stacked(shown) if shown else ""


def days(language: str, last: date, counts: Sequence[int]) -> str:
    """Practices a day up to `last`; nothing where nobody practised."""
    if not any(counts):
        return ""
    first = last - timedelta(days=len(counts) - 1)
    labelled = [
        (f"{first + timedelta(days=place):%m-%d}", count) for place, count in enumerate(counts)
    ]
    told = [
        say(language, "report.digest.picture_text", day=day, count=count) for day, count in labelled
    ]
    return curves.bars(
        labelled,
        title=say(language, "report.digest.picture"),
        text=joined(language, told),
    )

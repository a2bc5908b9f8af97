"""Fits the judge of satisfaction that is shipped, on talks that were made for it alone.

    peilian simulate --out DIR --repeats 1          (and one with --lang en)
    python -m ops.fit_satisfaction DIR/dialogues.jsonl … OUT.json

Simulated talks are labelled by how they ended and by the heat the customer left with; short talks
are put together from hand-written pieces and labelled by what the pieces are worth. How simulated
trainees talk tells nothing about real clerks, so the trainee's view learns from hand-written lines
and pieces, each a talk on its own, labelled by what it is worth or the acts in it are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import TypeAlias, cast

from core.domain.dialogue import EndReason, Speaker, Turn
from core.domain.messages import Json
from core.errors import TranscriptError
from core.learned.act_fit import read_lines as read_lines_with_acts
from core.learned.acts import DATA
from core.learned.satisfaction import SatisfactionModel, model_text
from core.learned.satisfaction_features import View
from core.learned.satisfaction_file import Labelled
from core.learned.satisfaction_fit import fit_satisfaction
from core.plain_yaml import load_plain
from core.readers.transcripts import read_lines
from ops.files import reading, writing

Parts: TypeAlias = Mapping[str, Mapping[str, Mapping[str, Json]]]

SHORT_TALKS = {"zh": 900, "en": 250}
SEEN_IN = 5
MOST_WON, MOST_LOST = 1.8, 1.5
"""So much one answer raises or lowers a mark at most, whatever it does."""

NOTE = "Simulated talks and hand-written pieces and lines; no real customer's words."

_OUTCOME = {
    EndReason.SOLVED: 1.0,
    EndReason.FINISHED_BY_TRAINEE: -0.3,
    EndReason.TURN_LIMIT: -0.3,
    EndReason.GIVEN_UP: -1.2,
    EndReason.ESCALATED: -1.5,
}
# Kinds of answers that the short talks take in a row, and how customers leave after them.
_COURSES = (
    ("solves",),
    ("asks",),
    ("waits",),
    ("brushes_off",),
    ("asks", "solves"),
    ("asks", "waits"),
    ("waits", "brushes_off"),
    ("asks", "brushes_off"),
    ("waits", "solves"),
)
_LEAVING = {
    "solves": ("solved", "solved", "accepts", "accepts", "still"),
    "asks": ("tells", "tells", "accepts", "still"),
    "waits": ("accepts", "still", "still", "angry"),
    "brushes_off": ("still", "angry", "angry", "accepts"),
}


def labelled(said: Sequence[tuple[Speaker, str]], *, name: str, mark: float) -> Labelled:
    """A talk whose three grades are one mark, held inside 1..5."""
    inside = min(5.0, max(1.0, mark))
    turns = tuple(Turn(at, speaker, text, 0.0) for at, (speaker, text) in enumerate(said, start=1))
    grades = {"solved": inside, "satisfied": inside, "effective": inside}
    return Labelled(id=name, turns=turns, overall=inside, grades=grades)


def simulated(path: Path) -> Iterator[Labelled]:
    """The talks of a study, labelled by their end and by the customer's last heat."""
    with reading(path) as lines:
        for line in lines:
            row = json.loads(line)
            for read in read_lines([line]):
                if isinstance(read, TranscriptError):
                    raise read
                end = _OUTCOME.get(read.end_reason, 0.0) if read.end_reason else 0.0
                said = [(turn.speaker, turn.text) for turn in read.turns]
                mark = 3.6 + end - 1.6 * float(row["heat_end"])
                yield labelled(said, name=read.id, mark=mark)


def short_talks(language: str, *, count: int) -> Iterator[Labelled]:
    """Talks of two to six turns from the hand-written pieces; the same ones every time."""
    parts, chance = _parts(language), Random(f"satisfaction:{language}")
    for at in range(count):
        yield _short_talk(parts, chance, name=f"{language}-{at}")


def answers() -> Iterator[Labelled]:
    """Every hand-written line and piece of a trainee, as the only answer in a talk: whatever tells
    talks of several answers apart here tells nothing about real ones."""
    worth = cast(Mapping[str, float], _parts("zh")["acts"])
    for line in read_lines_with_acts(DATA / "trainee_lines.zh.jsonl"):
        yield _answer(line.text, sum(worth[act] for act in line.acts or ("none",)))
    for language in SHORT_TALKS:
        for part in _parts(language)["trainee"].values():
            for text in cast(list[str], part["lines"]):
                yield _answer(text, _worth(part))


def _answer(text: str, worth: float) -> Labelled:
    said = [(Speaker.CUSTOMER, ""), (Speaker.TRAINEE, text)]
    return labelled(said, name=text, mark=3.0 + max(-MOST_LOST, min(MOST_WON, worth)))


def _parts(language: str) -> Parts:
    source = files("core.learned").joinpath("data", "satisfaction", f"parts.{language}.yaml")
    return cast(Parts, load_plain(source.read_text(encoding="utf-8")))


def _short_talk(parts: Parts, chance: Random, *, name: str) -> Labelled:
    said = [(Speaker.CUSTOMER, chance.choice(cast(list[str], parts["problems"])))]
    course = chance.choice(_COURSES)
    mark = 3.0
    for at, kind in enumerate(course):
        said.append((Speaker.TRAINEE, _piece(parts["trainee"][kind], chance)))
        if at + 1 < len(course):
            said.append((Speaker.CUSTOMER, _piece(parts["ending"]["tells"], chance)))
    mark += _worth(parts["trainee"][course[-1]]) * 0.7
    if chance.random() < 0.75:
        leaving = chance.choice(_LEAVING[course[-1]])
        said.append((Speaker.CUSTOMER, _piece(parts["ending"][leaving], chance)))
        mark += _worth(parts["ending"][leaving]) * 0.7
        if leaving in ("solved", "accepts") and chance.random() < 0.5:
            said.append((Speaker.TRAINEE, _piece(parts["trainee"]["courtesy"], chance)))
            mark += _worth(parts["trainee"]["courtesy"]) * 0.3
    return labelled(said, name=name, mark=mark)


def _piece(part: Mapping[str, Json], chance: Random) -> str:
    return chance.choice(cast(list[str], part["lines"]))


def _worth(part: Mapping[str, Json]) -> float:
    return cast(float, part["worth"])


def main(arguments: Sequence[str]) -> int:
    """Read the studies, fit, write the model."""
    *studies, target = map(Path, arguments)
    talks = [talk for path in studies for talk in simulated(path)]
    for language, count in SHORT_TALKS.items():
        talks += short_talks(language, count=count)
    whole = fit_satisfaction(talks, seen_in=SEEN_IN).dialogues
    alone = fit_satisfaction([*answers()], seen_in=SEEN_IN).dialogues
    sights = {View.BOTH: whole[View.BOTH], View.TRAINEE: alone[View.TRAINEE]}
    with writing(target) as out:
        out.write(model_text(SatisfactionModel(sights, {}, NOTE)).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

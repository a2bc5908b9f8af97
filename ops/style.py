"""`peilian style fit`: a company's own customer lines become a style pack."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from random import Random
from statistics import mean

from core.catalogue.loader import say
from core.content.library import open_library
from core.customer.agenda_engine import AgendaEngine
from core.customer.line_reader import PatternLineReader
from core.domain.dialogue import Speaker
from core.domain.style import StylePack, Utterance
from core.errors import SettingsError, TranscriptError
from core.learned.style import ENOUGH_DIALOGUES, FEWEST_LINES, learn_style, with_odds
from core.ports.content import ContentLibrary
from core.services.style_file import pack_json, read_pack, read_utterances
from ops.study.gate import COPIED_LIMIT, LONG_LINE
from ops.study.grid import Case, Plan, lay_out
from ops.study.talks import Stage

TRIED = 6
"""Scenarios of the talks that are held with a new pack, ten talks each."""

ROUNDS = 4
WEIGHED_TALKS = 120
LINES_A_TALK = 40
"""How often our own customer is weighed against the source, and in how many talks each time: one
for so many lines of the source, 120 at most. With the odds of one round the customer writes
otherwise, and the next round weighs what is left."""

WEIGHED_SEED = 2

HAN_SHARE = 0.2
"""Share of Chinese characters from which the lines are taken for Chinese."""


def fit_style(source: Path, target: Path, *, language: str = "") -> Sequence[str]:
    """Learn from `source` (JSON lines, .gz accepted), write `target`; what to tell.

    The language is read off the lines where none is given. SettingsError names every line that
    is no utterance, or says that there are too few; nothing is written then.
    """
    lines, faults = _read(source)
    if faults:
        raise SettingsError(faults)
    language = language or _language_of(lines)
    try:
        learned = learn_style(lines, language=language)
    except ValueError as fault:
        needed = say(language, "style.too_few", lines=len(lines), needed=FEWEST_LINES)
        raise SettingsError([f"{source}: {needed}"]) from fault
    content = open_library()
    pack, industry = asyncio.run(weighed(learned.pack, lines, content))
    found = asyncio.run(_try(pack, {one.text.strip() for one in lines}, content))
    failed = ("copied",) if found.share > COPIED_LIMIT else ()
    _write(target, replace(pack, failed=failed))
    return [
        say(
            language,
            "style.learned",
            lines=learned.pack.lines,
            dialogues=learned.pack.dialogues,
            median=learned.pack.lengths[4],
        ),
        say(
            language,
            "style.left_out",
            masked=learned.masked_lines,
            rare=learned.rare_grams,
            enough=ENOUGH_DIALOGUES,
        ),
        say(
            language,
            "style.weighed",
            talks=ROUNDS * _weighed_talks(pack),
            industry=industry,
            weights=len(pack.odds),
        ),
        say(
            language,
            "style.kept",
            stock=len({*pack.stock, *pack.first_lines, *pack.forms}),
            enough=ENOUGH_DIALOGUES,
        ),
        say(
            language,
            "style.copied",
            talks=found.talks,
            copied=found.copied,
            long=found.long_lines,
            share=f"{found.share:.1%}",
        ),
        say(language, "style.written", pack=target),
    ]


@dataclass(frozen=True, slots=True)
class Trial:
    """Lines of 8 or more characters in a few talks, and how many of them stand in the source."""

    talks: int
    long_lines: int
    copied: int

    @property
    def share(self) -> float:
        """Copied lines of all long ones."""
        return self.copied / max(1, self.long_lines)


async def weighed(
    pack: StylePack, lines: Sequence[Utterance], content: ContentLibrary
) -> tuple[StylePack, str]:
    """The pack with the odds against our own customer in talks of the trade that is nearest to
    the lines, and that trade."""
    industry = _nearest_industry(pack, content)
    plan = Plan(
        scenarios=len(content.scenarios(pack.language)),
        repeats=1,
        industry=industry,
        language=pack.language,
        seed=WEIGHED_SEED,
    )
    cases = list(lay_out(plan, content).cases())
    Random(WEIGHED_SEED).shuffle(cases)
    turning = cycle(cases)
    for _ in range(ROUNDS):
        stage = Stage(content, PatternLineReader(), AgendaEngine(style=pack))
        own = await _said(stage, islice(turning, _weighed_talks(pack)))
        pack = with_odds(pack, lines, own)
    return pack, industry


def _weighed_talks(pack: StylePack) -> int:
    return min(WEIGHED_TALKS, max(1, pack.lines // LINES_A_TALK))


def _nearest_industry(pack: StylePack, content: ContentLibrary) -> str:
    """The trade whose openings are likeliest in the source."""
    found: dict[str, list[float]] = defaultdict(list)
    for one in content.scenarios(pack.language):
        found[one.industry].extend(map(pack.likelihood, one.openings))
    return max(sorted(found), key=lambda name: mean(found[name]))


async def _try(pack: StylePack, known: Set[str], content: ContentLibrary) -> Trial:
    stage = Stage(content, PatternLineReader(), AgendaEngine(style=pack))
    plan = Plan(trainees=5, scenarios=TRIED, personas=2, repeats=1, language=pack.language)
    grid = lay_out(plan, content)
    long_lines = [text for text in await _said(stage, grid.cases()) if len(text) >= LONG_LINE]
    copied = sum(text in known for text in long_lines)
    return Trial(len(grid), len(long_lines), copied)


async def _said(stage: Stage, cases: Iterable[Case]) -> list[str]:
    """Everything the customers write in these talks."""
    return [
        turn.text
        for case in cases
        for turn in (await stage.hold(case)).turns
        if turn.speaker is Speaker.CUSTOMER
    ]


def open_style(path: Path, *, language: str, trial: bool = False) -> StylePack:
    """The pack in a file; SettingsError says what is wrong with it.

    `trial`: a pack that failed its gates is taken too (a study may hold talks with it, nobody
    practises with it).
    """
    try:
        pack = read_pack(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise SettingsError([say(language, "style.unreadable", pack=path)]) from fault
    except (ValueError, TypeError, RecursionError) as fault:
        raise SettingsError([say(language, "style.no_pack", pack=path)]) from fault
    if pack.failed and not trial:
        gates = say(language, "list.comma").join(
            say(language, f"study.gate.{name}") for name in pack.failed
        )
        raise SettingsError([say(language, "style.refused", pack=path, gates=gates)])
    return pack


def mark_pack(path: Path, failed: Sequence[str]) -> None:
    """Write into the pack's file which gates it failed in a study; none clears it."""
    pack = replace(read_pack(path.read_text(encoding="utf-8")), failed=tuple(failed))
    _write(path, pack)


def _write(target: Path, pack: StylePack) -> None:
    fresh = target.with_suffix(target.suffix + ".part")
    text = json.dumps(pack_json(pack), ensure_ascii=False, indent=1)
    fresh.write_text(text + "\n", encoding="utf-8")
    fresh.replace(target)


def _read(source: Path) -> tuple[list[Utterance], list[str]]:
    lines: list[Utterance] = []
    faults: list[str] = []
    opener = gzip.open if source.suffix == ".gz" else open
    with opener(source, "rt", encoding="utf-8") as rows:
        for one in read_utterances(rows):
            if isinstance(one, TranscriptError):
                faults.append(f"{source}:{one.line}: {one.reason}")
            else:
                lines.append(one)
    return lines, faults


def _language_of(lines: Sequence[Utterance]) -> str:
    text = "".join(one.text for one in lines)
    han = sum("\u4e00" <= sign <= "\u9fff" for sign in text)
    return "zh" if han >= HAN_SHARE * max(1, len(text)) else "en"

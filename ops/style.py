"""`peilian style fit`: a company's own customer lines become a style pack."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

from core.catalogue.loader import say
from core.domain.style import Utterance
from core.errors import SettingsError, TranscriptError
from core.learned.style import ENOUGH_DIALOGUES, FEWEST_LINES, learn_style
from core.services.style_file import pack_json, read_utterances

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
    fresh = target.with_suffix(target.suffix + ".part")
    text = json.dumps(pack_json(learned.pack), ensure_ascii=False, indent=1)
    fresh.write_text(text + "\n", encoding="utf-8")
    fresh.replace(target)
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
        say(language, "style.kept", stock=len(learned.pack.stock), enough=ENOUGH_DIALOGUES),
        say(language, "style.written", pack=target),
    ]


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

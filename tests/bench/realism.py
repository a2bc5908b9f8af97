"""How far the embedded customer is from real customers' lines: default, and with a style pack.

Run: PEILIAN_BENCH_UTTERANCES=lines.jsonl.gz python -m tests.bench.realism. The file holds one real
customer message a line ({"dialogue", "turn", "text"}); nothing of it is written anywhere.

Protocol. Both customers hold the same study of the retail scenes (10 trainees of five skills, 7
scenes, 10 personas, once each) with the same seed. Dialogues are drawn by chance until there are
as many lines as in the reference. Character 1-4-grams (TF-IDF) and logistic regression tell the
sides apart, held out in five folds by dialogue, for single lines and for four in a row. The
pack is fitted on the reference itself. The bound is one half of the real dialogues against the
other. Masked messages and markers stay in, as a stranger would measure; they are counted apart.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from core.content.library import open_library
from core.customer.agenda_engine import AgendaEngine
from core.customer.line_reader import PatternLineReader
from core.domain.dialogue import Speaker
from core.domain.style import StylePack, Utterance
from core.learned.style import learn_style
from ops.study.audit import audit
from ops.study.gate import Closeness, compare, read_reference
from ops.study.grid import Plan, lay_out
from ops.study.talks import Stage

REFERENCE = "PEILIAN_BENCH_UTTERANCES"
TALKS = 650

Lines = Mapping[str, Sequence[str]]


def measure(reference: Lines) -> dict[str, Closeness]:
    """Figures by name: default, fitted, and real against real."""
    lines = [
        Utterance(name, at, text)
        for name, texts in reference.items()
        for at, text in enumerate(texts)
    ]
    learned = learn_style(lines, language="zh")
    pack = replace(learned.pack, burst_shares=())
    names = sorted(reference)
    Random(0).shuffle(names)
    halves = (names[::2], names[1::2])
    first, second = ({name: reference[name] for name in half} for half in halves)
    return {
        "default": compare(asyncio.run(_lines(None, reference)), reference),
        "fitted": compare(asyncio.run(_lines(pack, reference)), reference),
        "real against real": compare(first, second),
    }


async def _lines(pack: StylePack | None, reference: Lines) -> Lines:
    content = open_library()
    stage = Stage(content, PatternLineReader(), AgendaEngine(style=pack), pack)
    grid = lay_out(Plan(repeats=1, industry="retail"), content)
    cases = list(grid.cases())
    Random(1).shuffle(cases)
    enough = sum(map(len, reference.values()))
    said: dict[str, list[str]] = {}
    for case in cases[:TALKS]:
        talk = await stage.hold(case)
        assert not audit(talk.turns, stage.scenario(talk)).faults, case.id
        said[case.id] = [
            turn.text for turn in stage.written(talk) if turn.speaker is Speaker.CUSTOMER
        ]
        if sum(map(len, said.values())) >= enough:
            break
    return said


def main() -> None:
    """Print the table."""
    path = os.environ.get(REFERENCE)
    if not path:
        sys.exit(f"{REFERENCE} names no file")
    reference = read_reference(Path(path))
    texts = [text for lines in reference.values() for text in lines]
    masked = sum("[" in text or text.isupper() for text in texts)
    print(f"reference: {len(reference)} dialogues, {len(texts)} lines, {masked} masked or markers")
    print("customer           lines  AUC line  AUC four  copied  distinct-2 (reference)")
    for name, found in measure(reference).items():
        print(
            f"{name:18s} {found.lines:5d}  {found.auc_line:8.3f}  {found.auc_window:8.3f}"
            f"  {found.copied:6.3f}  {found.distinct_2:.3f} ({found.reference_distinct_2:.3f})"
        )


if __name__ == "__main__":
    main()

"""How far the embedded customer is from real customers' lines: default, and with a style pack.

Run: PEILIAN_BENCH_UTTERANCES=lines.jsonl.gz python -m tests.bench.realism [default] [half] [file].
The file holds one real customer message a line ({"dialogue", "turn", "text"}); nothing of it is
written anywhere.

Protocol. The customers hold the study of the retail scenes (10 trainees of five skills, 7 scenes,
10 personas, once each). Dialogues are drawn by chance until there are as many lines as in the
reference. Character 1-4-grams (TF-IDF) and logistic regression tell the sides apart, held out in
five folds by dialogue, for single lines and for four in a row. `half`: the pack is fitted on one
half of the real dialogues by chance, as `peilian style fit` does it, and measured against the
other; `file`: on the whole and against the whole. The bound is one half of the real dialogues
against the other. Masked messages and markers stay in, as a stranger would measure; they are
counted apart. Told with it: facts leaked or contradicted, and CPU seconds.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
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
from ops.style import weighed

REFERENCE = "PEILIAN_BENCH_UTTERANCES"
CUSTOMERS = ("default", "half", "file")

Lines = Mapping[str, Sequence[str]]


def halves(reference: Lines) -> tuple[Lines, Lines]:
    """The dialogues in two halves by chance."""
    names = sorted(reference)
    Random(0).shuffle(names)
    first, second = ({name: reference[name] for name in half} for half in (names[::2], names[1::2]))
    return first, second


def fit(source: Lines) -> StylePack:
    """The pack that `peilian style fit` makes of these lines."""
    lines = [
        Utterance(name, at, text) for name, texts in source.items() for at, text in enumerate(texts)
    ]
    pack, _ = asyncio.run(weighed(learn_style(lines, language="zh").pack, lines, open_library()))
    return pack


def measure(customer: str, reference: Lines) -> tuple[Closeness, int]:
    """The figures of a customer, and the talks in which a fact was leaked or contradicted."""
    first, second = halves(reference)
    source, target = {
        "default": (None, reference),
        "half": (first, second),
        "file": (reference, reference),
    }[customer]
    said, faults = asyncio.run(_lines(fit(source) if source else None, target))
    return compare(said, target), faults


async def _lines(pack: StylePack | None, reference: Lines) -> tuple[Lines, int]:
    content = open_library()
    stage = Stage(content, PatternLineReader(), AgendaEngine(style=pack), pack)
    cases = list(lay_out(Plan(repeats=1, industry="retail"), content).cases())
    Random(1).shuffle(cases)
    enough, faults = sum(map(len, reference.values())), 0
    said: dict[str, list[str]] = {}
    for case in cases:
        talk = await stage.hold(case)
        faults += audit(talk.turns, stage.scenario(talk)).faults > 0
        said[case.id] = [
            turn.text for turn in stage.written(talk) if turn.speaker is Speaker.CUSTOMER
        ]
        if sum(map(len, said.values())) >= enough:
            break
    return said, faults


def main() -> None:
    """Print the table."""
    path = os.environ.get(REFERENCE)
    if not path:
        sys.exit(f"{REFERENCE} names no file")
    reference = read_reference(Path(path))
    texts = [text for lines in reference.values() for text in lines]
    masked = sum("[" in text or text.isupper() for text in texts)
    print(f"reference: {len(reference)} dialogues, {len(texts)} lines, {masked} masked or markers")
    print("customer    lines  AUC line  AUC four  copied  distinct-2 (reference)  faults  CPU s")
    for name in [one for one in CUSTOMERS if one in (sys.argv[1:] or CUSTOMERS)]:
        begun = time.process_time()
        found, faults = measure(name, reference)
        _tell(name, found, f"{faults:6d}  {time.process_time() - begun:5.0f}")
    _tell("real", compare(*halves(reference)), "")


def _tell(name: str, found: Closeness, more: str) -> None:
    print(
        f"{name:10s} {found.lines:6d}  {found.auc_line:8.3f}  {found.auc_window:8.3f}"
        f"  {found.copied:6.3f}  {found.distinct_2:.3f} ({found.reference_distinct_2:.3f})  {more}",
        flush=True,
    )


if __name__ == "__main__":
    main()

"""`python -m ops.fit_acts`: fits the act model that comes with the product, and measures it.

Run after a change of the training lines; needs scikit-learn (`make ml`), half a minute.
"""

from __future__ import annotations

import json

from core.customer.line_acts import ABSTAIN_BELOW
from core.customer.line_reader import PatternLineReader
from core.domain.reading import TraineeAct
from core.learned.act_fit import cross_validate, digest, figures, fit, read_lines
from core.learned.acts import DATA
from core.learned.predict import save
from core.ports.line_reader import LineContext


def main() -> None:
    """Write the model and its figures beside the lines."""
    lines = read_lines(DATA / "trainee_lines.zh.jsonl")
    reader, context = PatternLineReader(), LineContext(language="zh")

    def heard(text: str) -> frozenset[TraineeAct]:
        reading = reader.read(text, context)
        return frozenset() if reading.confidence < ABSTAIN_BELOW else reading.acts

    measured = figures(cross_validate(lines, heard=heard), source=digest(lines))
    text = json.dumps(measured, ensure_ascii=False, indent=1)
    (DATA / "acts.zh.measured.json").write_text(text + "\n", encoding="utf-8")
    save(fit(lines), DATA / "acts.zh.json")


if __name__ == "__main__":
    main()

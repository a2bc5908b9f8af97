"""`style fit` on a file of utterances: a pack, or every fault by line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.services.style_file import read_pack
from ops.style import fit_style


def utterances(count: int) -> str:
    rows = [
        {
            "dialogue": f"d{at % 40}",
            "turn": at // 40,
            "text": ("在吗", "怎么还没到", "好的")[at % 3],
        }
        for at in range(count)
    ]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.mark.parametrize("name", ["lines.jsonl", "lines.jsonl.gz"])
def test_a_pack_is_written_and_what_was_learned_is_told(tmp_path: Path, name: str) -> None:
    source, target = tmp_path / name, tmp_path / "shop.style.json"
    data = utterances(300).encode()
    source.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)

    told = "\n".join(fit_style(source, target))

    pack = read_pack(target.read_text(encoding="utf-8"))
    assert (pack.language, pack.lines, pack.dialogues) == ("zh", 300, 40)
    assert "40 段对话里的 300 条" in told
    assert str(target) in told
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_every_bad_line_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    source, target = tmp_path / "lines.jsonl", tmp_path / "pack.json"
    source.write_text(utterances(300) + 'no\n{"dialogue": "a", "turn": 1}\n', encoding="utf-8")

    with pytest.raises(SettingsError) as caught:
        fit_style(source, target)

    assert caught.value.faults == (f"{source}:301: not_json", f"{source}:302: bad_text")
    assert not target.exists()


def test_too_few_lines_say_how_many_are_needed(tmp_path: Path) -> None:
    source = tmp_path / "lines.jsonl"
    source.write_text(utterances(20), encoding="utf-8")

    with pytest.raises(SettingsError, match="20 条客户消息，至少需要 200 条"):
        fit_style(source, tmp_path / "pack.json")

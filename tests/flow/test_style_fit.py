"""`style fit` on a file of utterances: a pack, or every fault by line."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.services.style_file import pack_json, read_pack
from ops.models import customer_engine
from ops.settings import Settings
from ops.style import fit_style, mark_pack, open_style
from ops.wiring import build


def utterances(count: int) -> str:
    rows = [
        {
            "dialogue": f"d{at % 40}",
            "turn": at // 40,
            "text": ("在吗", "快递怎么还没到", "好的")[at % 3],
        }
        for at in range(count)
    ]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def test_a_pack_is_written_and_what_was_learned_is_told(tmp_path: Path) -> None:
    source, target = tmp_path / "lines.jsonl.gz", tmp_path / "shop.style.json"
    source.write_bytes(gzip.compress(utterances(300).encode()))

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


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """What a fit tells, and the pack it wrote."""
    folder = tmp_path_factory.mktemp("style")
    source, target = folder / "lines.jsonl", folder / "pack.json"
    source.write_text(utterances(300), encoding="utf-8")
    told = "\n".join(fit_style(source, target))
    return told, target.read_text(encoding="utf-8")


@pytest.fixture
def pack_file(tmp_path: Path, learned: tuple[str, str]) -> Path:
    path = tmp_path / "pack.json"
    path.write_text(learned[1], encoding="utf-8")
    return path


def test_fit_tells_how_much_of_a_few_talks_is_copied(learned: tuple[str, str]) -> None:
    assert "抽样 60 段模拟对话" in learned[0]
    assert "0 条与原文相同（0.0%）" in learned[0]


def test_fit_weighs_our_customer_in_talks_of_one_trade(learned: tuple[str, str]) -> None:
    pack = read_pack(learned[1])

    assert re.search(r"28 段对话（\w+）比较", learned[0])
    assert pack.log_odds("快递怎么还没到") > pack.log_odds("你们到底管不管")


def test_a_practice_speaks_in_the_style_that_is_set(tmp_path: Path, pack_file: Path) -> None:
    pack = pack_file

    plain = customer_engine(Settings(data_dir=tmp_path), None)
    styled = customer_engine(Settings(data_dir=tmp_path, style=pack), None)

    assert styled.version != plain.version


@pytest.mark.parametrize("content", ["", "not json", "[]", '{"format": "peilian-style-1"}'])
def test_a_file_that_is_no_pack_is_a_fault_of_the_settings(tmp_path: Path, content: str) -> None:
    path = tmp_path / "pack.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(SettingsError, match="不是风格包"):
        build(Settings(data_dir=tmp_path, style=path))


def test_a_pack_that_is_not_there_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="读不到风格包"):
        build(Settings(data_dir=tmp_path, style=tmp_path / "none.json"))


def test_a_pack_that_failed_is_refused_for_practice_and_taken_for_a_study(pack_file: Path) -> None:
    path = pack_file
    mark_pack(path, ["auc_line", "copied"])

    with pytest.raises(SettingsError, match="没有通过检验，不能用来练习"):
        build(Settings(data_dir=path.parent, style=path))
    tried = open_style(path, language="zh", trial=True)
    mark_pack(path, [])

    assert tried.failed == ("auc_line", "copied")
    assert open_style(path, language="zh").failed == ()


def test_a_pack_written_before_gates_were_marked_is_read(pack_file: Path) -> None:
    path = pack_file
    old = pack_json(read_pack(path.read_text(encoding="utf-8")))
    path.write_text(json.dumps({key: old[key] for key in old if key != "failed"}), encoding="utf-8")

    assert open_style(path, language="zh").failed == ()

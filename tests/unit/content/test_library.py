"""A company's own packs beside the shipped ones."""

from pathlib import Path

import pytest

from core.content.library import open_library
from core.errors import ContentError
from tests.unit.content.samples import SOUND, changed, write_pack

OWN_PERSONA = """\
version: "7"
language: zh
personas:
  - id: white-collar
    name: 我们的白领客户
    group: 上班族
    card: 公司自己的描述。
    manner:
      length: 1.1
      burst: 0.3
      typos: 0.4
      final_punctuation: 0.2
      polite_you: 0.3
      patience: 0.9
"""


def test_an_extra_pack_adds_its_scenarios(tmp_path: Path) -> None:
    write_pack(tmp_path, SOUND)
    library = open_library(tmp_path)
    assert library.scenario("lost-parcel").facts[0].value == "7730"
    assert library.scenarios("zh")[0].id == "lost-parcel"
    assert library.scenario("broadband-outage").industry == "telecom"


def test_an_extra_scenario_with_a_shipped_id_takes_its_place(tmp_path: Path) -> None:
    write_pack(tmp_path, changed("id: lost-parcel", "id: broadband-outage"))
    library = open_library(tmp_path)
    assert library.scenario("broadband-outage").title == "包裹不见了"
    assert [one.id for one in library.scenarios("zh")].count("broadband-outage") == 1


def test_the_last_folder_wins(tmp_path: Path) -> None:
    write_pack(tmp_path / "a", SOUND)
    write_pack(tmp_path / "b", changed("title: 包裹不见了", "title: 包裹去哪了"))
    assert (
        open_library(tmp_path / "a", tmp_path / "b").scenario("lost-parcel").title == "包裹去哪了"
    )


def test_an_extra_persona_overrides_one_and_keeps_the_others(tmp_path: Path) -> None:
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "personas.yaml").write_text(OWN_PERSONA, encoding="utf-8")
    library = open_library(tmp_path)
    assert library.persona("white-collar").name == "我们的白领客户"
    assert library.persona("white-collar").version == "7"
    assert library.persona("student").name == "大学生"


def test_a_pack_with_faults_does_not_open_and_names_them_all(tmp_path: Path) -> None:
    one = write_pack(tmp_path, changed("critical: K3", "critical: K9"))
    two = write_pack(tmp_path, changed("id: lost-parcel", "id: UP"), name="up")
    with pytest.raises(ContentError) as caught:
        open_library(tmp_path)
    assert [(fault.file, fault.line) for fault in caught.value.faults] == [
        (str(one), 46),
        (str(two), 1),
    ]


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no pack file is here"):
        open_library(tmp_path / "nowhere")


def test_the_first_title_that_holds_the_words_is_found(tmp_path: Path) -> None:
    write_pack(tmp_path, SOUND)
    write_pack(
        tmp_path,
        changed("id: lost-parcel", "id: b").replace("title: 包裹不见了", "title: 包裹不见了吗"),
        name="b",
    )
    library = open_library(tmp_path)
    found = library.find_scenario("包裹不见了吗", "zh")
    assert found is not None
    assert found.id == "b"
    first = library.find_scenario("包裹", "zh")
    assert first is not None
    assert first.id == "b"

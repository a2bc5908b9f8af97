"""Every fault an author can make is named with its file and line."""

from pathlib import Path

import pytest
import yaml

from core.catalogue import LANGUAGES, has, needs, say
from core.content.check import check
from core.content.pack import SHIPPED
from core.content.reasons import FORMS
from tests.unit.content.samples import SOUND, changed, write_pack

SHAPE = [
    ("brief: 客户的包裹找不到了。\n", "", 1, "missing: file needs 'brief'"),
    ("order: 5", "ordre: 5", 4, "unknown_key: 'ordre' in file"),
    ("  - 在吗\n", "", 10, "too_few: openings has 5, needs at least 6"),
    ("尾号7730, ", "", 37, "too_few: facts.0.surfaces has 2, needs at least 3"),
    ('value: "7730"', "value: 7730", 36, "wrong_type: facts.0.value must be string, put it in"),
    ("critical: K3", "critical: K9", 46, "not_allowed: policy_limits.0.critical is 'K9'"),
    ("industry: retail", "industry: shop", 5, "not_allowed: industry is 'shop'"),
    ("goal: 知道包裹在哪", 'goal: ""', 17, "bad_text: goal is ''"),
    ("      - 包裹 + 在\n", "      []\n", 21, "too_few: sub_goals.0.said_by has 0"),
    ("turns: 4", "turns: 0", 55, "bad_value: reference.turns"),
    ("id: lost-parcel", "id: Lost Parcel", 1, "bad_text: id is 'Lost Parcel'"),
    ("[calm]", "[calm, calm]", 57, "twice: emotions names something twice"),
    ("  - 在吗\n", "\t- 在吗\n", 16, "yaml: found a tab"),
    ("goal: 知道包裹在哪", "goal: 知道: 包裹", 17, "yaml: mapping values"),
    ("goal: 知道包裹在哪", 'goal: "知道\\u200b"', 17, "control: the text holds a sign"),
    ("goal: 知道包裹在哪", "goal: !!python/name:os.x y", 17, "tag: "),
    ("明天中午前送到您家。", "明天{hours}送到。", 32, "stray_brace: "),
    ("明天中午前送到您家。", "明天{policy.送到。", 32, "stray_brace: "),
    ("明天中午前送到您家。", "明天{policy.no}送到。", 32, "unknown_policy: {policy.no}"),
    ("order: 5", f"order: {'[' * 3000}{']' * 3000}", 1, "too_deep: "),
    ("disclosure: on_ask", "disclosure: sometimes", 38, "not_allowed: facts.0.disclosure"),
    ("label: 说清位置", "label: 说清位置\n    said: [x]", 21, "unknown_key: 'said' in sub_goals"),
    ("personas: [white-", "5: x\npersonas: [white-", 56, "unknown_key: '5' in file"),
]

MEANING = [
    ("required_slots: [order_tail]", "required_slots: [phone]", 41, "unknown_name: required_slots"),
    ("    needs: [where]", "    needs: [cause]", 31, "unknown_name: when needs 'cause'"),
    ("personas: [white-collar]", "personas: [astronaut]", 56, "unknown_name: personas names"),
    ("emotions: [calm]", "emotions: [sleepy]", 57, "unknown_name: emotions names 'sleepy'"),
    ("needs: [order_tail]", "needs: [order_tail, when]", 24, "circle: where needs itself"),
    ("明天 + 送到", "明天 + ", 29, "empty_wording"),
    ("明天中午前送到您家。", "我去问问。", 32, "not_settled: the reference_line of when"),
    ("明天中午前送到您家。", "明天送到，双倍赔您。", 32, "forbidden: this line says what double"),
    ("我帮您登记核实。", "给您双倍。", 48, "forbidden: this line says what double"),
    ("  - key: when", "  - key: order_tail", 34, "key_twice: 'order_tail'"),
    ("    asked_by: [订单 + 号]\n", "", 34, "unaskable: order_tail has no asked_by"),
    ("    verifies: true\n", "", 49, "unverifiable: station"),
    ("    spoken_by: [城东]\n", "", 50, "missing: station needs spoken_by"),
    ("    needs: [order_tail]\n", "", 24, "leak: reference_line tells station"),
    ("  - 在吗\n", "  - 单号7730的呢\n", 16, "leak: this line tells order_tail before anybody"),
    (
        "goal: 知道包裹在哪\n",
        "goal: 知道包裹在哪\nlosses: [7730没了]\n",
        18,
        "leak: this line tells",
    ),
    (
        "brief: 客户的包裹找不到了。",
        "brief: 尾号7730的包裹。",
        8,
        "leak: this line tells order_tail",
    ),
    (
        "[几点到, 哪天到, 多久]",
        "[几点到, 7730哪天到, 多久]",
        30,
        "leak: this line tells order_tail",
    ),
    (
        "      - 明天 + 送到\n",
        "      - 双倍 + 送到\n",
        28,
        "contradiction: whoever settles when says",
    ),
    (
        "    verifies: true",
        "    wrong_first_p: 0.5",
        40,
        "missing: order_tail needs wrong_surfaces",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "reason"), SHAPE + MEANING)
def test_a_planted_fault_is_named_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, reason: str
) -> None:
    file = write_pack(tmp_path, changed(old, new))
    found = [str(fault) for fault in check(tmp_path)]
    assert any(one.startswith(f"{file}:{line}: {reason}") for one in found), found


def test_a_scenario_without_a_fault_gets_none(tmp_path: Path) -> None:
    write_pack(tmp_path, SOUND)
    assert check(tmp_path) == []


def test_a_single_file_can_be_checked(tmp_path: Path) -> None:
    file = write_pack(tmp_path, changed("critical: K3", "critical: K9"))
    assert [(fault.file, fault.line) for fault in check(file)] == [(str(file), 46)]


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    text = changed("critical: K3", "critical: K9").replace("industry: retail", "industry: shop")
    write_pack(tmp_path, text)
    write_pack(tmp_path, "id: [", name="broken")
    assert [(Path(fault.file).name, fault.line) for fault in check(tmp_path)] == [
        ("broken.yaml", 2),
        ("lost-parcel.yaml", 5),
        ("lost-parcel.yaml", 46),
    ]


def test_broken_notation_is_named_with_its_line(tmp_path: Path) -> None:
    file = write_pack(tmp_path, changed("goal: 知道包裹在哪", "goal: [知道"))
    (fault,) = check(tmp_path)
    assert str(fault).startswith(f"{file}:18: yaml: ")


def test_a_key_written_twice_is_a_fault(tmp_path: Path) -> None:
    file = write_pack(tmp_path, changed("version: ", "id: other\nversion: "))
    (fault,) = check(tmp_path)
    assert str(fault) == f"{file}:2: twice: 'id' is written twice in one place"


def test_a_fault_is_named_once_with_the_words_that_mend_it(tmp_path: Path) -> None:
    write_pack(tmp_path, SOUND)
    moods = tmp_path / "zh" / "moods.yaml"
    moods.write_text("language: zh\nmoods:\n  - {id: x, name: x}\n", encoding="utf-8")
    reasons = [fault.reason for fault in check(tmp_path)]
    assert "missing: moods.0 needs 'heat'" in reasons
    assert len(reasons) == len(set(reasons))


@pytest.mark.parametrize("name", ["zh/persona.yaml", "zh/scenario/a.yaml", "zh/scenarios/a.yml"])
def test_a_file_that_nobody_reads_is_named(tmp_path: Path, name: str) -> None:
    write_pack(tmp_path, SOUND)
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("personas: []\n", encoding="utf-8")
    assert [str(fault) for fault in check(tmp_path)] == [
        f"{file}:1: unread: no pack file has this name in this folder"
    ]


def test_a_link_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    file = write_pack(tmp_path, SOUND).with_name("gone.yaml")
    file.symlink_to(tmp_path / "nowhere")
    (fault,) = check(tmp_path)
    assert str(fault).startswith(f"{file}:1: unreadable: ")


def test_every_kind_of_fault_says_how_it_is_mended() -> None:
    codes = {form.partition(".")[0] for form in FORMS}
    for language in LANGUAGES:
        assert [code for code in codes if not has(language, f"pack_fault.how.{code}")] == []


def test_every_reason_has_the_same_facts_in_each_language() -> None:
    for form, english in FORMS.items():
        key = f"pack_fault.why.{form}"
        assert {needs(language, key) for language in LANGUAGES} == {needs("en", key)}, form
        facts = dict.fromkeys(needs("en", key), "x")
        assert say("en", key, **facts) == english.format(**facts)


def test_shipped_lists_need_no_particular_reader_of_yaml() -> None:
    """A bare question mark in brackets is read by libyaml alone."""
    for file in SHIPPED.rglob("*.yaml"):
        for line in file.read_text(encoding="utf-8").splitlines():
            if "?" in line and "[" in line:
                list(yaml.parse(line.strip().removeprefix("- "), Loader=yaml.SafeLoader))


def test_references_inside_a_file_are_refused(tmp_path: Path) -> None:
    text = changed("personas: [white-collar]", "personas: &all [white-collar]")
    file = write_pack(tmp_path, text.replace("emotions: [calm]", "emotions: *all"))
    (fault,) = check(tmp_path)
    assert str(fault).startswith(f"{file}:57: alias: ")


def test_text_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    file = write_pack(tmp_path, SOUND)
    file.write_bytes(SOUND.encode("utf-8").replace(b"retail", b"\xff\xfe"))
    (fault,) = check(tmp_path)
    assert str(fault) == f"{file}:5: not_utf8: the file must be UTF-8"


def test_an_empty_file_and_an_empty_folder_are_faults(tmp_path: Path) -> None:
    assert [str(fault) for fault in check(tmp_path)] == [
        f"{tmp_path}:1: empty: no pack file is here"
    ]
    file = write_pack(tmp_path, "# nothing yet\n")
    assert [str(fault) for fault in check(tmp_path)] == [f"{file}:1: empty: the file holds nothing"]


def test_an_id_used_twice_in_one_pack_is_a_fault(tmp_path: Path) -> None:
    first = write_pack(tmp_path, SOUND)
    second = write_pack(tmp_path, SOUND, name="same-again")
    (fault,) = check(tmp_path)
    assert str(fault) == f"{second}:1: id_twice: scenario 'lost-parcel' is also in {first}"


def test_an_id_of_another_language_is_taken(tmp_path: Path) -> None:
    text = changed("id: lost-parcel", "id: broadband-outage").replace(
        "language: zh", "language: fr"
    )
    file = write_pack(tmp_path, text)
    reasons = [str(fault) for fault in check(tmp_path)]
    assert (
        f"{file}:1: id_taken: scenario 'broadband-outage' already exists in language zh" in reasons
    )


def test_a_mood_out_of_range_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "zh" / "moods.yaml"
    file.parent.mkdir()
    file.write_text(
        "language: zh\nmoods:\n"
        "  - {id: calm, name: 平静, heat: 1.5, worry: 0, confusion: 0, trust: 0, patience: 9}\n",
        encoding="utf-8",
    )
    (fault,) = check(tmp_path)
    assert str(fault).startswith(f"{file}:3: bad_value: moods.0.heat")

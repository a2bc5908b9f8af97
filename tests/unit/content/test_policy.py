"""A company's values stand in one file, and the scenarios say them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from core.content.check import check
from core.content.library import open_library
from core.content.pack import SHIPPED
from core.customer.line_reader import PatternLineReader
from core.errors import ContentError
from core.ports.line_reader import LineContext
from tests.unit.content.samples import SOUND, changed, write_pack

DEFINED = """\
language: zh
values:
  reply_hours: {label: 催件答复的小时数, value: 4, at_least: 1, at_most: 48}
  voucher: {label: 延误补偿券，元, value: 10}
  rate: {label: 折算比例, value: 0.5}
  opens: {label: 上班时间, value: "9:00"}
"""

SAYING = (
    SOUND.replace(
        "明天中午前送到您家。", "明天{policy.opens}后送到您家，{policy.reply_hours}小时内给您信儿。"
    )
    .replace("forbidden: [双倍]", 'forbidden: [双倍, "{policy.voucher}元 + 现金"]')
    .replace("没有双倍赔偿。", "延误给{policy.voucher}元券，按{policy.rate}折算。")
)


def write_policy(folder: Path, text: str) -> Path:
    """Lay `text` out as the policy file of the Chinese pack in `folder`; its file."""
    file = folder / "zh" / "policy.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def reasons(folder: Path) -> list[str]:
    return [str(fault) for fault in check(folder)]


def test_a_scenario_says_the_values_of_the_policy_file(tmp_path: Path) -> None:
    write_policy(tmp_path, DEFINED)
    write_pack(tmp_path, SAYING)
    found = open_library(tmp_path).scenario("lost-parcel")
    assert found.sub_goals[1].reference_line == "明天9:00后送到您家，4小时内给您信儿。"
    assert found.policy_limits[0].forbidden == (("双倍",), ("10元", "现金"))
    assert found.policy_limits[0].rule == "延误给10元券，按0.5折算。"


def test_a_later_pack_overrides_a_value_without_touching_the_scenario(tmp_path: Path) -> None:
    write_policy(tmp_path / "shop", DEFINED)
    write_pack(tmp_path / "shop", SAYING)
    write_policy(tmp_path / "branch", "language: zh\nvalues:\n  reply_hours: 6\n  rate: 1\n")
    found = open_library(tmp_path / "shop", tmp_path / "branch").scenario("lost-parcel")
    assert found.sub_goals[1].reference_line == "明天9:00后送到您家，6小时内给您信儿。"
    assert found.policy_limits[0].rule == "延误给10元券，按1折算。"


def test_the_version_of_a_scenario_tells_with_which_values_it_was_held(tmp_path: Path) -> None:
    write_policy(tmp_path / "shop", DEFINED)
    write_pack(tmp_path / "shop", SAYING)
    write_policy(tmp_path / "branch", "language: zh\nvalues: {reply_hours: 6}\n")
    before = open_library(tmp_path / "shop").scenario("lost-parcel").version
    after = open_library(tmp_path / "shop", tmp_path / "branch").scenario("lost-parcel").version
    assert before == open_library(tmp_path / "shop").scenario("lost-parcel").version
    assert before.startswith("1+")
    assert after.startswith("1+")
    assert before != after


def test_a_scenario_without_values_keeps_its_plain_version(tmp_path: Path) -> None:
    write_pack(tmp_path, SOUND)
    assert open_library(tmp_path).scenario("lost-parcel").version == "1"


def test_a_value_nobody_defined_is_named_where_the_scenario_says_it(tmp_path: Path) -> None:
    file = write_pack(tmp_path, changed("没有双倍赔偿。", "给{policy.gift}元券。"))
    assert reasons(tmp_path) == [
        f"{file}:47: unknown_policy: {{policy.gift}} is in no policy.yaml of zh"
    ]
    assert reasons(file) == reasons(tmp_path)


def test_a_single_scenario_is_checked_with_the_values_beside_it(tmp_path: Path) -> None:
    write_policy(tmp_path, DEFINED)
    assert reasons(write_pack(tmp_path, SAYING)) == []


def test_a_value_of_another_language_is_unknown(tmp_path: Path) -> None:
    write_policy(tmp_path, DEFINED.replace("language: zh", "language: en"))
    file = write_pack(tmp_path, SAYING)
    assert f"{file}:47: unknown_policy: {{policy.rate}} is in no policy.yaml of zh" in reasons(
        tmp_path
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("reply_hours: 四", "wrong_type: reply_hours must be integer, as it is defined"),
        ("reply_hours: 1.5", "wrong_type: reply_hours must be integer, as it is defined"),
        ('rate: "0.5"', "wrong_type: rate must be number, as it is defined"),
        ("opens: 9", "wrong_type: opens must be text, as it is defined"),
        ("reply_hours: 0", "out_of_range: reply_hours is 0, the cases need at least 1"),
        ("reply_hours: 49", "out_of_range: reply_hours is 49, the cases need at most 48"),
        ("replyhours: 5", "unknown_name: 'replyhours' overrides nothing; a new value needs"),
        ("voucher: -1", "bad_value: values.voucher"),
        ("voucher: true", "wrong_type: values.voucher must be"),
        ("fresh: {value: 3}", "missing: values.fresh needs 'label'"),
        ("fresh: {label: 新的, value: 3}", "unused: no scenario says {policy.fresh}"),
    ],
)
def test_a_fault_of_an_override_is_named_with_file_and_line(
    tmp_path: Path, line: str, reason: str
) -> None:
    write_policy(tmp_path / "shop", DEFINED)
    write_pack(tmp_path / "shop", SAYING)
    file = write_policy(tmp_path / "branch", f"language: zh\nvalues:\n  {line}\n")
    with pytest.raises(ContentError) as caught:
        open_library(tmp_path / "shop", tmp_path / "branch")
    (fault,) = caught.value.faults
    assert str(fault).startswith(f"{file}:3: {reason}")


def test_a_value_no_scenario_says_is_a_fault_of_its_file(tmp_path: Path) -> None:
    file = write_policy(tmp_path, DEFINED)
    write_pack(tmp_path, SAYING.replace("按{policy.rate}折算", "按实际折算"))
    assert reasons(tmp_path) == [f"{file}:5: unused: no scenario says {{policy.rate}}"]
    assert reasons(file) == reasons(tmp_path)


def another(entry: dict[str, Any]) -> float | str:
    """A value a company might have instead, within the bounds of the definition."""
    value: float | str = entry["value"]
    if isinstance(value, str):
        return value
    fits = value + 1 <= entry.get("at_most", value + 1)
    return value + 1 if fits else value - 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_shipped_case_still_works_with_a_company_s_own_numbers(
    tmp_path: Path, language: str
) -> None:
    shipped = yaml.safe_load((SHIPPED / language / "policy.yaml").read_text(encoding="utf-8"))
    values = {key: another(entry) for key, entry in shipped["values"].items()}
    own = tmp_path / language / "policy.yaml"
    own.parent.mkdir()
    own.write_text(yaml.safe_dump({"language": language, "values": values}), encoding="utf-8")
    assert reasons(tmp_path) == []
    reader, library, usual = PatternLineReader(), open_library(tmp_path), open_library()
    said = 0
    for scenario in library.scenarios(language):
        said += scenario.version != usual.scenario(scenario.id).version
        for goal in scenario.sub_goals:
            heard = reader.read(goal.reference_line, LineContext(language, scenario))
            assert goal.key in heard.settled, (scenario.id, goal.key)
            assert not heard.breached, (scenario.id, goal.key)
        for limit in scenario.policy_limits:
            assert not reader.read(limit.instead, LineContext(language, scenario)).breached
    assert said >= 10

"""Values that vary: drawn by the dialogue's seed, the same for ever after, checked row by row."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from core.content.check import check
from core.content.library import open_library
from core.content.variants import CASES
from core.content.versions import publish
from core.domain.scenario import Disclosure, Scenario
from core.domain.wording import bare
from tests.unit.content.samples import SOUND, write_pack

POOLS = """\
variants:
  goods:
    - {name: 水杯, says: [杯子没到, 我的杯子呢]}
    - {name: 雨伞, says: [伞没到, 我的伞呢]}
    - {name: 台灯, says: [灯没到, 我的灯呢]}
  tail: ["7730", "1207", "3391", "8852"]
openings:
  - "{goods.says}"
"""
VARIED = (
    SOUND.replace("goal: 知道包裹在哪", "goal: 知道{goods.name}在哪")
    .replace("7730", "{tail}")
    .replace("尾号{tail}, 后四位{tail}", '"尾号{tail}", "后四位{tail}"')
    .replace("openings:\n", POOLS)
)


def texts(scenario: Scenario) -> tuple[str, str]:
    return scenario.goal, scenario.fact("order_tail").value


def varied(tmp_path: Path, text: str = VARIED) -> Path:
    write_pack(tmp_path, text)
    return tmp_path


def test_a_scenario_whose_values_vary_has_no_fault(tmp_path: Path) -> None:
    assert check(varied(tmp_path)) == []


def test_without_a_number_the_values_are_those_of_the_first_rows(tmp_path: Path) -> None:
    """Dialogues from before a scenario had pools, and lists of scenarios."""
    scenario = open_library(varied(tmp_path)).scenario("lost-parcel", "1")
    assert texts(scenario) == ("知道水杯在哪", "7730")
    assert scenario.openings[:3] == ("杯子没到", "我的杯子呢", "包裹呢")
    assert scenario.version == "1"


def test_a_seed_draws_values_and_the_version_finds_them_again(tmp_path: Path) -> None:
    library = open_library(varied(tmp_path))
    drawn = {seed: library.case("lost-parcel", seed) for seed in range(200)}
    assert len({texts(one) for one in drawn.values()}) == 12
    assert len({one.version for one in drawn.values()}) == CASES
    again = open_library(tmp_path)
    for seed, scenario in drawn.items():
        assert again.case("lost-parcel", seed) == scenario
        assert again.scenario("lost-parcel", scenario.version) == scenario


def test_every_row_comes_as_often_as_the_others(tmp_path: Path) -> None:
    library = open_library(varied(tmp_path))
    goals = [library.scenario("lost-parcel", f"1~{number}").goal for number in range(1, 31)]
    assert {goal: goals.count(goal) for goal in goals} == {
        "知道水杯在哪": 10,
        "知道雨伞在哪": 10,
        "知道台灯在哪": 10,
    }


def test_a_former_version_keeps_its_pools(tmp_path: Path) -> None:
    library = open_library(varied(tmp_path))
    begun = library.case("lost-parcel", 5)
    publish(tmp_path, {**yaml.safe_load(SOUND), "goal": "另一个目的"})
    newer = open_library(tmp_path)
    assert newer.scenario("lost-parcel").goal == "另一个目的"
    assert newer.scenario("lost-parcel", begun.version) == begun


def test_a_scenario_without_pools_is_the_same_for_all_seeds(tmp_path: Path) -> None:
    library = open_library(varied(tmp_path, SOUND))
    assert library.case("lost-parcel", 5) is library.scenario("lost-parcel")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("知道{goods.name}在哪", "知道{goods.colour}在哪", "unknown_variant: {goods.colour}"),
        ("知道{goods.name}在哪", "知道{goods.says}在哪", "list_inside: {goods.says}"),
        ("知道{goods.name}在哪", "知道包裹在哪", "unused: no text says {goods.name}"),
        ("title: 包裹不见了", 'title: "{goods.name}不见了"', "varied: title is shown"),
        ("name: 雨伞", "name: 雨伞, colour: 红", "uneven: row 2 of goods differs in colour"),
        ("name: 雨伞", 'name: "{tail}的伞"', "nested: row 2 of goods names another value"),
        ('"1207"', "1207", "wrong_type: variants.tail.1"),
        ('["7730", "1207", "3391", "8852"]', '["7730"]', "too_few: variants.tail has 1"),
        ("tail: [", "policy: [", "bad_text: variants"),
    ],
)
def test_a_fault_of_the_pools_is_named(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in VARIED
    found = [fault.reason for fault in check(varied(tmp_path, VARIED.replace(old, new, 1)))]
    assert any(one.startswith(reason) for one in found), found


def test_what_a_single_row_breaks_is_named_with_the_row(tmp_path: Path) -> None:
    text = VARIED.replace("我的灯呢", "尾号3391的灯呢")
    found = [fault.reason for fault in check(varied(tmp_path, text))]
    assert found == [
        "leak: this line tells order_tail before anybody asked for it [goods 3, tail 3]"
    ]


def test_no_row_lets_the_customer_tell_a_fact_of_his_own_accord() -> None:
    """Found in 700 talks: an opening held the very words that answer what is asked later."""
    library = open_library()
    early = []
    for offered in library.scenarios("zh"):
        for number in range(1, 11) if library.case(offered.id, 0) is not offered else ():
            case = library.scenario(offered.id, f"{offered.version}~{number}")
            own = (*case.openings, *case.losses, *case.fallback, *case.accept)
            own += tuple(line for goal in case.sub_goals for line in goal.request)
            own += tuple(line for twist in case.twists for line in twist.surfaces)
            early += [
                (case.id, line, words)
                for fact in case.facts
                if fact.disclosure is not Disclosure.VOLUNTEER
                for words in (*fact.surfaces, *fact.wrong_surfaces)
                for line in own
                if bare(words) in bare(line)
            ]
    assert early == []

"""What the shipped packs promise beyond being free of faults."""

from dataclasses import fields
from typing import Any

import pytest

from core.content.library import open_library
from core.content.rules import says
from core.content.shape import Kind, validator
from core.customer.line_reader import PatternLineReader
from core.domain.persona import Mood, Persona
from core.domain.reading import TraineeAct
from core.domain.scenario import Fact, PolicyLimit, RecordField, Scenario, SubGoal
from core.ports.line_reader import LineContext

LIBRARY = open_library()
SHIPPED = [one for language in ("zh", "en") for one in LIBRARY.scenarios(language)]
each_scenario = pytest.mark.parametrize("scenario", SHIPPED, ids=lambda one: one.id)


def test_the_chinese_pack_holds_the_families_of_telecom_and_retail() -> None:
    assert [(one.industry, one.family) for one in LIBRARY.scenarios("zh")][:9] == [
        ("telecom", "断网报修"),
        ("telecom", "资费争议"),
        ("telecom", "套餐降档"),
        ("telecom", "携转挽留"),
        ("retail", "退货退款"),
        ("retail", "物流延误"),
        ("retail", "少件错发"),
        ("retail", "价保"),
        ("retail", "发票"),
    ]


def test_the_chinese_pack_covers_the_families_of_the_coaching_notes() -> None:
    wanted = {
        *(
            "断网报修",
            "资费争议",
            "套餐降档",
            "携转挽留",
            "实名过户",
            "停复机",
            "诈骗盗刷",
            "停水停电",
        ),
        *("退货退款", "换货", "物流延误", "价保", "发票", "少件错发", "技术故障", "虚假宣传投诉"),
        *("态度投诉", "会员积分", "工单催办", "政策咨询", "跨部门推诿", "邻里噪音", "不满回访"),
        "外呼推荐",
    }
    families = [one.family for one in LIBRARY.scenarios("zh")]
    assert wanted - set(families) == set()
    assert sum(one.industry == "retail" for one in LIBRARY.scenarios("zh")) >= 7


def test_the_english_pack_stands_on_its_own() -> None:
    assert len(LIBRARY.scenarios("en")) >= 12
    assert len({one.family for one in LIBRARY.scenarios("en")}) >= 12
    assert [one.id for one in LIBRARY.personas("en")] == [
        *("office-worker", "retired-engineer", "college-student", "working-parent"),
        *("small-business-owner", "gig-driver", "second-language", "frequent-flyer"),
    ]
    found = LIBRARY.find_scenario("billing", "en")
    assert found is not None
    assert found.id == "wrong-charge-en"


def test_a_mood_has_the_same_numbers_in_both_languages() -> None:
    def numbers(mood: Mood) -> tuple[str, float, float, float, float, float]:
        return (mood.id, mood.heat, mood.worry, mood.confusion, mood.trust, mood.patience)

    assert [numbers(one) for one in LIBRARY.moods("en")] == [
        numbers(one) for one in LIBRARY.moods("zh")
    ]


@each_scenario
def test_a_scenario_is_rich_enough_to_practise_with(scenario: Scenario) -> None:
    assert 2 <= len(scenario.sub_goals) <= 4
    assert 4 <= len(scenario.facts) <= 6
    assert 2 <= len(scenario.policy_limits) <= 3
    assert 5 <= len(scenario.record) <= 7
    assert 3 <= len(scenario.wrap_up) <= 4
    assert len(scenario.twists) == 2
    assert scenario.hidden_goal
    assert scenario.needs_verification
    assert min(map(len, (scenario.accept, scenario.fallback))) >= 3
    assert min(map(len, (scenario.losses, scenario.terms, scenario.personas))) >= 3


@each_scenario
def test_a_customer_types_short_lines(scenario: Scenario) -> None:
    longest = 60 if scenario.language == "en" else 22
    lines = [
        *scenario.openings,
        *scenario.accept,
        *scenario.fallback,
        *(line for fact in scenario.facts for line in fact.surfaces + fact.wrong_surfaces),
        *(line for goal in scenario.sub_goals for line in goal.request),
        *(line for twist in scenario.twists for line in twist.surfaces),
    ]
    assert [line for line in lines if len(line) > longest] == []


@each_scenario
def test_no_fact_is_given_away_by_what_the_customer_says_first(scenario: Scenario) -> None:
    kept = [fact.value for fact in scenario.facts if fact.verifies]
    lines = [*scenario.openings, scenario.title, scenario.brief]
    assert [line for line in lines if any(value in line for value in kept)] == []


@each_scenario
def test_the_customer_never_settles_a_goal_by_asking_for_it(scenario: Scenario) -> None:
    settled = [
        (goal.key, line)
        for goal in scenario.sub_goals
        for line in goal.request
        if says(line, goal.said_by)
    ]
    assert settled == []


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ("sub_goals", SubGoal),
        ("facts", Fact),
        ("policy_limits", PolicyLimit),
        ("record", RecordField),
    ],
)
def test_the_schema_describes_the_fields_of_each_section(section: str, kind: type[Any]) -> None:
    schema: Any = validator(Kind.SCENARIO).schema
    described = schema["properties"][section]["items"]["properties"]
    assert set(described) == {field.name for field in fields(kind)}


def test_the_schemas_describe_whole_scenarios_personas_and_moods() -> None:
    scenario: Any = validator(Kind.SCENARIO).schema
    personas: Any = validator(Kind.PERSONAS).schema
    moods: Any = validator(Kind.MOODS).schema
    persona = personas["properties"]["personas"]["items"]["properties"]
    mood = moods["properties"]["moods"]["items"]["properties"]
    assert set(scenario["properties"]) == {one.name for one in fields(Scenario)} | {
        "order",
        "variants",
    }
    assert set(persona) | {"version", "language"} == {one.name for one in fields(Persona)}
    assert set(mood) | {"language"} == {one.name for one in fields(Mood)}


@pytest.mark.parametrize("kind", list(Kind))
def test_every_field_of_a_schema_is_explained_to_authors(kind: Kind) -> None:
    def unexplained(node: object, name: str) -> list[str]:
        if isinstance(node, list):
            return [one for item in node for one in unexplained(item, name)]
        if not isinstance(node, dict):
            return []
        here = [
            f"{name}.{key}"
            for key, value in node.get("properties", {}).items()
            if not value.get("description")
        ]
        return here + [one for key, value in node.items() for one in unexplained(value, key)]

    assert unexplained(validator(kind).schema, kind.value) == []


def test_a_manner_and_a_card_stand_behind_every_persona() -> None:
    people = [*LIBRARY.personas("zh"), *LIBRARY.personas("en")]
    assert len(LIBRARY.personas("zh")) >= 13
    assert [one.id for one in people if len(one.card) < 30] == []
    assert [one.id for one in people if min(len(one.markers), len(one.self_disclosures)) < 3] == []


READER = PatternLineReader()
ASKING = {TraineeAct.ASK_OPEN, TraineeAct.ASK_SLOT, TraineeAct.ASK_REPEAT, TraineeAct.VERIFY_ID}
"""A model answer once read as a question: \"I will send you the number\" got \"no idea\" back."""


def _faults_read_in(scenario: Scenario, line: str, *, settles: str = "") -> list[object]:
    """What is wrong with a model line when it is read like a trainee's own."""
    reading = READER.read(line, LineContext(language=scenario.language, scenario=scenario))
    found: list[object] = [("breached", key) for key in reading.breached]
    found += [(hit.category, hit.text) for hit in reading.phrases if hit.severity]
    found += [("jargon", term) for term in reading.jargon]
    if settles:
        found += [("asks", key) for key in reading.asked]
        found += [("asks", act) for act in reading.acts & ASKING]
    if settles and settles not in reading.settled:
        found.append(("settles", reading.settled))
    return found


@each_scenario
def test_every_model_answer_settles_its_goal_and_costs_no_mark(scenario: Scenario) -> None:
    faults = {
        goal.key: _faults_read_in(scenario, goal.reference_line, settles=goal.key)
        for goal in scenario.sub_goals
    }
    assert faults == {goal.key: [] for goal in scenario.sub_goals}


@each_scenario
def test_what_to_say_instead_of_a_promise_costs_no_mark(scenario: Scenario) -> None:
    faults = {
        limit.key: _faults_read_in(scenario, limit.instead) for limit in scenario.policy_limits
    }
    assert faults == {limit.key: [] for limit in scenario.policy_limits}


@each_scenario
def test_every_forbidden_promise_is_heard_when_it_is_made(scenario: Scenario) -> None:
    space, opening = ("", "您放心，我") if scenario.language == "zh" else (" ", "I ")
    missed = [
        (limit.key, line)
        for limit in scenario.policy_limits
        for line in (opening + space.join(group) + "." for group in limit.forbidden)
        if limit.key not in READER.read(line, LineContext(scenario.language, scenario)).breached
    ]
    assert missed == []


@each_scenario
def test_every_way_to_ask_for_a_fact_is_heard_as_a_question(scenario: Scenario) -> None:
    space, frame = ("", "请问{}？") if scenario.language == "zh" else (" ", "Could you tell me {}?")
    missed = [
        (fact.key, line)
        for fact in scenario.facts
        for line in (frame.format(space.join(group)) for group in fact.asked_by)
        if fact.key not in READER.read(line, LineContext(scenario.language, scenario)).asked
    ]
    assert missed == []


@each_scenario
def test_customers_use_no_jargon_themselves(scenario: Scenario) -> None:
    lines = [
        *scenario.openings,
        *(line for fact in scenario.facts for line in fact.surfaces),
        *(line for goal in scenario.sub_goals for line in goal.request),
    ]
    found = [(term, line) for term in scenario.terms for line in lines if says(line, ((term,),))]
    assert found == []

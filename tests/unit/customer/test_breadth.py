"""At least twelve ways to word every act, in every case that ships, whatever the heat."""

from __future__ import annotations

from itertools import product

import pytest

from core.content.library import open_library
from core.customer.grammar import load_grammar, pool_name, slots, wordings
from core.domain.agenda import CustomerAct, CustomerActKind, Way
from core.domain.scenario import Scenario
from tests.unit.customer.test_rules import state

LEAST = 12
GRAMMARS = {language: load_grammar(language) for language in ("zh", "en")}
LIBRARY = open_library()
CASES = [one for language in ("zh", "en") for one in LIBRARY.scenarios(language)]
HEATS = ("cool", "warm", "hot")


def templates(act: CustomerAct, pool: str, case: Scenario, heat: str) -> int:
    """How many templates can word the act in this case; all bare fillings count as one."""
    grammar = GRAMMARS[case.language]
    persona = LIBRARY.persona(case.personas[0])
    filled = slots(act, scenario=case, persona=persona, owed="18:00")
    found = wordings(grammar, pool, ("any", heat), filled)
    return len({"=" if one.uses[0].startswith("=") else one.uses[0] for one in found})


def abouts(kind: CustomerActKind, case: Scenario) -> list[str]:
    goal, fact, twist = case.sub_goals[0].key, case.facts[0].key, case.twists[0].key
    match kind:
        case CustomerActKind.STATE_PROBLEM:
            return [goal, twist]
        case CustomerActKind.PRESS | CustomerActKind.ACCEPT | CustomerActKind.REJECT:
            return [goal]
        case CustomerActKind.ANSWER_SLOT | CustomerActKind.ANSWER_PARTIAL:
            return [fact]
        case _:
            return [""]


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.id)
def test_every_act_has_twelve_templates_in_every_case(case: Scenario) -> None:
    goals = tuple(goal.key for goal in case.sub_goals)
    pools = {
        (pool_name(act, state=mind, scenario=case, grammar=GRAMMARS[case.language]), act.about): act
        for mind in (state(), state(settled=goals))
        for kind, way in product(CustomerActKind, Way)
        for act in (CustomerAct(kind, about, way=way) for about in abouts(kind, case))
        if way is not Way.HIDDEN or case.hidden_surfaces
    }
    assert len(pools) >= 60
    few = {
        (pool, heat): count
        for (pool, _), act in pools.items()
        for heat in HEATS
        if (count := templates(act, pool, case, heat)) < LEAST
    }
    assert few == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_pool_is_smaller(language: str) -> None:
    pools = load_grammar(language).pools
    small = {
        (name, heat): count
        for name, groups in pools.items()
        for heat in HEATS
        if (count := len(groups.get("any", ())) + len(groups.get(heat, ()))) < LEAST
    }
    assert small == {}


def test_no_comma_follows_a_mark_that_ends_a_sentence() -> None:
    case = next(one for one in CASES if one.id == "hotel-overbooked-en")
    filled = slots(
        CustomerAct(CustomerActKind.OPEN), scenario=case, persona=LIBRARY.persona(case.personas[0])
    )
    texts = [one.text for one in wordings(GRAMMARS["en"], "open", ("any", "hot"), filled)]
    assert any("? what do I do" in text for text in texts)
    assert not [text for text in texts if "?," in text]

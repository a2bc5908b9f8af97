"""The simulated customer is angry, never abusive."""

from __future__ import annotations

import re

import pytest

from core.content.library import open_library
from core.customer.grammar import load_grammar
from core.customer.lexicon import load_lexicon
from core.customer.line_text import line_text
from core.customer.pattern_files import DATA

LIBRARY = open_library()
INSULT = "F8"
COARSE = {
    "zh": re.compile(
        r"傻[逼比叉缺]|滚(?:蛋|开|远|犊)|去死|他妈|妈的|操你|贱|废物|狗东西|脑残|垃圾人|神经病"
    ),
    "en": re.compile(
        r"\b(?:fuck\w*|shit\w*|idiots?|morons?|bastards?|bitch\w*|stupid|go to hell)\b"
    ),
}

ABOUT_HIMSELF = {"我吃饱了撑的骗你", "are you calling me a liar", "calling me a liar now?"}
"""What the customer says of himself or hears said of himself."""


def spoken(language: str) -> list[str]:
    """Every line a customer of this language may be made of."""
    grammar = load_grammar(language)
    lines = [
        line for groups in grammar.pools.values() for group in groups.values() for line in group
    ]
    lines.extend(
        word for places in grammar.overlays.values() for ws in places.values() for word in ws
    )
    for scenario in LIBRARY.scenarios(language):
        lines.extend((*scenario.openings, *scenario.accept, *scenario.fallback, *scenario.losses))
        lines.extend(scenario.hidden_surfaces)
        lines.extend(words for goal in scenario.sub_goals for words in goal.request)
        lines.extend(words for twist in scenario.twists for words in twist.surfaces)
        lines.extend(words for fact in scenario.facts for words in fact.surfaces)
    for persona in LIBRARY.personas(language):
        lines.extend((*persona.fillers, *persona.markers, *persona.self_disclosures))
    return lines


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_customer_insults_the_trainee_however_hot(language: str) -> None:
    lexicon = load_lexicon(language, [DATA / f"phrases.{language}.yaml"])
    lines = spoken(language)
    assert len(lines) > 300
    insults = [
        line
        for line in lines
        if COARSE[language].search(line.lower())
        or any(
            hit.category == INSULT for hit in lexicon.find(line_text(line), line_text(line).plain)
        )
    ]
    assert set(insults) <= ABOUT_HIMSELF

"""What every content library must do, held against the shipped packs."""

import pytest

from core.content.check import check
from core.content.library import open_library
from core.content.pack import SHIPPED
from core.errors import NotFound
from core.ports.content import ContentLibrary

MOODS = [
    *("satisfied", "calm", "confused", "anxious", "impatient", "disappointed", "wronged"),
    *("angry", "furious", "suspicious", "panicked", "cold", "sarcastic", "hesitant"),
]


@pytest.fixture(scope="module")
def library() -> ContentLibrary:
    return open_library()


def test_the_shipped_packs_have_no_fault() -> None:
    assert [str(fault) for fault in check(SHIPPED)] == []


def test_a_scenario_is_found_by_its_id(library: ContentLibrary) -> None:
    assert library.scenario("broadband-outage").title == "断网报修：家里宽带连不上"


@pytest.mark.parametrize("what", ["scenario", "persona", "mood"])
def test_a_name_that_does_not_exist_is_not_found(library: ContentLibrary, what: str) -> None:
    with pytest.raises(NotFound, match="nobody"):
        getattr(library, what)("nobody")


def test_scenarios_come_in_the_order_their_authors_gave(library: ContentLibrary) -> None:
    assert [one.id for one in library.scenarios("zh")][:2] == ["broadband-outage", "wrong-charge"]


@pytest.mark.parametrize(
    "words",
    ["broadband-outage", "Broadband-Outage", "1", "１", "断网报修", "宽带", " 家里宽带连不上 "],
)
def test_a_scenario_is_found_by_what_people_call_it(library: ContentLibrary, words: str) -> None:
    found = library.find_scenario(words, "zh")
    assert found is not None
    assert found.id == "broadband-outage"


@pytest.mark.parametrize("words", ["", "  ", "0", "999", "买火车票"])
def test_words_that_mean_no_scenario_find_none(library: ContentLibrary, words: str) -> None:
    assert library.find_scenario(words, "zh") is None


def test_all_fourteen_moods_are_there(library: ContentLibrary) -> None:
    assert [mood.id for mood in library.moods("zh")] == MOODS


def test_a_mood_carries_the_numbers_of_the_coaching_notes(library: ContentLibrary) -> None:
    mood = library.mood("furious")
    assert mood.name == "暴怒"
    assert (mood.heat, mood.worry, mood.confusion, mood.trust, mood.patience) == (
        *(0.85, 0.5, 0.2, 0.1),
        5,
    )


def test_a_persona_carries_its_manner(library: ContentLibrary) -> None:
    manner = library.persona("delivery-rider").manner
    assert (manner.length, manner.burst, manner.typos) == (0.8, 0.5, 1.2)
    assert (manner.final_punctuation, manner.polite_you, manner.patience) == (0.05, 0.1, 0.7)


def test_wordings_are_groups_of_words(library: ContentLibrary) -> None:
    scenario = library.scenario("broadband-outage")
    assert scenario.sub_goals[0].said_by[0] == ("重启", "光猫")
    assert scenario.sub_goals[2].said_by[0] == ("不收费",)
    assert scenario.needs_verification

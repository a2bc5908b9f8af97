"""What one reply is judged by, over every case that has an angry line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any

import pytest

from core.content.library import open_library
from core.customer.agenda_engine import AgendaEngine
from core.domain import micro
from core.domain.ability import Ability
from core.domain.agenda import CustomerActKind
from core.domain.dialogue import Dialogue, Turn
from core.domain.messages import ChannelAddress, ChannelKind, NoticeCode
from core.domain.people import Person, Role
from core.domain.rubric import Rubric
from core.domain.scenario import Scenario
from core.ports.delivery import Conversation
from core.services import micro_drill
from core.services.better_lines import better_lines
from core.services.desk import Desk
from core.services.micro_drill import MicroChoice
from core.services.role_play import RolePlay
from ops.reading import line_reader

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
COLD = {"zh": "这个我没办法，你自己看着办吧。", "en": "There is nothing we can do. Deal with it."}
WARM = {
    "zh": (
        "您好，我是客服小李，让您遇到这样的事，实在抱歉。请问您的手机尾号是多少？"
        "我来核实，今天下午6点前我给您回电话答复。"
    ),
    "en": (
        "Hello, this is Ana. I am sorry you had to go through this. Could you give me the last "
        "four digits? I will check it myself and call you back by 6 pm today."
    ),
}
MENDED = {
    "zh": (
        "刚才那样回您实在抱歉，您遇到这样的事确实着急。我现在就帮您核实，请问您的手机尾号是多少？"
    ),
    "en": (
        "I am sorry for that answer, I can see how frustrating this is for you. I will check it "
        "myself now. Could you give me the last four digits?"
    ),
}
CLOSED = {
    "zh": "请您先别走，我现在就把情况登记上去，今天下午6点前我亲自给您回电答复，您看可以吗？",
    "en": "Please stay. I will pass it on and call you back myself by 6 pm today. Is that ok?",
}


@cache
def plays() -> RolePlay:
    numbers = count()
    ids = count()
    return RolePlay(
        open_library(),
        line_reader(),
        AgendaEngine(),
        new_id=lambda: f"d{next(ids)}",
        new_seed=lambda: next(numbers),
    )


@dataclass(frozen=True)
class Drill:
    """A line that waits for a reply."""

    desk: Desk
    dialogue: Dialogue
    line: Turn
    said: str

    async def answered(self, reply: str) -> Mapping[str, Any]:
        effects = await micro_drill.answer(plays(), self.desk, reply, inbox_id=1, now=NOON)
        [message] = effects.messages
        assert message.code is NoticeCode.VERDICT
        return message.facts


async def begun(scenario: Scenario, ability: Ability) -> Drill:
    person = Person("p", "林", Role.TRAINEE, "t", language=scenario.language)
    address = ChannelAddress(ChannelKind.WEB, "main", "p")
    conversation = Conversation(1, address, "p", None, scenario.language)
    desk = Desk(conversation, person, None, ())
    effects = await micro_drill.start(
        plays(), desk, person, MicroChoice(scenario.id, ability), NOON
    )
    assert effects.begin is not None
    [(_, turns)] = effects.turns
    [line] = turns
    desk = Desk(conversation, person, effects.begin, turns)
    return Drill(desk, effects.begin, line, str(effects.messages[0].facts["said"]))


def score(facts: Mapping[str, Any]) -> float:
    return float(facts["score"] or 0.0)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_better_lines_are_judged_better_and_tell_nothing_untold(language: str) -> None:
    asked = shown = 0
    for scenario in plays().content.scenarios(language)[2::13]:
        for ability in micro.moments(scenario):
            drill = await begun(scenario, ability)
            told = {act.about for act in drill.line.acts}
            for reply in (COLD[language], WARM[language]):
                facts = await drill.answered(reply)
                fix = facts["fix"]
                if not fix:
                    continue
                asked += 1
                if not fix["better"]:
                    continue
                shown += 1
                hidden = [fact for fact in scenario.facts if fact.key not in told]
                ways = {way for fact in hidden for way in (fact.value, *fact.surfaces)}
                long = [way for way in ways if len(way) > 2]
                assert not [way for way in long if way in fix["better"] and way not in reply]
                again = await drill.answered(fix["better"])
                assert score(again) >= score(facts), (scenario.id, ability, fix["better"])
    assert asked
    assert shown / asked > 0.6


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_warm_reply_scores_above_a_cold_one(language: str) -> None:
    better: dict[Ability, list[bool]] = {}
    for scenario in plays().content.scenarios(language)[5::20]:
        for ability in micro.moments(scenario):
            drill = await begun(scenario, ability)
            cold, warm = [score(await drill.answered(line[language])) for line in (COLD, WARM)]
            better.setdefault(ability, []).append(warm > cold)
    # What is right to solve differs from case to case, and one line cannot show it in all.
    for ability in (
        Ability.EMPATHY,
        Ability.RESPONSIBILITY,
        Ability.COURTESY,
        Ability.STABILITY,
        Ability.LEARNING,
    ):
        assert all(better[ability]), ability


def test_every_ability_has_a_line_in_either_language() -> None:
    for language in ("zh", "en"):
        found = {one for case in plays().content.scenarios(language) for one in micro.moments(case)}
        assert found == set(Ability)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_colleague_s_slip_is_told_and_whoever_repeats_it_has_not_learned(
    language: str,
) -> None:
    scenario = next(one for one in plays().content.scenarios(language) if micro.moments(one))
    drill = await begun(scenario, Ability.LEARNING)
    assert better_lines(language).counter["C15"] == drill.said
    same, mended = [await drill.answered(line) for line in (drill.said, MENDED[language])]
    assert score(same) <= 4.0
    assert score(mended) == 10.0
    # The slip is not the trainee's own: nothing of it is told as theirs.
    assert mended["fix"] is None


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_who_is_about_to_leave_is_brought_to_a_next_step(language: str) -> None:
    for scenario in plays().content.scenarios(language)[1::15]:
        if Ability.CLOSURE not in micro.moments(scenario):
            continue
        drill = await begun(scenario, Ability.CLOSURE)
        assert CustomerActKind.CLOSE in {act.kind for act in drill.line.acts}
        cold, closed = [await drill.answered(one[language]) for one in (COLD, CLOSED)]
        assert (score(cold), score(closed)) == (0.0, 10.0), scenario.id
        assert cold["fix"]["better"]


async def test_the_line_holds_the_values_that_its_seed_draws() -> None:
    case = next(
        one
        for language in ("zh", "en")
        for one in plays().content.scenarios(language)
        if one != plays().content.case(one.id, 5) and micro.moments(one)
    )
    drills = [await begun(case, micro.moments(case)[0]) for _ in range(12)]
    versions = {drill.dialogue.versions.scenario for drill in drills}
    assert len(versions) > 6
    for drill in drills:
        drawn = plays().content.case(case.id, drill.dialogue.seed)
        assert drill.dialogue.versions.scenario == drawn.version
        assert (await drill.answered(WARM[case.language]))["ability"]


def test_a_team_s_own_weight_for_a_check_holds_in_a_micro_drill() -> None:
    weights = dict(Rubric().weights)
    weights[Ability.EMPATHY] = {**weights[Ability.EMPATHY], "C10": 5.0}
    seen = micro.rubric_of(Rubric(weights=weights), Ability.EMPATHY).weights
    assert seen[Ability.EMPATHY] == {"C09": 1, "C10": 5.0, "C11": 1}
    assert not seen[Ability.SOLVING]

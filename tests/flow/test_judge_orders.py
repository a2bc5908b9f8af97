"""Orders to the judge that were written before anybody looked at what it is shown, at three
places of a talk, and a model that obeys them all. The model is in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.domain.scorecard import Scorecard
from core.domain.transcript import Transcript
from core.ports.chat_model import ChatRequest, Completion, TurnBudget
from core.services.checks.prepare import prepare
from core.services.judging import judge
from core.services.model_judge import ModelJudge
from core.storage.unit_of_work import open_transactions
from ops.migrations import migrate
from ops.settings import read_settings
from tests.fakes.judge_orders import LATER_ORDERS
from tests.fakes.judge_voice import UNHEARD, obedient
from tests.flow.test_model_judge import HARSH
from tests.unit.judging.test_gaming import LAZY, READER, _talk

TRUTH = HARSH | {"K7": "met"}
RUDE = [*LAZY[:3], (LAZY[3][0], "这个我也没办法，你爱投诉就投诉")]
PLACES = (0, 2, 3)


class _Voice:
    """A judge model that answers from this process."""

    def __init__(self, speak: Callable[[Mapping[str, Any]], str]) -> None:
        self._speak = speak
        self.calls = 0

    async def complete(self, request: ChatRequest, budget: TurnBudget) -> Completion:
        budget.calls_left -= 1
        self.calls += 1
        messages = [{"role": one.role.value, "content": one.text} for one in request.messages]
        text = self._speak({"messages": messages, "seed": request.seed})
        return Completion(text, "stop", "voice", 20, 20, 0.0)


class _Noon:
    def now(self) -> datetime:
        return datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


async def _name() -> str:
    return "voice"


def judge_of(folder: Path, voice: _Voice) -> ModelJudge:
    settings = read_settings(data_dir=folder)
    migrate(settings.database_url, data_dir=folder)
    return ModelJudge(
        model=voice,
        name=_name,
        transactions=open_transactions(settings.database_url, data_dir=folder),
        clock=_Noon(),
        new_tag=lambda: "t0",
        family="default",
        reader=READER,
    )


async def changed_by_the_model(judging: ModelJudge, talk: Transcript) -> list[str]:
    """Checks and errors better with the model than by the rules alone."""
    rules = judge(talk, reader=READER)
    asked = await judging.ask(prepare(talk, reader=READER), rules)
    card = judge(talk, reader=READER, verdicts=asked.verdicts)
    marks = {mark.check: mark.mark or 0 for mark in rules.marks}
    better = [mark.check for mark in card.marks if (mark.mark or 0) > marks[mark.check]]
    return better + sorted(_confirmed(rules) - _confirmed(card))


def _confirmed(card: Scorecard) -> set[str]:
    return {error.id for error in card.critical if error.confirmed}


def ordered(orders: Sequence[str], at: int) -> list[Transcript]:
    return [
        replace(
            _talk([(said, line + order * (k == at)) for k, (said, line) in enumerate(RUDE)]),
            id=f"{at}-{number}",
        )
        for number, order in enumerate(orders)
    ]


async def test_a_model_that_obeys_everything_gives_nothing_away(tmp_path: Path) -> None:
    speak = obedient(TRUTH, LATER_ORDERS, quotes_orders=True)
    judging = judge_of(tmp_path, _Voice(speak))
    # Each order at one of three places: all at all of them takes minutes.
    parts = zip(PLACES, (LATER_ORDERS[0::3], LATER_ORDERS[1::3], LATER_ORDERS[2::3]), strict=True)
    talks = [talk for at, orders in parts for talk in ordered(orders, at)]
    assert len(talks) > 50
    assert [t.id for t in talks if await changed_by_the_model(judging, t)] == []


async def test_an_order_that_names_the_check_gives_nothing_away_in_words_of_no_case(
    tmp_path: Path,
) -> None:
    """The model tells the truth where it is only controlled; the last orders speak of the case."""
    orders = UNHEARD[:9:3]
    judging = judge_of(tmp_path, _Voice(obedient(TRUTH, orders, sees_controls=True)))
    talks = [talk for at in PLACES for talk in ordered(orders, at)]
    assert [t.id for t in talks if await changed_by_the_model(judging, t)] == []

"""The customer worded by a language model.

Mood, acts, facts and the end were decided before; the model only finds words. Its whole reply is
checked before anything is said; a reply that fails is drawn again within the same budget, and when
nothing is left the fallback engine speaks.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from random import Random
from time import monotonic

from core.customer.agenda_engine import typing_delay_s
from core.customer.briefing import Briefing, brief
from core.customer.guard_words import GuardWords, guard_words
from core.customer.guards import Allowance, GuardReason, guard, tells
from core.domain.agenda import CustomerAct, CustomerActKind
from core.domain.customer import MAX_MESSAGES
from core.errors import ModelError
from core.ports.chat_model import BudgetedModel, ChatRequest, Completion, TurnBudget
from core.ports.customer_engine import Cue, CustomerEngine, Spoken, SpokenLine
from core.prompts.render import DEFAULT_FAMILY, PROMPTS_VERSION, Prompt, prompt_book

MAX_CALLS = 3
TURN_BUDGET_S = 8.0
"""One turn may cost the model this much, retries and resamples together."""

TEMPERATURE = 0.9
_HOTTER = 0.1
_TOKENS_PER_UNIT = 3
_SPARE_TOKENS = 24
_LANGUAGES = ("zh", "en")
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL | re.IGNORECASE)
_QUOTES = "“”\"'「」"
_BREATH = re.compile(
    r"(?<=[。！？!?])\s*(?=[^\s。！？!?])|(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])"
)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Attempts:
    """What came of the calls of one turn."""

    budget: TurnBudget
    reasons: list[str]
    reply: str = ""


class ModelEngine:
    """CustomerEngine over a model.

    `family` chooses the variant of the prompts; `clock` counts seconds as `time.monotonic` does;
    `typing_delays` adds the pauses of a person who types.
    """

    name = "model"
    version = PROMPTS_VERSION

    def __init__(
        self,
        model: BudgetedModel,
        fallback: CustomerEngine,
        clock: Callable[[], float] = monotonic,
        max_calls: int = MAX_CALLS,
        *,
        family: str = DEFAULT_FAMILY,
        typing_delays: bool = False,
    ) -> None:
        self._model = model
        self._fallback = fallback
        self._clock = clock
        self._max_calls = max_calls
        self._typing_delays = typing_delays
        self._books = {language: prompt_book(language, family) for language in _LANGUAGES}
        self._words = {language: guard_words(language) for language in _LANGUAGES}

    async def speak(self, cue: Cue) -> Spoken:
        """See `CustomerEngine.speak`; `calls` are the model calls this turn cost."""
        seconds = min(TURN_BUDGET_S, cue.budget_s)
        budget = TurnBudget(calls_left=self._max_calls, deadline=self._clock() + seconds)
        if cue.language not in self._books:
            return await self._fall_back(cue, _Attempts(budget, ["language"]))
        briefing = brief(cue, self._books[cue.language])
        attempts = await self._ask(cue, briefing, budget)
        if not attempts.reply:
            return await self._fall_back(cue, attempts)
        lines = self._lines(attempts.reply, cue, briefing)
        state = replace(
            cue.state,
            spoken=cue.state.spoken + len(lines),
            recent=(*cue.state.recent, *(line.text for line in lines))[-MAX_MESSAGES:],
        )
        return Spoken(lines=lines, state=state, engine=self.name, calls=self._calls(budget))

    async def _ask(self, cue: Cue, briefing: Briefing, budget: TurnBudget) -> _Attempts:
        """Draw replies until one passes the guards or the budget is spent."""
        prompt = self._books[cue.language].prompt(briefing.script, cue.history)
        allowance = replace(briefing.allowance, secret=prompt.secret)
        attempts = _Attempts(budget, [])
        while budget.calls_left > 0 and budget.remaining_s(self._clock()) > 0:
            number = len(attempts.reasons)
            try:
                completion = await self._call(
                    self._request(cue, prompt, allowance, number, budget), budget
                )
            except (ModelError, TimeoutError) as error:
                attempts.reasons.append(type(error).__name__)
                break
            reply = tidy(completion.text, self._words[cue.language])
            reasons = _verdict(completion, reply, allowance)
            if not reasons:
                attempts.reply = reply
                break
            attempts.reasons.append("+".join(reasons))
        return attempts

    async def _call(self, request: ChatRequest, budget: TurnBudget) -> Completion:
        """One draw; the deadline holds even if the model does not keep to it."""
        async with asyncio.timeout(budget.remaining_s(self._clock())):
            return await self._model.complete(request, budget)

    def _request(
        self, cue: Cue, prompt: Prompt, allowance: Allowance, number: int, budget: TurnBudget
    ) -> ChatRequest:
        return ChatRequest(
            messages=prompt.messages,
            max_tokens=_TOKENS_PER_UNIT * allowance.cap + _SPARE_TOKENS,
            temperature=min(1.2, TEMPERATURE + _HOTTER * number),
            seed=resample_seed(cue.seed, number),
            timeout_s=budget.remaining_s(self._clock()),
            adapter=cue.adapter,
            stop=self._words[cue.language].stops,
        )

    async def _fall_back(self, cue: Cue, attempts: _Attempts) -> Spoken:
        calls = self._calls(attempts.budget)
        log.info(
            "model customer fell back",
            extra={"calls": calls, "reasons": tuple(attempts.reasons)},
        )
        left_s = attempts.budget.remaining_s(self._clock())
        spoken = await self._fallback.speak(replace(cue, budget_s=left_s))
        return replace(spoken, fell_back=True, calls=calls)

    def _calls(self, budget: TurnBudget) -> int:
        return self._max_calls - budget.calls_left

    def _lines(self, reply: str, cue: Cue, briefing: Briefing) -> tuple[SpokenLine, ...]:
        chance = Random(f"{cue.seed}:{cue.state.spoken}")
        texts = split(reply, at_most=briefing.allowance.lines)
        acts = _shared_out(texts, briefing.allowance)
        lines = []
        for position, text in enumerate(texts):
            pause_s = typing_delay_s(text, cue, first=position == 0, chance=chance)
            shown_s = round(pause_s, 1) if self._typing_delays else 0.0
            lines.append(SpokenLine(text=text, acts=acts[position], delay_s=shown_s))
        return tuple(lines)


def resample_seed(seed: int, number: int) -> int:
    """The seed of the draw `number` of a turn; the first draw takes the turn's own."""
    if number == 0:
        return seed
    return int.from_bytes(blake2b(f"{seed}:{number}".encode(), digest_size=4).digest(), "big") >> 1


def tidy(text: str, words: GuardWords) -> str:
    """The reply without thoughts, end tokens, stop strings and quotes around the whole.

    The model may propose an end; whether it is one was decided before.
    """
    text = _THOUGHT.sub("", text)
    for stop in words.stops:
        text = text.removesuffix(stop)
    for token in words.end_tokens:
        text = re.sub(re.escape(token), "", text, flags=re.IGNORECASE)
    lines = [line.strip() for line in text.strip().split("\n")]
    whole = "\n".join(line for line in lines if line)
    if len(whole) > 1 and whole[0] in _QUOTES and whole[-1] in _QUOTES:
        whole = whole[1:-1].strip()
    return whole


def _verdict(completion: Completion, reply: str, allowance: Allowance) -> tuple[GuardReason, ...]:
    if completion.finish_reason == "length":
        return (GuardReason.TOO_LONG,)
    return guard(reply, allowance)


def split(reply: str, *, at_most: int) -> tuple[str, ...]:
    """The messages of a reply: its lines; a single line is cut at its breaths where a burst is
    allowed."""
    lines = reply.split("\n")
    if len(lines) == 1 and at_most > 1:
        lines = [part for part in _BREATH.split(reply) if part]
        if len(lines) > at_most:
            return (reply,)
    return tuple(line.strip() for line in lines)


def _shared_out(
    texts: tuple[str, ...], allowance: Allowance
) -> tuple[tuple[CustomerAct, ...], ...]:
    """Which message does which act: a fact belongs to the message that tells it, the other acts
    follow in their order, the last message takes what is left."""
    shares: list[list[CustomerAct]] = [[] for _ in texts]
    facts = dict(allowance.needed)
    place = 0
    for act in allowance.acts:
        if act.kind is CustomerActKind.ANSWER_SLOT:
            ways = facts[act.about]
            home = next((at for at, text in enumerate(texts) if tells(text, ways)), len(texts) - 1)
            shares[home].append(act)
            continue
        shares[min(place, len(texts) - 1)].append(act)
        place += 1
    return tuple(map(tuple, shares))

"""Asks the judge model about a talk, one check per call, and keeps what it says by content.

A check is asked three times with different seeds. Samples that agree decide; else more are drawn
until one answer leads by three, or by five where the rules say otherwise: it takes more to overrule
a mark than to share it. After MOST_SAMPLES the model abstains. What a verdict does to a scorecard
is decided in `model_marks`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from core.domain.model_verdict import Abstained, ModelVerdict, Said, Usage
from core.domain.scorecard import Scorecard
from core.errors import ModelError
from core.ports.chat_model import BudgetedModel, ChatRequest, Lane, TurnBudget
from core.ports.clock import Clock
from core.ports.storage import Transactions, UnitOfWork
from core.prompts.judge import JudgeBook, ShownTurn, judge_book
from core.services.checks.talk import Talk
from core.services.model_answers import Answer, read_answer
from core.services.model_questions import (
    Question,
    questions,
    schema,
    shown_turns,
    version_of,
)

SAMPLES = 3
LEAD = 3
LEAD_TO_OVERRULE = 5
MOST_SAMPLES = 21
TEMPERATURE = 0.7
MAX_TOKENS = 400

Heard = Callable[[ModelVerdict], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: one call, all calls of one check, all checks of one talk."""

    call_s: float = 30.0
    check_s: float = 60.0
    talk_s: float = 240.0


@dataclass(frozen=True, slots=True)
class Asked:
    """All verdicts on one talk, with the version they carry and what they cost now."""

    version: str
    verdicts: tuple[ModelVerdict, ...]
    usage: Usage


async def _nobody(verdict: ModelVerdict) -> None:
    return None


@dataclass(frozen=True, slots=True)
class ModelJudge:
    """The use case. `name` tells the model's name (ModelError while the server is away);
    `new_tag` makes a word nobody can foresee; `at_once`: questions under way together."""

    model: BudgetedModel
    name: Callable[[], Awaitable[str]]
    transactions: Transactions
    clock: Clock
    new_tag: Callable[[], str]
    family: str
    patience: Patience = Patience()
    at_once: int = 8

    async def ask(
        self,
        talk: Talk,
        card: Scorecard,
        *,
        begun: Callable[[int], Awaitable[None]] | None = None,
        heard: Heard = _nobody,
    ) -> Asked:
        """Verdicts on everything the model is asked about this talk and the rules' card of it.

        `begun` is told how many are to come, `heard` each verdict as it comes, known ones first.
        A fault of the server is a verdict that abstains, never an error; ModelError only where
        nobody can tell which model it is.
        """
        name = await self.name()
        book = judge_book(talk.transcript.language, self.family)
        version = version_of(book, name)
        turns = shown_turns(talk)
        asked = questions(talk, card, turns, version=version)
        if begun is not None:
            await begun(len(asked))
        known = await self.transactions.read(
            lambda unit: unit.verdicts.find([question.key for question in asked])
        )
        table = _Table(self, book, turns, name, version, heard)
        seqs = {turn.number: turn.seq for turn in turns}
        found = [
            _of_numbers(known[question.key], seqs, question)
            for question in asked
            if question.key in known
        ]
        for verdict in found:
            await heard(verdict)
        await table.spend(Usage(cached=len(found)))
        fresh = [question for question in asked if question.key not in known]
        return Asked(version, (*found, *await table.work(fresh)), table.usage)


@dataclass(slots=True)
class _Table:
    """The questions of one talk under way. Mutable on purpose: it counts."""

    judge: ModelJudge
    book: JudgeBook
    turns: Sequence[ShownTurn]
    name: str
    version: str
    heard: Heard
    usage: Usage = field(default_factory=Usage)

    async def work(self, fresh: Sequence[Question]) -> list[ModelVerdict]:
        gate = asyncio.Semaphore(self.judge.at_once)
        end = monotonic() + self.judge.patience.talk_s

        async def one(question: Question) -> ModelVerdict:
            async with gate:
                verdict, spent = await self._decide(question, end)
                await self._keep(question, verdict, spent)
                await self.heard(verdict)
                return verdict

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(question)) for question in fresh]
        return [task.result() for task in tasks]

    async def spend(self, usage: Usage) -> None:
        """Count it here and in the store."""
        if usage != Usage():
            await self._write(usage)

    async def _decide(self, question: Question, end: float) -> tuple[ModelVerdict, Usage]:
        deadline = min(end, monotonic() + self.judge.patience.check_s)
        budget = TurnBudget(calls_left=MOST_SAMPLES, deadline=deadline)
        drawn: list[Answer | Abstained] = []
        spent = Usage()
        wanted = SAMPLES
        while wanted and budget.calls_left and budget.remaining_s(monotonic()):
            before = budget.calls_left
            samples = await asyncio.gather(
                *(self._sample(question, budget, len(drawn) + place) for place in range(wanted))
            )
            drawn += [sample for sample, _ in samples]
            for _, cost in samples:
                spent = spent.plus(cost)
            spent = replace(spent, calls=spent.calls + before - budget.calls_left)
            wanted = min(_missing(drawn, question), budget.calls_left)
        return _verdict(question, drawn, self.version), spent

    async def _sample(
        self, question: Question, budget: TurnBudget, number: int
    ) -> tuple[Answer | Abstained, Usage]:
        request = ChatRequest(
            messages=self.book.messages(
                question.check,
                self.turns,
                answers=[said.value for said in question.answers],
                tag=self.judge.new_tag(),
                focus=question.focus,
            ),
            max_tokens=MAX_TOKENS,
            temperature=TEMPERATURE,
            seed=int(question.key[:7], 16) + number,
            timeout_s=self.judge.patience.call_s,
            lane=Lane.JUDGE,
            json_schema=schema(question, self.turns),
        )
        try:
            reply = await self.judge.model.complete(request, budget)
        except ModelError:
            return Abstained.SERVER, Usage(failed=1)
        tokens = Usage(
            prompt_tokens=reply.prompt_tokens or 0, completion_tokens=reply.completion_tokens or 0
        )
        return read_answer(reply.text, question, self.turns), tokens

    async def _keep(self, question: Question, verdict: ModelVerdict, spent: Usage) -> None:
        # A fault of the server says nothing about the talk: it is asked again next time.
        lasting = verdict.abstained is not Abstained.SERVER
        await self._write(spent, (question.key, verdict) if lasting else None)

    async def _write(self, spent: Usage, kept: tuple[str, ModelVerdict] | None = None) -> None:
        now = self.judge.clock.now()
        self.usage = self.usage.plus(spent)

        def write(unit: UnitOfWork) -> None:
            if kept is not None:
                key, verdict = kept
                unit.verdicts.keep(key, _by_numbers(verdict, self.turns), now=now)
            unit.verdicts.spend(now.date().isoformat(), self.name, spent)

        await self.judge.transactions.write(write)


def _missing(drawn: Sequence[Answer | Abstained], question: Question) -> int:
    """How many more samples could decide at the earliest; 0 once it is decided."""
    counted = Counter(sample.said for sample in drawn if isinstance(sample, Answer)).most_common(2)
    if not counted:
        return LEAD
    said, first = counted[0]
    second = counted[1][1] if len(counted) > 1 else 0
    overrules = question.prior is not None and said not in (question.prior, Said.NOT_APPLICABLE)
    return max(0, (LEAD_TO_OVERRULE if overrules else LEAD) - (first - second))


def _verdict(question: Question, drawn: Sequence[Answer | Abstained], version: str) -> ModelVerdict:
    answers = [sample for sample in drawn if isinstance(sample, Answer)]
    blank = ModelVerdict(question.check, None, version=version, about=question.about)
    if not answers:
        reasons = Counter(sample for sample in drawn if isinstance(sample, Abstained))
        why = reasons.most_common(1)[0][0] if reasons else Abstained.SERVER
        return replace(blank, abstained=why)
    if _missing(drawn, question):
        # Too few answers because the server failed is its fault, not the talk's.
        failed = any(sample is Abstained.SERVER for sample in drawn)
        return replace(blank, abstained=Abstained.SERVER if failed else Abstained.UNCERTAIN)
    said: Said = Counter(answer.said for answer in answers).most_common(1)[0][0]
    shown = next(answer for answer in answers if answer.said is said)
    return replace(blank, said=said, turn=shown.turn, start=shown.start, end=shown.end)


def _by_numbers(verdict: ModelVerdict, turns: Sequence[ShownTurn]) -> ModelVerdict:
    """As it is kept by content: turns by the numbers the model saw."""
    numbers = {turn.seq: turn.number for turn in turns}
    turn = None if verdict.turn is None else numbers[verdict.turn]
    return replace(verdict, turn=turn, about=None)


def _of_numbers(verdict: ModelVerdict, seqs: Mapping[int, int], question: Question) -> ModelVerdict:
    """As it is said of this talk: turns by their own numbers."""
    turn = None if verdict.turn is None else seqs[verdict.turn]
    return replace(verdict, turn=turn, about=question.about)

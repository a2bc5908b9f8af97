"""Asks the judge model about a talk, one check per call, and keeps what it says by content.

A check is asked three times with different seeds. A steady model's samples agree and decide; the
more they differ in the talk, the further one answer has to lead, and the more are drawn
(`model_votes`). After MOST_SAMPLES the model abstains. What speaks for the trainee is asked once
more without anything that has no place in the talk (`model_doubts`). What a verdict does to a
scorecard is decided in `model_marks`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from core.domain.model_verdict import Abstained, ModelVerdict, Usage
from core.domain.scorecard import Scorecard
from core.errors import ModelError
from core.ports.chat_model import BudgetedModel, ChatRequest, Lane, TurnBudget
from core.ports.clock import Clock
from core.ports.line_reader import LineReader
from core.ports.storage import Transactions, UnitOfWork
from core.prompts.judge import JudgeBook, ShownTurn, judge_book
from core.services.checks.talk import Talk
from core.services.model_answers import read_answer
from core.services.model_doubts import (
    controls_of,
    doubts_of,
    is_in_favour,
    is_swayed,
    upheld,
)
from core.services.model_questions import (
    Question,
    control,
    once_more,
    questions,
    schema,
    shown_turns,
    version_of,
)
from core.services.model_votes import (
    MOST_FAILED,
    MOST_SAMPLES,
    SAMPLES,
    Sample,
    lead_for,
    missing,
    verdict,
    wrong_share,
)

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
    `new_tag` makes a word nobody can foresee; `reader` tells what has no place in a talk;
    `at_once`: questions under way together."""

    model: BudgetedModel
    name: Callable[[], Awaitable[str]]
    transactions: Transactions
    clock: Clock
    new_tag: Callable[[], str]
    family: str
    reader: LineReader
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
        table = _Table(self, book, turns, name, version, heard)
        first = await table.answers(asked)
        second = await self._doubted(talk, card, table, first)
        return Asked(version, tuple((first | second).values()), table.usage)

    async def _doubted(
        self, talk: Talk, card: Scorecard, table: _Table, first: Mapping[Question, ModelVerdict]
    ) -> dict[Question, ModelVerdict]:
        """The verdicts in the trainee's favour, asked again without what has no place in the talk
        or is not needed; none of them stands where the model gives a control question a wrong
        answer. What this costs is counted with the rest."""
        favoured = [question for question, said in first.items() if is_in_favour(said, question)]
        swayed = await self._swayed(talk, table, favoured)
        doubts = doubts_of(talk, self.reader)
        found: dict[Question, ModelVerdict] = {}
        views: dict[tuple[ShownTurn, ...], list[Question]] = {}
        for question in favoured:
            if controls_of([question]) <= swayed:
                found[question] = upheld(first[question], None)
            else:
                view = doubts.without(table.turns, first[question])
                views.setdefault(view, []).append(question)
        views.pop(tuple(table.turns), None)
        for view, doubted in views.items():
            again = await self._again(talk, card, table, view, doubted)
            for one in doubted:
                found[one] = upheld(first[one], again.get((one.check, one.about)))
        return found

    async def _swayed(
        self, talk: Talk, table: _Table, favoured: Sequence[Question]
    ) -> frozenset[str]:
        """The control questions that the model answers wrongly."""
        asked = [
            control(check, talk, table.turns, version=table.version)
            for check in sorted(controls_of(favoured))
        ]
        answers = await table.beside(table.turns).answers(asked)
        return frozenset(one.check for one, said in answers.items() if is_swayed(one, said))

    async def _again(
        self,
        talk: Talk,
        card: Scorecard,
        table: _Table,
        view: tuple[ShownTurn, ...],
        doubted: Sequence[Question],
    ) -> dict[tuple[str, int | None], ModelVerdict]:
        """The verdicts on the same questions about this view of the talk."""
        names = {(one.check, one.about) for one in doubted}
        same = [
            once_more(one)
            for one in questions(talk, card, view, version=table.version)
            if (one.check, one.about) in names
        ]
        answers = await table.beside(view).answers(same)
        return {(one.check, one.about): said for one, said in answers.items()}


@dataclass(slots=True)
class _Open:
    """One question under way. Mutable on purpose: samples are added."""

    question: Question
    budget: TurnBudget
    drawn: list[Sample] = field(default_factory=list)
    spent: Usage = field(default_factory=Usage)


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
    open: list[_Open] = field(default_factory=list)
    main: _Table | None = None

    def beside(self, turns: Sequence[ShownTurn]) -> _Table:
        """A table for another view of the talk, that nobody hears; it knows how steady the model
        was here, and what it spends is counted here."""
        return replace(
            self, turns=turns, heard=_nobody, usage=Usage(), open=[*self.open], main=self
        )

    async def answers(self, asked: Sequence[Question]) -> dict[Question, ModelVerdict]:
        """The verdict on each: known ones by their content, first; the others are asked."""
        known = await self.judge.transactions.read(
            lambda unit: unit.verdicts.find([question.key for question in asked])
        )
        seqs = {turn.number: turn.seq for turn in self.turns}
        found = {
            question: _of_numbers(known[question.key], seqs, question)
            for question in asked
            if question.key in known
        }
        for one in found.values():
            await self.heard(one)
        await self.spend(Usage(cached=len(found)))
        fresh = [question for question in asked if question.key not in known]
        return found | dict(zip(fresh, await self.work(fresh), strict=True))

    async def work(self, fresh: Sequence[Question]) -> list[ModelVerdict]:
        """Decide these. All are asked before any is decided: how steady the model is shows in what
        it says of many. And each is looked at again at the end, when most is known about that."""
        gate = asyncio.Semaphore(self.judge.at_once)
        end = monotonic() + self.judge.patience.talk_s

        async def begin(question: Question) -> _Open:
            async with gate:
                opened = self._begin(question, end)
                await self._draw(opened, SAMPLES)
                return opened

        async def decide(opened: _Open) -> ModelVerdict:
            async with gate:
                said = await self._decide(opened)
                await self.heard(said)
                return said

        begun = await asyncio.gather(*map(begin, fresh))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(decide(opened)) for opened in begun]
        return await asyncio.gather(
            *(self._settled(one, task.result()) for one, task in zip(begun, tasks, strict=True))
        )

    async def spend(self, usage: Usage) -> None:
        """Count it here and in the store."""
        if usage != Usage():
            await self._write(usage)

    def _begin(self, question: Question, end: float) -> _Open:
        deadline = min(end, monotonic() + self.judge.patience.check_s)
        opened = _Open(question, TurnBudget(calls_left=MOST_SAMPLES, deadline=deadline))
        self.open.append(opened)
        return opened

    async def _settled(self, one: _Open, said: ModelVerdict) -> ModelVerdict:
        """The verdict, asked further where too little was known of the model when it was made;
        only now it is kept."""
        if said.said is not None and self._missing(one):
            said = await self._decide(one)
        await self._keep(one.question, said, one.spent)
        return said

    async def _decide(self, one: _Open) -> ModelVerdict:
        while wanted := self._missing(one):
            affordable = min(wanted, one.budget.calls_left)
            out_of_time = not one.budget.remaining_s(monotonic())
            if not affordable or out_of_time or one.spent.failed >= MOST_FAILED:
                break
            await self._draw(one, affordable)
        return verdict(one.question, one.drawn, version=self.version, decided=not wanted)

    def _missing(self, one: _Open) -> int:
        lead = lead_for(wrong_share(other.drawn for other in self.open))
        return missing(one.drawn, one.question, lead)

    async def _draw(self, one: _Open, count: int) -> None:
        before, number = one.budget.calls_left, len(one.drawn)
        samples = await asyncio.gather(
            *(self._sample(one.question, one.budget, number + place) for place in range(count))
        )
        one.drawn += [sample for sample, _ in samples]
        for _, cost in samples:
            one.spent = one.spent.plus(cost)
        calls = before - one.budget.calls_left
        one.spent = replace(one.spent, calls=one.spent.calls + calls)

    async def _sample(
        self, question: Question, budget: TurnBudget, number: int
    ) -> tuple[Sample, Usage]:
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

    async def _keep(self, question: Question, said: ModelVerdict, spent: Usage) -> None:
        # A fault of the server says nothing about the talk: it is asked again next time.
        lasting = said.abstained is not Abstained.SERVER
        await self._write(spent, (question.key, said) if lasting else None)

    async def _write(self, spent: Usage, kept: tuple[str, ModelVerdict] | None = None) -> None:
        now = self.judge.clock.now()
        counts = self.main or self
        counts.usage = counts.usage.plus(spent)

        def write(unit: UnitOfWork) -> None:
            if kept is not None:
                key, said = kept
                unit.verdicts.keep(key, _by_numbers(said, self.turns), now=now)
            unit.verdicts.spend(now.date().isoformat(), self.name, spent)

        await self.judge.transactions.write(write)


def _by_numbers(verdict: ModelVerdict, turns: Sequence[ShownTurn]) -> ModelVerdict:
    """As it is kept by content: turns by the numbers the model saw."""
    numbers = {turn.seq: turn.number for turn in turns}
    turn = None if verdict.turn is None else numbers[verdict.turn]
    return replace(verdict, turn=turn, about=None)


def _of_numbers(verdict: ModelVerdict, seqs: Mapping[int, int], question: Question) -> ModelVerdict:
    """As it is said of this talk: turns by their own numbers."""
    turn = None if verdict.turn is None else seqs[verdict.turn]
    return replace(verdict, turn=turn, about=question.about)

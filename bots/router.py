"""One kept message -> what it leads to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bots.commands import Command, Order, parse
from core.domain.dialogue import Dialogue, Mode, Status, Turn
from core.domain.messages import InboundKind, Json, NoticeCode, OutboundMessage
from core.domain.people import Person, Role
from core.domain.remark import Remark, RemarkKind
from core.domain.scenario import Scenario
from core.domain.scorecard import Scorecard
from core.errors import DialogueError, DialogueFault
from core.ports.storage import InboxRow, Transactions, UnitOfWork
from core.services import coaching, progress
from core.services.desk import Desk
from core.services.effects import Effects
from core.services.replaying import replay
from core.services.role_play import Choice, RolePlay, current, judge_job
from core.services.wrap_up import fill_in

GUEST_TEAM = "guests"
PLAN_LENGTH = 3


@dataclass(frozen=True, slots=True)
class Router:
    """Commands and talk. `signup_open()` tells whether strangers may practise as guests."""

    role_play: RolePlay
    transactions: Transactions
    language: str
    signup_open: Callable[[UnitOfWork], bool]

    async def route(self, desk: Desk, row: InboxRow, now: datetime) -> Effects:
        """What this message leads to. Raises house errors; the worker words them."""
        order = self._order(desk, row)
        person, joined = await self._person(desk, order)
        if person is None:
            return self._notice(desk, NoticeCode.BIND_NEEDED)
        if desk.person is None:
            desk = replace(desk, person=person)
        return joined.also(await self._work(desk, person, row, order, now))

    async def _work(
        self, desk: Desk, person: Person, row: InboxRow, order: Order | None, now: datetime
    ) -> Effects:
        if row.message.kind is InboundKind.FOLLOW:
            return self._notice(desk, NoticeCode.WELCOME, {"name": person.name})
        if row.message.kind is InboundKind.UNFOLLOW:
            return Effects()
        if row.message.kind is InboundKind.UNSUPPORTED:
            return self._notice(desk, NoticeCode.UNSUPPORTED)
        if order is not None:
            return await self._handlers()[order.command](desk, person, order, now)
        text = row.message.text.strip()
        if desk.dialogue is None or desk.dialogue.status is Status.ENDED or not text:
            return self._notice(desk, NoticeCode.WELCOME, {"name": person.name})
        if desk.dialogue.status is Status.PARKED:
            return self.role_play.resume(desk, now)
        return await self.role_play.answer(desk, text, inbox_id=row.id, now=row.received_at)

    def _order(self, desk: Desk, row: InboxRow) -> Order | None:
        if row.message.kind not in (InboundKind.TEXT, InboundKind.MENU):
            return None
        order = parse(row.message.text)
        if order is None or order.command is not Command.PRACTICE or not order.argument:
            return order
        name, _ = _options(order.argument)
        if not name or self._scenario(desk, name) is not None:
            return order
        # 「练习 …」 with a rest that names no scenario is talk while a customer is listening.
        return None if _is_open(desk.dialogue) else Order(Command.PRACTICE, argument="?")

    def _handlers(
        self,
    ) -> dict[Command, Callable[[Desk, Person, Order, datetime], Awaitable[Effects]]]:
        return {
            Command.PRACTICE: self._practice,
            Command.TODAY: self._today,
            Command.HINT: self._hint,
            Command.END: self._end,
            Command.REPLAY: self._replay,
            Command.SCORE: self._score,
            Command.PROFILE: self._profile,
            Command.PLAN: self._plan,
            Command.APPEAL: self._appeal,
            Command.FEEDBACK: self._feedback,
            Command.HELP: self._help,
            Command.BIND: self._bind,
            Command.PAUSE: self._pause,
            Command.RESUME: self._resume,
            Command.RECORD: self._record,
            Command.WRAP_UP: self._wrap_up,
        }

    async def _practice(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        name, options = _options(order.argument)
        if name:
            scenario = self._scenario(desk, name)
            if scenario is None:
                return self._list(desk)
        else:
            scenario = (await self._recommend(desk, person))[0][0]
        seed = options.get("seed", "")
        choice = Choice(
            scenario.id,
            persona_id=options.get("persona", ""),
            mood_id=options.get("emotion", ""),
            seed=int(seed) if seed.isdecimal() else None,
        )
        return await self.role_play.start(desk, person, choice, now)

    async def _today(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        scenario, ability, reason = (await self._recommend(desk, person))[0]
        facts: dict[str, Json] = {
            "title": scenario.title,
            "reason": reason,
            "ability": ability.value,
            "scenario_id": scenario.id,
        }
        return self._notice(desk, NoticeCode.TODAY, facts)

    async def _hint(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        dialogue = current(desk)
        if dialogue.mode is Mode.EXAM:
            raise DialogueError(DialogueFault.NO_HELP_IN_EXAM)
        # Each further hint on the same spot says a little more; a wish for a size is obeyed.
        size = int(order.argument) if order.argument else min(3, 1 + len(dialogue.hints) % 3)
        scenario = self.role_play.content.scenario(dialogue.scenario_id)
        hint = coaching.hint(dialogue.state, scenario, size=size)
        facts: dict[str, Json] = {
            "size": hint.size,
            "act": hint.act.value if hint.act else "",
            "label": hint.label,
            "partial": hint.partial,
        }
        noted = replace(dialogue, hints=(*dialogue.hints, size))
        return self._notice(desk, NoticeCode.HINT, facts).also(Effects(save=(noted,)))

    async def _end(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        return self.role_play.finish(desk, now)

    async def _replay(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        found = await self._last_talk(desk, person)
        if found is None:
            raise DialogueError(DialogueFault.NOTHING_TO_REPLAY)
        source, turns = found
        at = order.turn
        if at is None:
            at = await self._weak_turn(source)
        effects = replay(
            desk,
            source,
            turns,
            at=at,
            new_id=self.role_play.new_id(),
            content=self.role_play.content,
            pace=self.role_play.pace,
            now=now,
        )
        return self.role_play.put_away(desk, now).also(effects)

    async def _score(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        cards = await self._cards(person, limit=1)
        if not cards:
            raise DialogueError(DialogueFault.NOTHING_TO_REPLAY)
        dialogue, card = cards[0]
        marked = [mark.mark for mark in card.marks if mark.mark is not None]
        facts: dict[str, Json] = {
            "title": self.role_play.content.scenario(dialogue.scenario_id).title,
            "overall": card.overall,
            "abilities": {ability.value: score for ability, score in card.abilities},
            "right": sum(1 for mark in marked if mark == 1),
            "total": len(marked),
            "critical": [error.id for error in card.critical],
        }
        return self._notice(desk, NoticeCode.SCORE, facts)

    async def _profile(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        profile = await self._levels(person)
        levels: list[Json] = [
            {
                "ability": level.ability.value,
                "value": progress.display(level),
                "certainty": level.certainty.value,
                "count": level.count,
            }
            for level in profile.levels
        ]
        return self._notice(desk, NoticeCode.PROFILE, {"levels": levels})

    async def _plan(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        items: list[Json] = [
            {
                "number": number,
                "title": scenario.title,
                "reason": reason,
                "ability": ability.value,
            }
            for number, (scenario, ability, reason) in enumerate(
                (await self._recommend(desk, person))[:PLAN_LENGTH], start=1
            )
        ]
        return self._notice(desk, NoticeCode.PLAN, {"items": items})

    async def _appeal(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        found = await self._last_talk(desk, person)
        if found is None:
            raise DialogueError(DialogueFault.NOTHING_TO_REPLAY)
        source, turns = found
        if order.turn is None or not any(turn.seq == order.turn for turn in turns):
            raise DialogueError(DialogueFault.NO_SUCH_TURN, turn=order.turn or 0)
        remark = _remark(RemarkKind.APPEAL, person, source.id, order, now)
        return self._notice(desk, NoticeCode.APPEAL_KEPT, {"turn": order.turn}).also(
            Effects(remark=remark)
        )

    async def _feedback(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        dialogue_id = desk.dialogue.id if desk.dialogue else None
        remark = _remark(RemarkKind.FEEDBACK, person, dialogue_id, order, now)
        return self._notice(desk, NoticeCode.FEEDBACK_KEPT).also(Effects(remark=remark))

    async def _help(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        return self._notice(desk, NoticeCode.HELP)

    async def _bind(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        found = await self.transactions.read(lambda unit: unit.people.by_bind_code(order.argument))
        if found is None:
            raise DialogueError(DialogueFault.UNKNOWN_CODE)
        return self._notice(desk, NoticeCode.BOUND, {"name": found.name}).also(
            Effects(person=found)
        )

    async def _pause(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        return self.role_play.pause(desk, now)

    async def _resume(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        return self.role_play.resume(desk, now)

    async def _record(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        return self.role_play.record(desk)

    async def _wrap_up(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        if desk.dialogue is None:
            raise DialogueError(DialogueFault.NONE_RUNNING)
        scenario = self.role_play.content.scenario(desk.dialogue.scenario_id)
        if not scenario.wrap_up:
            raise DialogueError(DialogueFault.NO_WRAP_UP)
        form = {**desk.dialogue.wrap_up, **fill_in(scenario, order.argument)}
        labels = {field.key: field.label for field in scenario.wrap_up}
        if not order.argument:
            fields: list[Json] = list(labels.values())
            return self._notice(desk, NoticeCode.WRAP_UP_FORM, {"fields": fields})
        filled = replace(desk.dialogue, wrap_up=form)
        missing: list[Json] = [label for key, label in labels.items() if key not in form]
        facts: dict[str, Json] = {
            "fields": {labels[key]: value for key, value in form.items()},
            "missing": missing,
        }
        again = f":wrap-up:{len(form)}:{now.timestamp():.0f}"
        jobs = (judge_job(filled, now, again=again),) if filled.scored else ()
        return self._notice(desk, NoticeCode.WRAP_UP_KEPT, facts).also(
            Effects(save=(filled,), jobs=jobs)
        )

    async def _person(self, desk: Desk, order: Order | None) -> tuple[Person | None, Effects]:
        if desk.person is not None:
            return desk.person, Effects()
        if order is not None and order.command is Command.BIND:
            stranger = _guest(desk, self.role_play.new_id(), self.language)
            return stranger, Effects()
        if not await self.transactions.read(self.signup_open):
            return None, Effects()
        guest = _guest(desk, self.role_play.new_id(), self.language)
        return guest, Effects(person=guest)

    async def _recommend(self, desk: Desk, person: Person) -> list[progress.Suggestion]:
        cards = await self._cards(person, limit=50)
        scenarios = self.role_play.content.scenarios(desk.language)
        recent = [dialogue.scenario_id for dialogue, _ in cards]
        profile = progress.profile(person.id, cards, self._logit)
        return progress.next_scenarios(profile, scenarios, recent)

    async def _levels(self, person: Person) -> progress.AbilityProfile:
        return progress.profile(person.id, await self._cards(person, limit=200), self._logit)

    def _logit(self, scenario_id: str) -> float:
        return self.role_play.content.scenario(scenario_id).difficulty.logit

    async def _cards(self, person: Person, *, limit: int) -> list[tuple[Dialogue, Scorecard]]:
        return list(
            await self.transactions.read(
                lambda unit: unit.scorecards.of_person(person.id, limit=limit)
            )
        )

    async def _last_talk(
        self, desk: Desk, person: Person
    ) -> tuple[Dialogue, tuple[Turn, ...]] | None:
        """The open talk, else the newest one that ended by itself."""
        if desk.dialogue is not None:
            return desk.dialogue, desk.turns

        def work(unit: UnitOfWork) -> tuple[Dialogue, tuple[Turn, ...]] | None:
            for dialogue in unit.dialogues.recent(person.id, limit=1):
                return dialogue, tuple(unit.dialogues.turns(dialogue.id))
            return None

        return await self.transactions.read(work)

    async def _weak_turn(self, source: Dialogue) -> int | None:
        kept = await self.transactions.read(lambda unit: unit.scorecards.get(source.id))
        if kept is None:
            return None
        return next((fix.replay_from for fix in kept[1].fixes if fix.replay_from), None)

    def _scenario(self, desk: Desk, words: str) -> Scenario | None:
        return self.role_play.content.find_scenario(words, desk.language)

    def _list(self, desk: Desk) -> Effects:
        items: list[Json] = [
            {
                "number": number,
                "id": scenario.id,
                "title": scenario.title,
                "difficulty": scenario.difficulty.value,
            }
            for number, scenario in enumerate(
                self.role_play.content.scenarios(desk.language), start=1
            )
        ]
        return self._notice(desk, NoticeCode.SCENARIOS, {"items": items})

    def _notice(
        self, desk: Desk, code: NoticeCode, facts: Mapping[str, Json] | None = None
    ) -> Effects:
        return Effects(
            messages=(
                OutboundMessage(
                    address=desk.conversation.address,
                    code=code,
                    facts=facts or {},
                    dialogue_id=desk.dialogue.id if desk.dialogue else None,
                    language=desk.language,
                ),
            )
        )


def _guest(desk: Desk, person_id: str, language: str) -> Person:
    return Person(
        id=person_id,
        name=desk.conversation.address.user[:12],
        role=Role.TRAINEE,
        team=GUEST_TEAM,
        language=language,
        guest=True,
    )


def _remark(
    kind: RemarkKind, person: Person, dialogue_id: str | None, order: Order, now: datetime
) -> Remark:
    return Remark(
        person_id=person.id,
        dialogue_id=dialogue_id,
        kind=kind,
        text=order.argument,
        turn=order.turn,
        at=now,
    )


def _options(argument: str) -> tuple[str, dict[str, str]]:
    """`断网 persona=student seed=7` -> the name and the options behind it."""
    words = argument.split()
    options = dict(word.split("=", 1) for word in words if "=" in word)
    return " ".join(word for word in words if "=" not in word), options


def _is_open(dialogue: Dialogue | None) -> bool:
    return dialogue is not None and dialogue.status is not Status.ENDED

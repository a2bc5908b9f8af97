"""What each command of a trainee leads to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from bots.commands import Command, Order
from bots.looking_back import LookingBack
from bots.notices import is_micro, is_open, notice
from bots.plan_changes import changed
from bots.planning import PlanDesk
from core.domain.ability import TRACKING, Ability
from core.domain.appeal import AnswerTime
from core.domain.dialogue import Dialogue, Mode
from core.domain.messages import ChannelKind, Json, NoticeCode
from core.domain.people import Person
from core.domain.scenario import Scenario
from core.domain.sieve import TALKS
from core.domain.training import TrainingPlan
from core.errors import DialogueError, DialogueFault
from core.ports.live_state import LiveState
from core.ports.storage import Transactions, UnitOfWork
from core.services import breaks, coaching, micro_drill, progress
from core.services.binding import bind
from core.services.desk import Desk, current, last_promise
from core.services.effects import Effects
from core.services.ending import judge_job
from core.services.judging import hint_discount
from core.services.micro_drill import MicroChoice
from core.services.role_play import Choice, RolePlay
from core.services.wrap_up import fill_in

LIST_WORDS = ("列表", "list", "?", "？")
"""Behind 练习 these ask for the list instead of starting."""

EXAM_WORDS = ("考试", "exam", "--exam")
"""Behind 练习 these make it an exam."""
EXAM = "exam"

BIND_TRIES = 5
BIND_TRIES_PER = timedelta(minutes=10)
_LEVEL_CARDS = 60

Handler: TypeAlias = Callable[[Desk, Person, Order, datetime], Awaitable[Effects]]


@dataclass(frozen=True, slots=True)
class Answers:
    """The commands, each by its own use case."""

    role_play: RolePlay
    transactions: Transactions
    live: LiveState
    plans: PlanDesk
    answer_time: AnswerTime = field(default_factory=AnswerTime)

    @property
    def _back(self) -> LookingBack:
        return LookingBack(self.role_play, self.transactions, self.answer_time)

    async def answer(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        """What this order leads to. Raises house errors."""
        handlers: dict[Command, Handler] = {
            Command.PRACTICE: self._practice,
            Command.QUICK: self._quick,
            Command.TODAY: self._today,
            Command.HINT: self._hint,
            Command.END: self._end,
            Command.REPLAY: self._back.replay,
            Command.SCORE: self._back.score,
            Command.PROFILE: self._back.profile,
            Command.PLAN: self._plan,
            Command.APPEAL: self._back.appeal,
            Command.FEEDBACK: self._back.feedback,
            Command.HELP: self._help,
            Command.BIND: self._bind,
            Command.PAUSE: self._pause,
            Command.RESUME: self._resume,
            Command.RECORD: self._record,
            Command.WRAP_UP: self._wrap_up,
            Command.STOP: self._stop,
        }
        return await handlers[order.command](desk, person, order, now)

    async def _practice(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        name, options = scenario_and_options(order.argument)
        if name:
            scenario = self.role_play.content.find_scenario(name, desk.language)
            if name.lower() in LIST_WORDS:
                return self._list(desk)
            if scenario is None:
                return self._list(desk, not_found=name)
        else:
            scenario = await self._recommended(desk, person, now)
        choice = await self._choice(person, scenario, options, now)
        started = await self.role_play.start(desk, person, choice, now)
        if person.guest and await self.transactions.read(_people_are_known):
            return notice(desk, NoticeCode.GUEST).also(started)
        return started

    async def _quick(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        """A micro-drill: what the plan would choose, or one for the ability named."""
        if is_open(desk.dialogue) and not is_micro(desk.dialogue):
            raise DialogueError(DialogueFault.TALK_OPEN)
        speaks = replace(person, language=desk.language)
        ability = micro_ability(order.argument)
        drill, read = await self.transactions.read(
            lambda unit: (
                self.plans.micro(unit, speaks, now, ability)
                if ability
                else self.plans.plan(unit, speaks, now).micro,
                unit.dialogues.lines_read(person.id, dialogues=TALKS),
            )
        )
        if drill is None:
            raise DialogueError(DialogueFault.NO_MICRO)
        choice = MicroChoice(drill.scenario_id, drill.ability, read=read)
        return await micro_drill.start(self.role_play, desk, person, choice, now)

    async def _choice(
        self, person: Person, scenario: Scenario, options: Mapping[str, str], now: datetime
    ) -> Choice:
        """What is to be practised; an exam leaves nothing to choose."""
        if EXAM in options:
            return Choice(scenario.id, mode=Mode.EXAM)
        seed = options.get("seed", "")
        owed, read, order_id = await self.transactions.read(
            lambda unit: (
                last_promise(unit, person.id, scenario.id, now=now),
                () if seed else unit.dialogues.lines_read(person.id, dialogues=TALKS),
                self.plans.assigned(unit, person, scenario.id, now),
            )
        )
        return Choice(
            scenario.id,
            persona_id=options.get("persona", ""),
            mood_id=options.get("emotion", ""),
            seed=int(seed) if seed.isdecimal() else None,
            order_id=order_id,
            owed=owed,
            read=read,
        )

    async def _today(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        plan = await self._made(desk, person, now)
        if not plan.drills:
            return notice(desk, NoticeCode.TODAY)
        return notice(desk, NoticeCode.TODAY, self.plans.facts(desk.language, plan.drills[0]))

    async def _plan(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        plan = await self._made(desk, person, now)
        if order.argument:
            today = self.plans.today(now)
            change = changed(plan, order.argument, person_id=person.id, today=today, now=now)
            await self.transactions.write(lambda unit: unit.orders.put([change]))
            plan = await self._made(desk, person, now)
        return notice(desk, NoticeCode.PLAN, self.plans.plan_facts(desk.language, plan))

    async def _hint(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        dialogue = current(desk)
        if dialogue.mode is Mode.EXAM:
            raise DialogueError(DialogueFault.NO_HELP_IN_EXAM)
        if is_micro(dialogue):
            raise DialogueError(DialogueFault.NOT_IN_MICRO)
        asked = int(order.argument or 0)
        cards = await self._back.cards(person, limit=_LEVEL_CARDS, whole=False)
        level = progress.overall_level(progress.profile(person.id, cards, self._back.logit))
        size = coaching.hint_size(dialogue.hints, level=level, asked=asked)
        taken = (*dialogue.hints, size)
        more = coaching.hint_size(taken, level=level) > size
        scenario = self.role_play.content.scenario(dialogue.scenario_id, dialogue.versions.scenario)
        hint = coaching.hint(dialogue.state, scenario, size=size)
        knows = self.role_play.help
        source: dict[str, Json] = (
            await knows.to_read(hint.about, scenario, person=person, now=now) if knows else {}
        )
        facts: dict[str, Json] = {
            "size": hint.size,
            "act": hint.act.value if hint.act else "",
            "label": hint.label,
            "partial": hint.partial,
            "more": more,
            **_price(dialogue, taken),
            **source,
        }
        noted = replace(dialogue, hints=taken)
        return notice(desk, NoticeCode.HINT, facts).also(Effects(save=(noted,)))

    async def _end(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        if is_micro(desk.dialogue) and is_open(desk.dialogue):
            return micro_drill.leave(desk, now)
        return self.role_play.finish(desk, now)

    async def _help(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        return notice(desk, NoticeCode.HELP)

    async def _bind(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        if not order.argument:
            return notice(desk, NoticeCode.BIND_HOW)
        address = desk.conversation.address
        if address.channel is ChannelKind.WEB:
            raise DialogueError(DialogueFault.SIGNED_IN)
        bucket = f"bind:{address.channel.value}:{address.account}:{address.user}"
        if not await self.live.take(bucket, limit=BIND_TRIES, per=BIND_TRIES_PER):
            raise DialogueError(DialogueFault.TOO_MANY_TRIES)
        found = await self.transactions.write(
            lambda unit: bind(unit, order.argument, conversation_id=desk.conversation.id, now=now)
        )
        if found is None and not person.guest:
            # Perhaps the same message, worked again after a crash: say how things stand.
            return notice(desk, NoticeCode.BOUND_BEFORE, {"name": person.name})
        if found is None:
            raise DialogueError(DialogueFault.UNKNOWN_CODE)
        bound, practices = found
        facts: dict[str, Json] = {"name": bound.name, "practices": practices}
        return notice(replace(desk, person=bound), NoticeCode.BOUND, facts)

    async def _stop(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        return breaks.stop(desk, now)

    async def _pause(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        if is_micro(desk.dialogue):
            raise DialogueError(DialogueFault.NOT_IN_MICRO)
        return breaks.pause(desk, now)

    async def _resume(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        return breaks.resume(desk, self.role_play.content, now)

    async def _record(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        if is_micro(desk.dialogue):
            raise DialogueError(DialogueFault.NOT_IN_MICRO)
        return breaks.record(desk, self.role_play.content)

    async def _wrap_up(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        if desk.dialogue is None:
            raise DialogueError(DialogueFault.NONE_RUNNING)
        if is_micro(desk.dialogue):
            raise DialogueError(DialogueFault.NO_WRAP_UP)
        scenario = self.role_play.content.scenario(
            desk.dialogue.scenario_id, desk.dialogue.versions.scenario
        )
        if not scenario.wrap_up:
            raise DialogueError(DialogueFault.NO_WRAP_UP)
        form = {**desk.dialogue.wrap_up, **fill_in(scenario, order.argument)}
        labels = {field.key: field.label for field in scenario.wrap_up}
        if not order.argument:
            fields: list[Json] = list(labels.values())
            return notice(desk, NoticeCode.WRAP_UP_FORM, {"fields": fields})
        filled = replace(desk.dialogue, wrap_up=form)
        missing: list[Json] = [label for key, label in labels.items() if key not in form]
        facts: dict[str, Json] = {
            "fields": {labels[key]: value for key, value in form.items()},
            "missing": missing,
        }
        again = f":wrap-up:{len(form)}:{now.timestamp():.0f}"
        jobs = (judge_job(filled, now, again=again),) if filled.scored else ()
        return notice(desk, NoticeCode.WRAP_UP_KEPT, facts).also(Effects(save=(filled,), jobs=jobs))

    async def _made(self, desk: Desk, person: Person, now: datetime) -> TrainingPlan:
        speaks = replace(person, language=desk.language)
        return await self.transactions.read(lambda unit: self.plans.plan(unit, speaks, now))

    async def _recommended(self, desk: Desk, person: Person, now: datetime) -> Scenario:
        """The first case of the plan that is no exam: nobody slips into one."""
        plan = await self._made(desk, person, now)
        names = [drill.scenario_id for drill in plan.drills if not drill.exam]
        if names:
            return self.role_play.content.scenario(names[0])
        return self.role_play.content.scenarios(desk.language)[0]

    def _list(self, desk: Desk, *, not_found: str = "") -> Effects:
        """All cases; `not_found` is the one that was asked for and is none of them."""
        offered: list[Scenario] = list(self.role_play.content.scenarios(desk.language))
        items: list[Json] = [
            {
                "number": number,
                "id": scenario.id,
                "title": scenario.title,
                "difficulty": scenario.difficulty.value,
            }
            for number, scenario in enumerate(offered, start=1)
        ]
        facts: dict[str, Json] = {"items": items, "not_found": not_found}
        return notice(desk, NoticeCode.SCENARIOS, facts)


def scenario_and_options(argument: str) -> tuple[str, dict[str, str]]:
    """`断网 persona=student seed=7` -> the name and the options behind it; one of the words for
    an exam becomes the option `exam`."""
    words = argument.split()
    options = dict(word.split("=", 1) for word in words if "=" in word)
    if any(word.lower() in EXAM_WORDS for word in words):
        options[EXAM] = ""
    name = [word for word in words if "=" not in word and word.lower() not in EXAM_WORDS]
    return " ".join(name), options


def _price(dialogue: Dialogue, taken: tuple[int, ...]) -> dict[str, Json]:
    """What the help of this practice costs in the profile; nothing where none of it counts."""
    if dialogue.mode is not Mode.PRACTICE:
        return {}
    if TRACKING.largest_hint in taken:
        return {"uncounted": True}
    return {"price": round(100 * hint_discount(taken))}


def micro_ability(argument: str) -> Ability | None:
    """The ability behind 微练 (`Q1` … `A3`); None where none is named."""
    return next((one for one in Ability if one.value == argument.upper()), None)


def _people_are_known(unit: UnitOfWork) -> bool:
    return unit.people.have_been_imported()

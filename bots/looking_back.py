"""Commands that look back: replay, score, profile, appeal and feedback.

`重来` and `申诉` are about the newest talk; `#` and the id of another before the rest (as pages
write it) makes them about that one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from bots.commands import Order
from bots.notices import is_micro, is_open, notice
from core.domain.appeal import AnswerTime
from core.domain.dialogue import Dialogue, Mode, Speaker, Status, Turn
from core.domain.messages import Json, NoticeCode
from core.domain.people import Person
from core.domain.remark import Remark, RemarkKind
from core.domain.scenario import Scenario
from core.domain.scorecard import Scorecard
from core.errors import DialogueError, DialogueFault, NotFound
from core.ports.storage import Transactions, UnitOfWork
from core.services import micro_drill, progress
from core.services.breaks import put_away
from core.services.desk import Desk
from core.services.effects import Effects
from core.services.judged import title_of
from core.services.replaying import replay
from core.services.role_play import RolePlay
from core.services.transcripts import speed_json

_RECENT = 20


@dataclass(frozen=True, slots=True)
class LookingBack:
    """The commands about talks that are over."""

    role_play: RolePlay
    transactions: Transactions
    answer_time: AnswerTime = field(default_factory=AnswerTime)

    async def replay(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        if desk.dialogue is not None and is_micro(desk.dialogue) and not order.dialogue:
            return micro_drill.again(self.role_play, desk, now)
        if order.dialogue:
            found = await self._own(person, order.dialogue)
        else:
            found = await self._last_talk(desk, person)
        if found is None or found[0].mode is Mode.MICRO or not _spoken(found[1]):
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
        return put_away(desk, now).also(effects)

    async def score(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        cards = await self.cards(person, limit=1)
        if not cards:
            return notice(desk, NoticeCode.SCORE)
        dialogue, card = cards[0]
        scenario = self._kept_scenario(dialogue.scenario_id)
        marked = [mark.mark for mark in card.marks if mark.mark is not None]
        facts: dict[str, Json] = {
            "title": scenario.title if scenario else dialogue.scenario_id,
            "overall": card.overall,
            "abilities": {ability.value: score for ability, score in card.abilities},
            "right": sum(1 for mark in marked if mark == 1),
            "total": len(marked),
            "critical": [error.id for error in card.critical],
            "speed": speed_json(card.speed) if card.speed else None,
        }
        return notice(desk, NoticeCode.SCORE, facts)

    async def profile(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        cards = await self.cards(person, limit=200, whole=False)
        levels: list[Json] = [
            {
                "ability": level.ability.value,
                "certainty": level.certainty.value,
                "count": level.count,
                **(asdict(shown) if (shown := progress.shown(level)) else {"value": None}),
            }
            for level in progress.profile(person.id, cards, self.logit).levels
        ]
        return notice(desk, NoticeCode.PROFILE, {"levels": levels})

    async def appeal(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        """Marks are appealed against, so it is about the talk that is named, or the newest that has
        them."""
        found = await self._marked(person, order.dialogue)
        if found is None:
            raise DialogueError(DialogueFault.NOTHING_TO_APPEAL)
        if order.turn is None and not order.argument:
            return notice(desk, NoticeCode.APPEAL_HOW)
        source, turns = found
        said = next((turn for turn in turns if turn.seq == order.turn), None)
        if order.turn is not None and said is None:
            raise DialogueError(DialogueFault.NO_SUCH_TURN, turn=order.turn)
        if said is not None and said.speaker is Speaker.CUSTOMER:
            raise DialogueError(DialogueFault.NOT_OWN_TURN, turn=said.seq)
        waiting = await self._waits_since(source.id, order.turn)
        if waiting is not None:
            raise DialogueError(DialogueFault.ALREADY_APPEALED, due=self._due(waiting))
        remark = _remark(RemarkKind.APPEAL, person, source.id, order, now)
        facts: dict[str, Json] = {
            "title": title_of(self.role_play.content, source),
            "turn": order.turn or "",
            "quote": said.text if said else "",
            "reason": order.argument,
            "due": self._due(now),
        }
        return notice(desk, NoticeCode.APPEAL_KEPT, facts).also(Effects(remark=remark))

    def _due(self, filed_at: datetime) -> str:
        return self.answer_time.due_at(filed_at).date().isoformat()

    async def _waits_since(self, dialogue_id: str, turn: int | None) -> datetime | None:
        """When an appeal about the same line was filed that nobody has answered yet."""
        filed = await self.transactions.read(lambda unit: unit.appeals.of_dialogue(dialogue_id))
        return next(
            (one.at for one, outcome in filed if outcome is None and one.turn == turn), None
        )

    async def feedback(self, desk: Desk, person: Person, order: Order, now: datetime) -> Effects:
        if not order.argument:
            return notice(desk, NoticeCode.FEEDBACK_HOW)
        dialogue_id = desk.dialogue.id if desk.dialogue else None
        remark = _remark(RemarkKind.FEEDBACK, person, dialogue_id, order, now)
        # Said in mid-talk, it is about what the customer has just said.
        heard = [turn.seq for turn in desk.turns if turn.speaker is Speaker.CUSTOMER]
        if is_open(desk.dialogue) and heard:
            remark = replace(remark, turn=heard[-1])
        return notice(desk, NoticeCode.FEEDBACK_KEPT).also(Effects(remark=remark))

    def logit(self, scenario_id: str) -> float:
        scenario = self._kept_scenario(scenario_id)
        return scenario.difficulty.logit if scenario else 0.0

    def _kept_scenario(self, scenario_id: str) -> Scenario | None:
        """None for a case of long ago whose content pack is gone."""
        try:
            return self.role_play.content.scenario(scenario_id)
        except NotFound:
            return None

    async def cards(
        self, person: Person, *, limit: int, whole: bool = True
    ) -> list[tuple[Dialogue, Scorecard]]:
        return list(
            await self.transactions.read(
                lambda unit: unit.scorecards.of_person(person.id, limit=limit, whole=whole)
            )
        )

    async def _own(
        self, person: Person, dialogue_id: str
    ) -> tuple[Dialogue, tuple[Turn, ...]] | None:
        """An ended talk of the person's own; None for any other: ids tell nothing."""

        def work(unit: UnitOfWork) -> tuple[Dialogue, tuple[Turn, ...]] | None:
            try:
                dialogue = unit.dialogues.get(dialogue_id)
            except NotFound:
                return None
            if dialogue.person_id != person.id or dialogue.status is not Status.ENDED:
                return None
            return dialogue, tuple(unit.dialogues.turns(dialogue_id))

        return await self.transactions.read(work)

    async def _marked(
        self, person: Person, dialogue_id: str
    ) -> tuple[Dialogue, tuple[Turn, ...]] | None:
        """The talk that is named, else the newest, if it has marks."""
        if not dialogue_id:
            newest = await self.cards(person, limit=1, whole=False)
            if not newest:
                return None
            dialogue_id = newest[0][0].id
        if await self.transactions.read(lambda unit: unit.scorecards.get(dialogue_id)) is None:
            return None
        return await self._own(person, dialogue_id)

    async def _last_talk(
        self, desk: Desk, person: Person
    ) -> tuple[Dialogue, tuple[Turn, ...]] | None:
        """The talk at the desk if the trainee spoke in it, else the newest such one."""
        if desk.dialogue is not None and _spoken(desk.turns):
            return desk.dialogue, desk.turns

        def work(unit: UnitOfWork) -> tuple[Dialogue, tuple[Turn, ...]] | None:
            ended = unit.dialogues.recent(person.id, limit=_RECENT, statuses=[Status.ENDED])
            for dialogue in ended:
                turns = tuple(unit.dialogues.turns(dialogue.id))
                if _spoken(turns):
                    return dialogue, turns
            return None

        return await self.transactions.read(work)

    async def _weak_turn(self, source: Dialogue) -> int | None:
        kept = await self.transactions.read(lambda unit: unit.scorecards.get(source.id))
        if kept is None:
            return None
        return next((fix.replay_from for fix in kept[1].fixes if fix.replay_from), None)


def _spoken(turns: tuple[Turn, ...]) -> bool:
    return any(turn.speaker is Speaker.TRAINEE for turn in turns)


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

"""Settings -> objects. The one place where adapters meet the use cases."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import SystemRandom
from typing import TYPE_CHECKING

from bots.answers import Answers
from bots.intake import Intake, replies_topic
from bots.outbox import Sender
from bots.planning import PlanDesk
from bots.router import Router
from bots.wecom.convert import BOT
from bots.wecom.parts import WeComParts
from bots.worker import Worker
from core.catalogue import say
from core.content.masking import MaskKind, mask_typed
from core.domain.appeal import AnswerTime
from core.domain.messages import ChannelKind
from core.llm.chat_client import ChatClient
from core.ports.clock import Clock
from core.ports.content import ContentLibrary
from core.ports.live_state import LiveState
from core.ports.personal_data import PersonalData
from core.ports.storage import Transactions, UnitOfWork
from core.services.knowledge_help import KnowledgeHelp
from core.services.model_job import AddModel
from core.services.model_judge import ModelJudge
from core.services.records import Records
from core.services.role_play import RolePlay
from core.services.trusting import RefreshTrust
from core.storage.personal_data import SqlPersonalData
from ops.all_articles import knowledge_help
from ops.articles import ArticleWatch
from ops.audits import AT_NIGHT, NightlyAudit
from ops.boards import board_lines
from ops.channels import (
    CHANNELS,
    AddedChannel,
    Key,
    OpenChannel,
    merging,
    pushing,
)
from ops.daily import DailyRunner
from ops.ground import Ground, open_ground
from ops.jobs import JobRunner
from ops.knowledge import Knowledge, open_knowledge
from ops.model_jobs import ModelJobRunner
from ops.models import customer_engine, model_judge, open_customer_model, open_judge_model
from ops.plans import PlanRun
from ops.refitting import RefitRunner
from ops.scheduler import Line, Scheduler
from ops.settings import Settings
from ops.timing import drill_of_the_day, due_by_tomorrow, micro_between_calls
from ops.ways import Ways, open_ways
from ops.wechat import WeChatParts, wechat_parts
from ops.wecom import wecom_lines
from training_plans.digests import Reports
from training_plans.reach import Reach

if TYPE_CHECKING:
    from bots.slack.parts import SlackParts

LOOK_EVERY = timedelta(seconds=15)
"""How often silent practices are looked after."""

PLAN_EVERY = timedelta(minutes=5)
"""How often the day's pushes are planned: who joins or moves in the roster waits no longer."""


@dataclass(frozen=True, slots=True)
class House:
    """Everything one process needs, wired."""

    settings: Settings
    transactions: Transactions
    live: LiveState
    clock: Clock
    content: ContentLibrary
    intake: Intake
    worker: Worker
    sender: Sender
    jobs: JobRunner
    daily: DailyRunner
    records: Records
    personal: PersonalData
    refits: RefitRunner
    scheduler: Scheduler
    articles: ArticleWatch
    wechat: WeChatParts
    model: ChatClient | None
    knowledge: Knowledge
    refresh_trust: RefreshTrust
    answer_time: AnswerTime
    added: Mapping[Key, AddedChannel]
    judge_client: ChatClient | None = None
    model_jobs: ModelJobRunner | None = None
    slack: SlackParts | None = None
    wecom: WeComParts | None = None

    async def close(self) -> None:
        """Let go of connections, outermost first."""
        await self.wechat.close()
        if self.slack is not None:
            await self.slack.close()
        if self.wecom is not None:
            await self.wecom.close()
        for one in self.added.values():
            await one.close()
        for client in (self.model, self.judge_client):
            if client is not None:
                await client.close()
        await self.knowledge.base.close()
        await self.live.close()
        await self.transactions.close()


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    content: ContentLibrary | None = None,
    added_channels: Sequence[OpenChannel] = CHANNELS,
) -> House:
    """The whole house for these settings. Connects to nothing yet.

    `content` stands in for the packs that the settings name, where they were read before.
    """
    ground = open_ground(settings, clock, content)
    transactions, live, clock = ground.transactions, ground.live, ground.clock
    content, timing = ground.content, ground.timing
    model = open_customer_model(settings)
    judge_client = open_judge_model(settings)
    knowledge = open_knowledge(settings, transactions, clock)
    knows = knowledge_help(settings, judge_client, knowledge.base)
    role_play = _role_play(ground, model, knows)
    plans = PlanDesk(content, timing.zone)
    answer_time = AnswerTime(timing.zone, timing.calendar)
    answers = Answers(role_play, transactions, live, plans, answer_time)
    wechat = wechat_parts(settings, transactions, live, clock, zone=timing.zone)
    intake = Intake(
        transactions,
        live,
        clock,
        wechat.windows,
        masked=typed(settings.language),
        waiting=frozenset({(ChannelKind.WECOM, BOT)}),
    )
    ways = open_ways(ground, wechat, intake, answers, added_channels)
    jobs = JobRunner(
        transactions,
        live,
        clock,
        content,
        ground.reader,
        ground.owner,
        with_model=judge_client is not None,
    )
    judge, model_jobs = _model_judging(ground, judge_client)
    reach = Reach(pushing(ways.able), wechat.can_push_now)
    reports = Reports(timing, reach, Records(content).of, answer_time)
    daily = _daily(ground, reports, plans)
    refresh_trust = RefreshTrust(transactions, content, ground.reader, judge)
    articles = ArticleWatch(transactions, live, clock, content, knows, timing)
    audits = NightlyAudit(transactions, content, clock, refresh_trust)
    refits = _refits(ground, plans)
    lines = [
        *timetable(jobs, daily, audits, articles, knowledge, refits),
        *wecom_lines(settings, ways.wecom, transactions, live),
        *board_lines(settings, reports, ground.owner, transactions, live, clock),
    ]
    return House(
        settings=settings,
        transactions=transactions,
        live=live,
        clock=clock,
        content=content,
        intake=intake,
        worker=_worker(ground, ways, role_play, plans, answer_time),
        sender=Sender(transactions, live, clock, ways.channels, ground.owner),
        jobs=jobs,
        daily=daily,
        records=Records(content),
        personal=SqlPersonalData(transactions),
        refits=refits,
        scheduler=Scheduler(live, clock, timing.zone, ground.owner, lines=lines),
        articles=articles,
        wechat=wechat,
        model=model,
        refresh_trust=refresh_trust,
        answer_time=answer_time,
        added=ways.added,
        judge_client=judge_client,
        model_jobs=model_jobs,
        slack=ways.slack,
        wecom=ways.wecom,
        knowledge=knowledge,
    )


def _role_play(ground: Ground, model: ChatClient | None, knows: KnowledgeHelp) -> RolePlay:
    return RolePlay(
        content=ground.content,
        reader=ground.reader,
        engine=customer_engine(ground.settings, model),
        new_id=lambda: uuid.uuid4().hex,
        new_seed=lambda: SystemRandom().randrange(2**31),
        turn_budget_s=ground.settings.model_turn_s,
        help=knows,
    )


def _model_judging(
    ground: Ground, client: ChatClient | None
) -> tuple[ModelJudge | None, ModelJobRunner | None]:
    """The judge that asks a model, and who works its jobs; nobody where no model is set."""
    if client is None:
        return None, None
    transactions, live, clock = ground.transactions, ground.live, ground.clock

    async def told(conversation_id: int) -> None:
        await live.publish(replies_topic(conversation_id))

    judge = model_judge(
        ground.settings, client, transactions=transactions, clock=clock, reader=ground.reader
    )
    adding = AddModel(judge, transactions, ground.content, ground.reader, clock, told)
    return judge, ModelJobRunner(transactions, live, clock, adding, ground.owner)


def _daily(ground: Ground, reports: Reports, plans: PlanDesk) -> DailyRunner:
    return DailyRunner(
        transactions=ground.transactions,
        live=ground.live,
        clock=ground.clock,
        reports=reports,
        suggest=partial(drill_of_the_day, plans),
        suggest_micro=partial(micro_between_calls, plans),
        due=partial(due_by_tomorrow, plans),
        owner=ground.owner,
        by_mail=bool(ground.settings.smtp_url),
        tells_empty=ground.settings.digest_empty == "line",
    )


def _refits(ground: Ground, plans: PlanDesk) -> RefitRunner:
    run = PlanRun(ground.transactions, plans, ground.settings.language, lambda line: None)
    return RefitRunner(
        ground.transactions,
        ground.live,
        ground.clock,
        ground.timing.zone,
        ground.owner,
        lambda now: run.fit(now=now),
    )


def _worker(
    ground: Ground, ways: Ways, role_play: RolePlay, plans: PlanDesk, answer_time: AnswerTime
) -> Worker:
    settings = ground.settings
    router = Router(
        role_play,
        ground.transactions,
        ground.live,
        settings.language,
        _signup(settings),
        plans,
        answer_time,
        languages={ChannelKind.SLACK: settings.slack_language},
        ears=ways.ears,
    )
    return Worker(
        transactions=ground.transactions,
        live=ground.live,
        clock=ground.clock,
        router=router,
        owner=ground.owner,
        merging=merging(settings, ways.able),
    )


def typed(language: str) -> Callable[[str], str]:
    """What people type, as it may be kept; placeholders in the language."""
    labels = {kind: say(language, f"authoring.mask.{kind.value}").strip() for kind in MaskKind}
    return partial(mask_typed, labels=labels)


def timetable(
    jobs: JobRunner,
    daily: DailyRunner,
    audits: NightlyAudit,
    articles: ArticleWatch,
    knowledge: Knowledge,
    refits: RefitRunner,
) -> Sequence[Line]:
    """Everything that is rung, and when."""
    return [
        Line("idle", LOOK_EVERY, jobs.look_after_idle),
        Line("day", PLAN_EVERY, daily.plan),
        Line("audit", AT_NIGHT, audits.run),
        Line("articles", PLAN_EVERY, articles.review),
        Line("knowledge", LOOK_EVERY, knowledge.catch_up),
        Line("refit", PLAN_EVERY, refits.plan),
    ]


def _signup(settings: Settings) -> Callable[[UnitOfWork], bool]:
    def is_open(unit: UnitOfWork) -> bool:
        if settings.signup is not None:
            return settings.signup == "open"
        return not unit.people.have_been_imported()

    return is_open

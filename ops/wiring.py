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
from bots.wecom.parts import WeComParts, wecom_parts
from bots.worker import Worker
from core.catalogue import say
from core.content.library import open_library
from core.content.masking import MaskKind, mask_typed
from core.domain.appeal import AnswerTime
from core.domain.messages import ChannelKind
from core.llm.chat_client import ChatClient
from core.ports.channel import Channel
from core.ports.clock import Clock
from core.ports.content import ContentLibrary
from core.ports.live_state import LiveState
from core.ports.personal_data import PersonalData
from core.ports.storage import Transactions, UnitOfWork
from core.services.model_job import AddModel
from core.services.records import Records
from core.services.role_play import RolePlay
from core.services.trusting import RefreshTrust
from core.storage.live_state import LocalLiveState, RedisLiveState
from core.storage.personal_data import SqlPersonalData
from core.storage.unit_of_work import open_transactions
from ops.all_articles import knowledge_help
from ops.articles import ArticleWatch
from ops.audits import AT_NIGHT, NightlyAudit
from ops.boards import board_lines
from ops.channels import CHANNELS, AddedChannel, OpenChannel, merging, open_channels, pushing
from ops.daily import DailyRunner
from ops.jobs import JobRunner
from ops.knowledge import Knowledge, open_knowledge
from ops.model_jobs import ModelJobRunner
from ops.models import customer_engine, model_judge, open_customer_model, open_judge_model
from ops.plans import PlanRun
from ops.reading import line_reader
from ops.refitting import RefitRunner
from ops.scheduler import Line, Scheduler
from ops.settings import Settings
from ops.slack import open_slack
from ops.timing import company_timing, drill_of_the_day, due_by_tomorrow, micro_between_calls
from ops.wechat import WeChatParts, wechat_parts
from ops.wecom import wecom_ears, wecom_keys, wecom_lines
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
    added: Mapping[tuple[ChannelKind, str], AddedChannel]
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
    owner = f"{uuid.uuid4().hex[:12]}"
    timing = company_timing(settings)
    answer_time = AnswerTime(timing.zone, timing.calendar)
    transactions = open_transactions(settings.database_url, data_dir=settings.data_dir)
    clock = clock or transactions.clock
    live: LiveState = RedisLiveState(settings.redis_url) if settings.redis_url else LocalLiveState()
    content = content or open_library(*settings.packs)
    reader = line_reader()
    model = open_customer_model(settings)
    judge_client = open_judge_model(settings)
    knowledge = open_knowledge(settings, transactions, clock)
    knows = knowledge_help(settings, judge_client, knowledge.base)
    role_play = RolePlay(
        content=content,
        reader=reader,
        engine=customer_engine(settings, model),
        new_id=lambda: uuid.uuid4().hex,
        new_seed=lambda: SystemRandom().randrange(2**31),
        turn_budget_s=settings.model_turn_s,
        help=knows,
    )
    wechat = wechat_parts(settings, transactions, live, clock, zone=timing.zone)
    channels: dict[tuple[ChannelKind, str], Channel] = {**wechat.channels}
    plans = PlanDesk(content, timing.zone)
    jobs = JobRunner(
        transactions, live, clock, content, reader, owner, with_model=judge_client is not None
    )
    model_jobs, judge = None, None
    if judge_client is not None:

        async def told(conversation_id: int) -> None:
            await live.publish(replies_topic(conversation_id))

        judge = model_judge(
            settings, judge_client, transactions=transactions, clock=clock, reader=reader
        )
        adding = AddModel(judge, transactions, content, reader, clock, told)
        model_jobs = ModelJobRunner(transactions, live, clock, adding, owner)
    intake = Intake(
        transactions,
        live,
        clock,
        wechat.windows,
        masked=typed(settings.language),
        waiting=frozenset({(ChannelKind.WECOM, BOT)}),
    )
    slack = open_slack(
        settings,
        intake=intake,
        answers=Answers(role_play, transactions, live, plans, answer_time),
        transactions=transactions,
        content=content,
        live=live,
        clock=clock,
    )
    if slack is not None:
        for name, channel in slack.channels().items():
            channels[ChannelKind.SLACK, name] = channel
    able = {key: one.capabilities for key, one in channels.items()}
    wecom = None
    if settings.wecom_bot_id or settings.wecom_corp_id or settings.wecom_boards:
        wecom = wecom_parts(
            wecom_keys(settings),
            intake=intake,
            transactions=transactions,
            live=live,
            clock=clock,
            owner=owner,
        )
        for name, channel in wecom.channels().items():
            channels[ChannelKind.WECOM, name] = channel
        able = {(ChannelKind.WECOM, name): one for name, one in wecom.able().items()} | able
    added = open_channels(added_channels, settings, intake, clock)
    channels |= {key: one.channel for key, one in added.items()}
    able |= {key: one.channel.capabilities for key, one in added.items()}
    records = Records(content)
    reports = Reports(timing, Reach(pushing(able), wechat.can_push_now), records.of)
    daily = DailyRunner(
        transactions=transactions,
        live=live,
        clock=clock,
        reports=reports,
        suggest=partial(drill_of_the_day, plans),
        suggest_micro=partial(micro_between_calls, plans),
        due=partial(due_by_tomorrow, plans),
        owner=owner,
        by_mail=bool(settings.smtp_url),
        tells_empty=settings.digest_empty == "line",
    )
    refresh_trust = RefreshTrust(transactions, content, reader, judge)
    articles = ArticleWatch(transactions, live, clock, content, knows, company_timing(settings))
    audits = NightlyAudit(transactions, content, clock, refresh_trust)
    plan_run = PlanRun(transactions, plans, settings.language, lambda line: None)
    refits = RefitRunner(
        transactions, live, clock, timing.zone, owner, lambda now: plan_run.fit(now=now)
    )
    lines = [
        *timetable(jobs, daily, audits, articles, knowledge, refits),
        *wecom_lines(settings, wecom, transactions, live),
        *board_lines(settings, reports, owner, transactions, live, clock),
    ]
    return House(
        settings=settings,
        transactions=transactions,
        live=live,
        clock=clock,
        content=content,
        intake=intake,
        worker=Worker(
            transactions=transactions,
            live=live,
            clock=clock,
            router=Router(
                role_play,
                transactions,
                live,
                settings.language,
                _signup(settings),
                plans,
                answer_time,
                languages={ChannelKind.SLACK: settings.slack_language},
                ears={**wechat.ears, **wecom_ears(wecom, wechat.speech)},
            ),
            owner=owner,
            merging=merging(settings, able),
        ),
        sender=Sender(transactions, live, clock, channels, owner),
        jobs=jobs,
        daily=daily,
        records=records,
        personal=SqlPersonalData(transactions),
        refits=refits,
        scheduler=Scheduler(live, clock, timing.zone, owner, lines=lines),
        articles=articles,
        wechat=wechat,
        model=model,
        refresh_trust=refresh_trust,
        answer_time=answer_time,
        added=added,
        judge_client=judge_client,
        model_jobs=model_jobs,
        slack=slack,
        wecom=wecom,
        knowledge=knowledge,
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

"""Does each part answer, and the one thing to do when it does not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bots import heartbeat
from bots.wecom.app import AppApi
from bots.wecom.bot import WeComBot, state_key
from bots.wecom.link import End
from core.catalogue import say
from core.domain.knowledge import Reader
from core.errors import (
    EmbeddingUnavailable,
    IndexUnavailable,
    ModelError,
    ModelRejected,
    ModelTimeout,
    PeilianError,
    SendError,
)
from core.llm.chat_client import ChatClient
from core.ports.chat_model import ChatRequest
from core.prompts.render import family_of, prompt_book
from knowledge.retriever import Part
from ops.judge_model import bill_of, same_model
from ops.settings import Settings
from ops.wiring import House, build

SILENT_AFTER_S = 60.0
"""A scheduler that was not heard of for so long is taken for stopped."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One part in words: how it is, and the one thing to do."""

    part: str
    well: bool
    state: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Doctor:
    """Asks every part of one installation once."""

    settings: Settings

    def worded(self, finding: Finding) -> str:
        """The finding as the terminal shows it, one or two lines."""
        mark = self._say("well" if finding.well else "unwell")
        line = self._say("line", mark=mark, part=finding.part, state=finding.state)
        if not finding.remedy:
            return line
        return f"{line}\n{self._say('remedy', remedy=finding.remedy)}"

    async def examine(self) -> list[Finding]:
        """All parts in the order in which they need each other. Raises ContentError."""
        house = build(self.settings)
        try:
            findings = [await self._database(house), await self._live_state(house)]
            if findings[0].well:
                findings.append(await self._people(house))
            if self.settings.redis_url and findings[1].well:
                findings.append(await self._scheduler(house))
            findings += [self._content(house), await self._model(house.model)]
            findings.append(await self._judge(house))
            findings.append(await self._slack(house))
            findings += await self._wecom(house)
            if findings[0].well:
                findings.append(await self._knowledge(house))
        finally:
            await house.close()
        return [*findings, self._wechat()]

    async def _database(self, house: House) -> Finding:
        url = self.settings.database_url
        # Neither the password before the @ nor what stands behind the question mark.
        shown = url.partition("?")[0].rpartition("@")[2] or f"SQLite, {self.settings.data_dir}"
        return await self._ask("database", shown, house.transactions.ping)

    async def _live_state(self, house: House) -> Finding:
        shown = "Redis" if self.settings.redis_url else self._say("in_process")
        return await self._ask("live_state", shown, house.live.ping)

    async def _ask(self, part: str, state: str, ping: Callable[[], Awaitable[None]]) -> Finding:
        name = self._say(f"part.{part}")
        try:
            await ping()
        except PeilianError as error:
            silent = self._say("silent", state=state, why=error)
            return Finding(name, False, silent, self._say(f"mend.{part}"))
        return Finding(name, True, state)

    async def _people(self, house: House) -> Finding:
        """Also the first look into a table: the schema may be missing or old."""
        part = self._say("part.people")
        try:
            imported = await house.transactions.read(lambda unit: unit.people.have_been_imported())
        except PeilianError:
            return Finding(part, False, self._say("no_schema"), self._say("mend.schema"))
        signup = self.settings.signup or ("code" if imported else "open")
        return Finding(part, True, self._say(f"signup_{signup}"))

    async def _scheduler(self, house: House) -> Finding:
        part = self._say("part.scheduler")
        age_s = await heartbeat.silent_for_s(house.live, now=house.clock.now())
        if age_s is None or age_s > SILENT_AFTER_S:
            return Finding(part, False, self._say("no_beat"), self._say("mend.scheduler"))
        return Finding(part, True, self._say("beat", seconds=f"{age_s:.0f}"))

    def _content(self, house: House) -> Finding:
        count = len(house.content.scenarios(self.settings.language))
        state = self._say("scenarios", count=count)
        remedy = "" if count else self._say("mend.content")
        return Finding(self._say("part.content"), count > 0, state, remedy)

    def _wechat(self) -> Finding:
        names = say(self.settings.language, "list.comma").join(self.settings.wechat_accounts)
        return Finding(self._say("part.wechat"), True, names or self._say("not_on"))

    async def _slack(self, house: House) -> Finding:
        part = self._say("part.slack")
        if house.slack is None:
            return Finding(part, True, self._say("not_on"))
        team = await house.slack.team()
        if not team:
            return Finding(part, False, self._say("slack_silent"), self._say("mend.slack"))
        return Finding(part, True, self._say("slack", team=team))

    async def _wecom(self, house: House) -> list[Finding]:
        """Each part of WeCom that is set. The bot is not connected to: a newer connection would
        end the living one."""
        parts = house.wecom
        if parts is None:
            return [Finding(self._say("part.wecom"), True, self._say("not_on"))]
        findings = []
        if parts.bot is not None:
            findings.append(await self._wecom_bot(house, parts.bot))
        if parts.app is not None:
            findings.append(await self._wecom_app(parts.app.api))
        if parts.board is not None:
            findings.append(await self._wecom_boards(house, parts.board.keys))
        return findings

    async def _wecom_bot(self, house: House, bot: WeComBot) -> Finding:
        part = self._say("part.wecom_bot")
        try:
            state = await house.live.get(state_key(bot.bot_id)) or ""
        except PeilianError:
            state = ""
        if state == "up":
            return Finding(part, True, self._say("wecom_bot_up"))
        if state == End.DISPLACED:
            return Finding(
                part, False, self._say("wecom_bot_displaced"), self._say("mend.wecom_bot_displaced")
            )
        if state.startswith(End.REFUSED):
            refused = self._say("wecom_bot_refused", reason=state)
            return Finding(part, False, refused, self._say("mend.wecom_bot"))
        if not await bot.link.reach():
            silent = self._say("wecom_bot_silent")
            return Finding(part, False, silent, self._say("mend.wecom_gateway"))
        return Finding(part, True, self._say("wecom_bot_reached"))

    async def _wecom_app(self, api: AppApi) -> Finding:
        part = self._say("part.wecom_app")
        try:
            answer = await api.get("/cgi-bin/agent/get", {"agentid": str(api.keys.agent_id)})
        except SendError as error:
            state = self._say("wecom_app_refused", reason=error.reason)
            key = "wecom_ip" if "60020" in error.reason else "wecom_app"
            return Finding(part, False, state, self._say(f"mend.{key}"))
        return Finding(part, True, self._say("wecom_app", name=answer.get("name") or ""))

    async def _wecom_boards(self, house: House, keys: Mapping[str, str]) -> Finding:
        """A board for a team that does not exist is never posted."""
        part = self._say("part.wecom_boards")
        try:
            people = await house.transactions.read(lambda unit: unit.people.everyone())
        except PeilianError:
            return Finding(part, False, self._say("no_schema"), self._say("mend.schema"))
        known = {one.team for one in people}
        comma = say(self.settings.language, "list.comma")
        unknown = comma.join(team for team in keys if team not in known)
        if unknown:
            state = self._say("wecom_boards_unknown", teams=unknown)
            return Finding(part, False, state, self._say("mend.wecom_boards"))
        return Finding(part, True, comma.join(keys))

    async def _model(self, model: ChatClient | None) -> Finding:
        """Who answers, and whether it takes one line of the kind it will get."""
        part = self._say("part.model")
        if model is None:
            return Finding(part, True, self._say("no_model"))
        probe = await model.probe()
        if not probe.answers:
            state = self._say("model_silent", reason=probe.reason)
            return Finding(part, False, state, self._say("mend.model"))
        state = self._say("model", profile=probe.profile, model=probe.model)
        try:
            await model.complete(_trial(self.settings))
        except ModelError as error:
            refused = self._say("model_refuses", state=state, reason=error.detail)
            return Finding(part, False, refused, self._say(f"mend.{_model_remedy(error)}"))
        return Finding(part, True, state)

    async def _judge(self, house: House) -> Finding:
        """Who judges beside the rules, and what it has cost so far."""
        part = self._say("part.judge")
        if house.judge_client is None:
            return Finding(part, True, self._say("no_judge"))
        probe = await house.judge_client.probe()
        if not probe.answers:
            state = self._say("judge_silent", reason=probe.reason)
            return Finding(part, False, state, self._say("mend.judge"))
        same = await same_model(house.model, house.judge_client)
        if same:
            state = self._say("judge_same", model=same)
            return Finding(part, False, state, self._say("mend.judge_same"))
        try:
            spent = await house.transactions.read(lambda unit: unit.verdicts.spent())
        except PeilianError:
            spent = {}
        bill = bill_of(spent, self.settings)
        state = self._say("judge", profile=probe.profile, model=probe.model, **bill)
        return Finding(part, True, state)

    async def _knowledge(self, house: House) -> Finding:
        """How much there is, and whether what was set beside the text leg answers."""
        part = self._say("part.knowledge")
        try:
            stats = await house.knowledge.admin.stats(reader=Reader(every_team=True))
        except PeilianError:
            return Finding(part, False, self._say("no_schema"), self._say("mend.schema"))
        count = {"passages": sum(one.passages for one in stats)}
        dense = house.knowledge.dense
        if dense is None:
            return Finding(part, True, self._say("knowledge", **count))
        state = self._say("knowledge_dense", model=dense.model, **count)
        try:
            share = await dense.share_held(house.transactions)
        except EmbeddingUnavailable as error:
            silent = self._say("silent", state=state, why=error.detail)
            return Finding(part, False, silent, self._say("mend.embedding"))
        except IndexUnavailable as error:
            silent = self._say("silent", state=state, why=error.detail)
            return Finding(part, False, silent, self._say("mend.milvus"))
        if share < 1:
            filling = self._say("vectors_filling", state=state, percent=int(100 * share))
            return Finding(part, True, filling)
        gain = (await house.knowledge.base.shown()).get(Part.DENSE)
        if gain:
            return Finding(part, True, state)
        left_out = "vectors_untried" if gain is None else "vectors_no_gain"
        return Finding(part, True, self._say(left_out, state=state))

    def _say(self, key: str, **facts: object) -> str:
        return say(self.settings.language, f"doctor.{key}", **facts)


def _trial(settings: Settings) -> ChatRequest:
    book = prompt_book(settings.language, family_of(settings.model_name))
    return ChatRequest(
        messages=book.trial(),
        max_tokens=16,
        temperature=0.0,
        seed=0,
        timeout_s=settings.model_turn_s,
    )


def _model_remedy(error: ModelError) -> str:
    if isinstance(error, ModelRejected) and error.detail.startswith(("status 401", "status 403")):
        return "model_key"
    if isinstance(error, ModelRejected):
        return "model_name"
    if isinstance(error, ModelTimeout):
        return "model_slow"
    return "model_log"

"""The judge model of an installation: is it another one than the customer's, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from pathlib import Path

from core.catalogue import say
from core.domain.model_verdict import Usage
from core.errors import SettingsError
from core.llm.chat_client import ChatClient
from core.storage.unit_of_work import open_transactions
from ops.judge_files import FileJudge, Tally
from ops.models import model_judge, open_customer_model, open_judge_model
from ops.settings import Settings


async def same_model(customer: ChatClient | None, judge: ChatClient | None) -> str:
    """The name of the model behind both, as their servers tell it; empty where they differ, or
    where one of them does not answer."""
    if customer is None or judge is None:
        return ""
    theirs, ours = await customer.probe(), await judge.probe()
    known = theirs.answers and ours.answers
    return ours.model if known and theirs.model.lower() == ours.model.lower() else ""


async def refuse_same_model(
    settings: Settings, customer: ChatClient | None, judge: ChatClient | None
) -> None:
    """Raises SettingsError where the judge would judge talks that it took part in itself."""
    same = await same_model(customer, judge)
    if same:
        raise SettingsError([say(settings.language, "settings.same_judge_found", model=same)])


def bill_of(spent: Mapping[str, Usage], settings: Settings) -> dict[str, object]:
    """The facts of a sentence about what was spent, all models together."""
    total = reduce(Usage.plus, spent.values(), Usage())
    return {
        "calls": total.calls,
        "failed": total.failed,
        "cached": total.cached,
        "prompt": total.prompt_tokens,
        "completion": total.completion_tokens,
        "cost": f"{total.cost(settings.judge_price_in, settings.judge_price_out):.2f}",
    }


async def judge_with_model(
    settings: Settings, files: FileJudge, source: Path, target: Path
) -> Tally:
    """Judge a file with the judge model beside the rules, and tell what that cost.

    Where the model does not answer at all, the rules judge alone and that is said. Raises
    SettingsError for a judge that is the customer's model, and OSError.
    """
    transactions = open_transactions(settings.database_url, data_dir=settings.data_dir)
    client, customer = open_judge_model(settings), open_customer_model(settings)
    if client is None:
        return await files.work(source, target)
    try:
        await refuse_same_model(settings, customer, client)
        probe = await client.probe()
        if not probe.answers:
            files.tell(say(settings.language, "judge.model_away", reason=probe.reason))
            return await files.work(source, target)
        judge = model_judge(
            settings,
            client,
            transactions=transactions,
            clock=transactions.clock,
            reader=files.reader,
        )
        tally = await replace(files, model=judge).work(source, target)
        bill = bill_of({probe.model: tally.usage}, settings)
        files.tell(say(settings.language, "judge.model_done", model=probe.model, **bill))
        return tally
    finally:
        for one in (client, customer):
            if one is not None:
                await one.close()
        await transactions.close()

"""The articles and the QA sheet of an installation, for commands that judge files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from core.domain.rubric import Rubric
from core.llm.chat_client import ChatClient
from core.services.knowledge_help import KnowledgeHelp
from core.storage.engines import SQLITE_FILE
from core.storage.unit_of_work import SqlTransactions, open_transactions
from ops.all_articles import knowledge_help
from ops.knowledge import Knowledge, open_knowledge
from ops.models import open_judge_model
from ops.settings import Settings


@dataclass(slots=True)
class FileArticles:
    """Mutable on purpose: the articles are opened when the first claim needs them, since reading
    all of them takes longer than judging a talk. `transactions` is None where there is no
    installation, only files."""

    settings: Settings
    transactions: SqlTransactions | None
    knowledge: Knowledge | None = None
    judge: ChatClient | None = None
    opened: KnowledgeHelp | None = None

    async def help(self) -> KnowledgeHelp:
        """The company's own articles and the shipped ones, with a second opinion where there is a
        judge's model."""
        if self.opened is None:
            if self.transactions is not None:
                clock = self.transactions.clock
                self.knowledge = open_knowledge(self.settings, self.transactions, clock)
            self.judge = open_judge_model(self.settings)
            own = self.knowledge.base if self.knowledge else None
            self.opened = knowledge_help(self.settings, self.judge, own)
        return self.opened

    async def rubric(self, rubric: Rubric) -> Rubric:
        """The same with the QA sheet that is in use on the console, where there is one."""
        if self.transactions is None:
            return rubric
        kept = await self.transactions.read(lambda unit: unit.qa_sheets.in_use())
        return replace(rubric, sheet=kept.sheet) if kept else rubric


def has_database(settings: Settings) -> bool:
    """Whether there is an installation, and not only files."""
    return bool(settings.database_url) or (settings.data_dir / SQLITE_FILE).exists()


@asynccontextmanager
async def open_articles(settings: Settings) -> AsyncIterator[FileArticles]:
    """For as long as the files are judged. A database is used where there is one (with its schema
    up to date), never made."""
    transactions = None
    if has_database(settings):
        transactions = open_transactions(settings.database_url, data_dir=settings.data_dir)
    articles = FileArticles(settings, transactions)
    try:
        yield articles
    finally:
        if articles.knowledge is not None:
            await articles.knowledge.base.close()
        if articles.judge is not None:
            await articles.judge.close()
        if transactions is not None:
            await transactions.close()

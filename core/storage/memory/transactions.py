"""Transactions on dictionaries: one at a time, undone when they fail."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from core.ports.storage import UnitOfWork
from core.storage.memory.conversations import MemoryConversations, MemoryInbox, inbox_table
from core.storage.memory.figures import MemoryFigures
from core.storage.memory.jobs import MemoryJobs
from core.storage.memory.knowledge import MemoryKnowledge
from core.storage.memory.ledger import MemorySendLedger
from core.storage.memory.organisation import MemoryListImports, MemoryResults, MemoryRosters
from core.storage.memory.outbox import MemoryOutbox
from core.storage.memory.people import MemoryPeople
from core.storage.memory.practice import MemoryDialogues, MemoryRemarks, MemoryScorecards
from core.storage.memory.remarks import (
    MemoryAppeals,
    MemoryFeedback,
    MemoryLooks,
    MemoryShares,
)
from core.storage.memory.reviews import MemoryAudits
from core.storage.memory.sheets import MemoryQaSheets
from core.storage.memory.table import Journal
from core.storage.memory.training import MemoryFitted, MemoryOrders
from core.storage.memory.upkeep import MemoryArticleMarks, MemoryGaps
from core.storage.memory.verdicts import MemoryModelVerdicts

T = TypeVar("T")


class MemoryUnitOfWork:
    """All repositories on one journal."""

    def __init__(self, journal: Journal) -> None:
        inbox = inbox_table(journal)
        self.conversations = MemoryConversations(journal, inbox)
        self.inbox = MemoryInbox(self.conversations, inbox)
        self.outbox = MemoryOutbox(journal, self.conversations)
        self.dialogues = MemoryDialogues(journal)
        self.scorecards = MemoryScorecards(journal, self.dialogues)
        self.figures = MemoryFigures(self.scorecards, self.conversations)
        self.jobs = MemoryJobs(journal)
        self.people = MemoryPeople(journal)
        self.ledger = MemorySendLedger(journal)
        self.remarks = MemoryRemarks(journal)
        self.feedback = MemoryFeedback(journal, self.remarks, self.people)
        self.appeals = MemoryAppeals(journal, self.remarks, self.people)
        self.shares = MemoryShares(journal, self.dialogues, self.appeals)
        self.looks = MemoryLooks(journal, self.people)
        self.audits = MemoryAudits(journal, self.scorecards, self.shares, self.people)
        self.verdicts = MemoryModelVerdicts(journal)
        self.rosters = MemoryRosters(journal)
        self.results = MemoryResults(journal)
        self.list_imports = MemoryListImports(journal)
        self.article_marks = MemoryArticleMarks(journal)
        self.gaps = MemoryGaps(journal)
        self.knowledge = MemoryKnowledge(journal)
        self.orders = MemoryOrders(journal)
        self.fitted = MemoryFitted(journal)
        self.qa_sheets = MemoryQaSheets(journal)


class MemoryTransactions:
    """`Transactions` in this process; several event loops may share it.

    There is nothing to wait for, so work runs where it is asked for, without a thread hop.
    """

    def __init__(self) -> None:
        self._journal = Journal()
        self._unit = MemoryUnitOfWork(self._journal)
        self._lock = threading.Lock()

    async def write(self, work: Callable[[UnitOfWork], T], *, ahead: bool = False) -> T:
        with self._lock:
            try:
                result = work(self._unit)
            except BaseException:
                self._journal.roll_back()
                raise
            self._journal.commit()
            return result

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        with self._lock:
            try:
                return work(self._unit)
            finally:
                # As on a database: what only reads leaves nothing behind.
                self._journal.roll_back()

    async def ping(self) -> None:
        return None

    async def close(self) -> None:
        return None

"""`peilian knowledge`: files in, questions answered, and what an embedding is worth."""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from core.catalogue import say
from core.content.masking import MaskKind, mask
from core.domain.knowledge import DEFAULT_COLLECTION, DocumentKey, Hit, Question, Reader
from core.errors import IndexHeld, KnowledgeError, ModelError, NotFound, TranscriptError
from core.llm.chat_client import open_model
from core.ports.clock import Clock
from core.ports.knowledge_admin import Outcome
from core.ports.storage import Transactions
from core.services.query_rewriting import QueryRewriter
from knowledge.embedding import Embedder, HttpReranker
from knowledge.fusion import Figures, figures, is_gain
from knowledge.ingest import Ingest, Refused, Tally
from knowledge.lexicon import open_lexicon
from knowledge.milvus import MilvusLeg
from knowledge.retriever import TEXT_ALONE, Legs, Part, Retriever
from knowledge.text_index import TextIndex
from ops.files import check_writable, reading, writing
from ops.settings import Settings

logger = logging.getLogger("ops")

INDEX_FILE = "knowledge.text.db"
MILVUS_FILE = "knowledge.milvus"

DEPTH = 4
"""Passages looked at for each document that is asked for: some have several."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The knowledge base of one process."""

    base: Retriever
    admin: Ingest
    dense: MilvusLeg | None

    async def catch_up(self) -> None:
        """Bring the dense leg up to date, where there is one; the text leg does so by itself."""
        try:
            await self.base.catch_up_dense()
        except KnowledgeError as error:
            logger.warning("dense leg is behind", extra={"error": str(error)})


def open_knowledge(settings: Settings, transactions: Transactions, clock: Clock) -> Knowledge:
    """The knowledge base for these settings. Connects to nothing yet.

    Raises ContentError where the company's own lexicon is none.
    """
    dense = None
    if settings.embedding_url:
        embedder = Embedder(
            settings.embedding_url,
            model=settings.embedding_model,
            api_key=settings.embedding_api_key,
        )
        uri = settings.milvus_uri or str(settings.data_dir / MILVUS_FILE)
        dense = MilvusLeg(uri, embedder)
    reranker = None
    if settings.rerank_url:
        reranker = HttpReranker(
            settings.rerank_url, model=settings.rerank_model, api_key=settings.rerank_api_key
        )
    text = TextIndex(settings.data_dir / INDEX_FILE, open_lexicon(settings.content_dir))
    legs = Legs(dense=dense, reranker=reranker, rewriter=_rewriter(settings))
    return Knowledge(Retriever(transactions, text, legs), Ingest(transactions, clock), dense)


def _rewriter(settings: Settings) -> QueryRewriter | None:
    if not settings.rewrite_url:
        return None
    model = open_model(
        url=settings.rewrite_url, name=settings.rewrite_name, api_key=settings.rewrite_api_key
    )
    labels = {kind: say(settings.language, f"authoring.mask.{kind.value}") for kind in MaskKind}
    return QueryRewriter(
        model,
        name=settings.rewrite_name or settings.rewrite_url,
        masked=lambda text: mask(text, labels=labels).text,
    )


def run(arguments: argparse.Namespace, settings: Settings, tell: Callable[[str], None]) -> bool:
    """One part of the command; False when something was wrong with what was given."""
    from core.storage.unit_of_work import open_transactions

    async def work() -> bool:
        transactions = open_transactions(settings.database_url, data_dir=settings.data_dir)
        knowledge = open_knowledge(settings, transactions, transactions.clock)
        try:
            desk = KnowledgeDesk(knowledge, transactions, settings.language, arguments.team, tell)
            parts: Mapping[str, Callable[[argparse.Namespace], Awaitable[bool]]] = {
                "ingest": desk.ingest,
                "list": desk.list_documents,
                "search": desk.search,
                "remove": desk.remove,
                "stats": desk.stats,
                "evaluate": desk.evaluate,
            }
            return await parts[arguments.part](arguments)
        finally:
            await knowledge.base.close()
            await transactions.close()

    return asyncio.run(work())


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of a questions file; `right` are the documents that answer it, where it says so."""

    id: str
    text: str
    right: frozenset[str]


@dataclass(frozen=True, slots=True)
class KnowledgeDesk:
    """The parts of the command. `tell` takes each sentence for the person at the terminal."""

    knowledge: Knowledge
    transactions: Transactions
    language: str
    team: str
    tell: Callable[[str], None]

    async def ingest(self, given: argparse.Namespace) -> bool:
        """Take files and folders in, and bring the indexes up to date."""
        with self._progress("taking_in") as step:
            tally = await self.knowledge.admin.take_in(
                given.paths,
                team=self.team,
                collection=given.collection or DEFAULT_COLLECTION,
                progress=lambda done, total, name: step(done, total),
            )
        with self._progress("indexing") as step:
            await self.knowledge.base.catch_up(step)
            vectors_behind = await self._take_in_vectors(step)
        for refused in tally.refused:
            self.tell(self._refusal(refused))
        self.tell(self._say("done", **_counts(tally)))
        if vectors_behind:
            self.tell(vectors_behind)
        return not tally.refused

    async def _take_in_vectors(self, step: Callable[[int, int], None]) -> str:
        """A sentence where the dense leg stays behind: the articles are kept and found by their
        words, and a running service catches the vectors up."""
        try:
            await self.knowledge.base.catch_up_dense(step)
        except IndexHeld:
            return self._say("held.ingest")
        except KnowledgeError as error:
            return self._say("vectors_behind", why=error)
        return ""

    async def list_documents(self, given: argparse.Namespace) -> bool:
        """A line for each document."""
        documents = await self.knowledge.admin.documents(
            reader=self._reader(), collection=given.collection
        )
        for document in documents:
            key = document.key
            place = f"{key.team}/{key.collection}" if key.team else key.collection
            self.tell(f"{place}\t{key.name}\t{document.passages}\t{document.title}")
        return True

    async def stats(self, given: argparse.Namespace) -> bool:
        """A line for each collection."""
        for one in await self.knowledge.admin.stats(reader=self._reader()):
            place = f"{one.team}/{one.collection}" if one.team else one.collection
            facts = {"place": place, "documents": one.documents, "passages": one.passages}
            self.tell(self._say("stats", **facts))
        return True

    async def remove(self, given: argparse.Namespace) -> bool:
        """Take documents out by name."""
        missing = 0
        for name in given.names:
            key = DocumentKey(self.team, given.collection or DEFAULT_COLLECTION, name)
            try:
                await self.knowledge.admin.remove(key)
            except NotFound:
                missing += 1
                self.tell(self._say("no_document", name=name))
        await self.knowledge.base.catch_up()
        self.tell(self._say("removed", count=len(given.names) - missing))
        return not missing

    async def search(self, given: argparse.Namespace) -> bool:
        """Answer the questions of a file into another, or one on the terminal."""
        if given.queries is None:
            return await self._search_here(given)
        check_writable(given.out)
        faults = 0
        with writing(given.out) as target:
            for one in self._asked(given.queries):
                if one is None:
                    faults += 1
                    continue
                found = _by_document(await self._find(one.text, given), given.k)
                docs = [{"doc": name, "score": round(score, 6)} for name, score in found]
                target.write(orjson.dumps({"qid": one.id, "docs": docs}) + b"\n")
        return not faults

    async def evaluate(self, given: argparse.Namespace) -> bool:
        """How well questions are answered, and which parts beside the text leg make it better:
        each is tried on top of those that did."""
        asked = [one for one in self._asked(given.queries) if one is not None and one.right]
        if not asked:
            self.tell(self._say("nothing_to_evaluate"))
            return False
        base, every_part_answered = self.knowledge.base, True
        kept = TEXT_ALONE
        ranks = await self._ranks(asked, given, kept)
        self.tell(self._figures("text", figures(ranks)))
        if not base.legs.notes():
            self.tell(self._say("no_embedding"))
        for part in base.legs.notes():
            try:
                if part is Part.DENSE:
                    with self._progress("indexing") as step:
                        await base.catch_up_dense(step)
                after = await self._ranks(asked, given, kept | {part})
            except (KnowledgeError, ModelError) as error:
                every_part_answered = False
                self.tell(self._silent(part, error))
                continue
            gain = is_gain(ranks, after)
            await base.set_gain(part, gain=gain, questions=len(asked))
            self.tell(self._figures(part.value, figures(after)))
            self.tell(self._say(f"gain.{part.value}" if gain else f"no_gain.{part.value}"))
            if gain:
                kept, ranks = kept | {part}, after
        return every_part_answered

    async def _ranks(
        self, asked: Sequence[Asked], given: argparse.Namespace, parts: frozenset[Part]
    ) -> list[int | None]:
        ranks = []
        with self._progress("evaluating") as step:
            for done, one in enumerate(asked, start=1):
                hits = await self.knowledge.base.search_with(self._question(one.text, given), parts)
                ranks.append(_rank(hits, one.right))
                step(done, len(asked))
        return ranks

    def _silent(self, part: Part, error: KnowledgeError | ModelError) -> str:
        if isinstance(error, IndexHeld):
            return self._say("held.evaluate")
        return self._say("part_silent", part=self._say(f"leg_{part.value}"), why=error)

    async def _search_here(self, given: argparse.Namespace) -> bool:
        if not given.words:
            self.tell(self._say("no_question"))
            return False
        hits = await self.knowledge.base.search(self._question(" ".join(given.words), given))
        for hit in hits[: given.k]:
            self.tell(f"{hit.score:.2f}  {hit.passage.title}  [{hit.passage.link}]")
            self.tell(f"      {' '.join(hit.passage.text.split())[:120]}")
        if not hits:
            self.tell(self._say("nothing_found"))
        return True

    async def _find(self, text: str, given: argparse.Namespace) -> Sequence[Hit]:
        return await self.knowledge.base.search(self._question(text, given))

    def _question(self, text: str, given: argparse.Namespace) -> Question:
        return Question(text, self._reader(), given.collection, limit=given.k * DEPTH)

    def _reader(self) -> Reader:
        return Reader(self.team)

    def _asked(self, path: Path) -> Iterator[Asked | None]:
        """The questions; None for each line that is none, which is named."""
        with reading(path) as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    yield _question_of(line)
                except TranscriptError:
                    self.tell(f"{path}:{number}: {self._say('bad_question')}")
                    yield None

    def _refusal(self, refused: Refused) -> str:
        why = say(self.language, f"document_fault.{refused.fault.value}", about=refused.about)
        return f"{refused.path}: {why}"

    def _figures(self, leg: str, found: Figures) -> str:
        facts = {
            "leg": self._say(f"leg_{leg}"),
            "questions": found.questions,
            "hit_1": f"{found.hit_1:.3f}",
            "hit_10": f"{found.hit_10:.3f}",
            "mrr": f"{found.reciprocal:.3f}",
        }
        return self._say("figures", **facts)

    def _progress(self, key: str) -> Bar:
        return Bar(self._say(key))

    def _say(self, key: str, **facts: object) -> str:
        return say(self.language, f"knowledge.{key}", **facts)


class Bar:
    """A progress bar on stderr; silent where that is no terminal."""

    def __init__(self, words: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        console = Console(stderr=True)
        columns = (TextColumn(words), BarColumn(), MofNCompleteColumn())
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task(words, total=None)

    def __enter__(self) -> Callable[[int, int], None]:
        self._bar.start()
        return lambda done, total: self._bar.update(self._task, completed=done, total=total)

    def __exit__(self, *ended: object) -> None:
        self._bar.stop()


def _question_of(line: bytes) -> Asked:
    try:
        read = orjson.loads(line)
        id_, text, right = read["qid"], read["text"], read.get("docs", [])
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise TranscriptError(reason="bad_question") from None
    if not isinstance(id_, str) or not isinstance(text, str) or not isinstance(right, list):
        raise TranscriptError(reason="bad_question")
    return Asked(id_, text, frozenset(map(str, right)))


def _by_document(hits: Sequence[Hit], limit: int) -> list[tuple[str, float]]:
    best: dict[str, float] = {}
    for hit in hits:
        best.setdefault(hit.passage.document.name, hit.score)
    return list(best.items())[:limit]


def _rank(hits: Sequence[Hit], right: frozenset[str]) -> int | None:
    names = [name for name, _ in _by_document(hits, len(hits))]
    return next((rank for rank, name in enumerate(names, start=1) if name in right), None)


def _counts(tally: Tally) -> dict[str, object]:
    counts: dict[str, object] = {outcome.value: tally.count(outcome) for outcome in Outcome}
    return {**counts, "refused": len(tally.refused), "passages": tally.passages}

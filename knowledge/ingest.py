"""Files into the knowledge base: only what has changed, and never half a document."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path, PurePath
from typing import TypeVar

from core.domain.knowledge import CollectionStats, Document, DocumentKey, Reader
from core.errors import DocumentFault, DocumentRefused, StorageError
from core.ports.clock import Clock
from core.ports.knowledge_admin import Brought, Outcome, Upload
from core.ports.knowledge_store import NewDocument, Origin
from core.ports.storage import Transactions, UnitOfWork
from knowledge.chunking import passages_of
from knowledge.documents import MAX_BYTES, MEDIA, Content, Fault, Kind, kind_of
from knowledge.isolated import read_file

T = TypeVar("T")

CHUNKING = "1"
"""Changes whenever the same file would give other passages: then everything is read again."""

BATCH = 100
"""Documents kept in one transaction."""

UPLOAD = "upload:"
_SUBTITLES = (".srt", ".vtt")


@dataclass(frozen=True, slots=True)
class Refused:
    """A file, or a part of one, that was not taken in."""

    path: str
    fault: DocumentFault
    about: str = ""


@dataclass(slots=True)
class Tally:
    """What became of everything that was given."""

    brought: list[Brought] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def count(self, outcome: Outcome) -> int:
        """How many documents ended so."""
        return sum(one.outcome is outcome for one in self.brought)

    @property
    def passages(self) -> int:
        """Passages of all documents that are there now."""
        return sum(one.passages for one in self.brought if one.outcome is not Outcome.REMOVED)


@dataclass(frozen=True, slots=True)
class _File:
    """A file and the name its document gets if it has none of its own."""

    path: Path
    name: str


class Ingest:
    """`KnowledgeAdmin`, and what the command line does with whole folders."""

    def __init__(self, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    async def add(self, upload: Upload, *, team: str, collection: str) -> Sequence[Brought]:
        content = await asyncio.to_thread(read_file, upload.name, upload.data)
        if content.faults:
            raise DocumentRefused(content.faults[0].fault, content.faults[0].about)
        file = _File(Path(upload.name), PurePath(upload.name).name)
        known = await self._origins(team, collection)
        documents = _documents(
            content, file, upload.data, f"{UPLOAD}{file.name}", known, team, collection
        )
        return await self._keep(documents, f"{UPLOAD}{file.name}", known)

    async def documents(
        self, *, reader: Reader, collection: str | None = None
    ) -> Sequence[Document]:
        return await self._transactions.read(
            lambda unit: unit.knowledge.documents(reader=reader, collection=collection)
        )

    async def remove(self, key: DocumentKey) -> None:
        now = self._clock.now()
        await self._transactions.write(lambda unit: unit.knowledge.remove(key, now=now))

    async def stats(self, *, reader: Reader) -> Sequence[CollectionStats]:
        return await self._transactions.read(lambda unit: unit.knowledge.stats(reader=reader))

    async def take_in(
        self,
        paths: Sequence[Path],
        *,
        team: str,
        collection: str,
        progress: Callable[[int, int, str], None] | None = None,
    ) -> Tally:
        """All files under these paths. Those that cannot be read are named and passed over; what
        lay under a folder before and is gone is removed. `progress` is told (files done, files
        there are, the one at hand). OSError when a path is not there."""
        tally = Tally()
        files = [file for path in paths for file in _files(path, tally)]
        known = await self._origins(team, collection)
        for number, file in enumerate(files):
            if progress is not None:
                progress(number, len(files), file.name)
            known = await self._take_file(file, tally, known, team, collection)
        if progress is not None:
            progress(len(files), len(files), "")
        await self._remove_gone(paths, files, tally, known)
        return tally

    async def _take_file(
        self, file: _File, tally: Tally, known: list[Origin], team: str, collection: str
    ) -> list[Origin]:
        origin = str(file.path.resolve())
        try:
            data = await asyncio.to_thread(_bytes_of, file.path)
            before = [one for one in known if one.origin == origin]
            # A corpus is always opened: each of its lines has a version of its own.
            if before and all(one.version == _version(data) for one in before):
                tally.brought += [Brought(one.key, Outcome.UNCHANGED, 0) for one in before]
                return known
            content = await asyncio.to_thread(read_file, file.path.name, data)
            documents = _documents(content, file, data, origin, known, team, collection)
            tally.brought += await self._keep(documents, origin, known)
        except DocumentRefused as refused:
            tally.refused.append(Refused(str(file.path), refused.fault, refused.about))
            return known
        except (StorageError, OSError) as error:
            if isinstance(error, StorageError) and "name" not in str(error):
                raise
            fault = (
                DocumentFault.UNREADABLE if isinstance(error, OSError) else DocumentFault.BAD_NAME
            )
            tally.refused.append(Refused(str(file.path), fault))
            return known
        tally.refused += [_named(file.path, fault) for fault in content.faults]
        keys = {one.key for one in documents} | set(_moved_from(documents, known).values())
        others = [one for one in known if one.origin != origin and one.key not in keys]
        return others + [Origin(one.key, one.origin, one.version) for one in documents]

    async def _keep(
        self, documents: Sequence[NewDocument], origin: str, known: Sequence[Origin]
    ) -> list[Brought]:
        """Put these, and take out what the same origin brought before and brings no more."""
        brought: list[Brought] = []
        old = _moved_from(documents, known)
        for some in _parts(documents, BATCH):
            now = self._clock.now()
            brought += await self._transactions.write(
                partial(_put, documents=some, old=old, now=now)
            )
        there = {document.key for document in documents}
        gone = [one.key for one in known if one.origin == origin and one.key not in there]
        brought += await self._take_out(gone)
        return brought

    async def _take_out(self, keys: Sequence[DocumentKey]) -> list[Brought]:
        brought: list[Brought] = []
        for some in _parts(keys, BATCH):

            def work(unit: UnitOfWork, these: Sequence[DocumentKey] = some) -> None:
                for key in these:
                    unit.knowledge.remove(key, now=self._clock.now())

            await self._transactions.write(work)
            brought += [Brought(key, Outcome.REMOVED, 0) for key in some]
        return brought

    async def _remove_gone(
        self, paths: Sequence[Path], files: Sequence[_File], tally: Tally, known: Sequence[Origin]
    ) -> None:
        folders = [path.resolve() for path in paths if path.is_dir()]
        there = {str(file.path.resolve()) for file in files}
        gone = [
            one.key
            for one in known
            if one.origin not in there
            and any(PurePath(one.origin).is_relative_to(folder) for folder in folders)
        ]
        tally.brought += await self._take_out(gone)

    async def _origins(self, team: str, collection: str) -> list[Origin]:
        return list(
            await self._transactions.read(
                lambda unit: unit.knowledge.origins(team=team, collection=collection)
            )
        )


def _put(
    unit: UnitOfWork,
    documents: Sequence[NewDocument],
    old: dict[DocumentKey, DocumentKey],
    now: datetime,
) -> list[Brought]:
    brought = []
    for document in documents:
        before = old.get(document.key)
        if before is not None:
            unit.knowledge.rename(before, document, now=now)
        outcome = unit.knowledge.put(document, now=now)
        if before is not None:
            outcome = Outcome.RENAMED
        brought.append(Brought(document.key, outcome, len(document.passages)))
    return brought


def _moved_from(
    documents: Sequence[NewDocument], known: Sequence[Origin]
) -> dict[DocumentKey, DocumentKey]:
    """New key -> old key, for a single document whose words came from a file that is gone."""
    if len(documents) != 1 or any(one.key == documents[0].key for one in known):
        return {}
    document = documents[0]
    gone = [
        one.key
        for one in known
        if one.version == document.version
        and one.origin != document.origin
        and not one.origin.startswith(UPLOAD)
        and not Path(one.origin).exists()
    ]
    return {document.key: gone[0]} if gone else {}


def _documents(
    content: Content,
    file: _File,
    data: bytes,
    origin: str,
    known: Sequence[Origin],
    team: str,
    collection: str,
) -> list[NewDocument]:
    taken = {one.key.name for one in known if one.origin != origin}
    source = _recording_of(file.path) or file.name
    of_corpus = kind_of(file.path.name) is Kind.CORPUS
    made = []
    for parsed in content.documents:
        passages = passages_of(parsed)
        if passages:
            name = parsed.name or _free_name(file, taken)
            made.append(
                NewDocument(
                    key=DocumentKey(team, collection, name),
                    origin=origin,
                    title=parsed.title,
                    source=source,
                    version=_version(repr(parsed).encode() if of_corpus else data),
                    topics=parsed.topics,
                    passages=passages,
                )
            )
    if not made:
        raise DocumentRefused(DocumentFault.EMPTY)
    return made


def _free_name(file: _File, taken: set[str]) -> str:
    """The file's name, with as many folders before it as tell it from another file's."""
    name, folders = file.name, [*file.path.resolve().parts[1:-1]]
    while name in taken and folders:
        name = f"{folders.pop()}/{name}"
    return name


def _version(data: bytes) -> str:
    return hashlib.sha256(CHUNKING.encode() + b"\0" + data).hexdigest()


def _bytes_of(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise DocumentRefused(DocumentFault.TOO_LARGE, f"{MAX_BYTES // 2**20} MiB")
    return path.read_bytes()


def _files(path: Path, tally: Tally) -> Iterator[_File]:
    """The files to read, in order; others are named, hidden ones and recordings with subtitles
    passed over."""
    if not path.is_dir():
        path.stat()
        found = [(path, path.name)]
    else:
        found = [
            (one, str(one.relative_to(path)))
            for one in sorted(path.rglob("*"))
            if one.is_file() and not any(p.startswith(".") for p in one.relative_to(path).parts)
        ]
    for one, name in found:
        try:
            kind_of(one.name)
        except DocumentRefused as refused:
            if not (one.suffix.lower() in MEDIA and _subtitles_of(one)):
                tally.refused.append(Refused(str(one), refused.fault, refused.about))
            continue
        yield _File(one, name)


def _subtitles_of(recording: Path) -> bool:
    return any(recording.with_suffix(ending).exists() for ending in _SUBTITLES)


def _recording_of(path: Path) -> str:
    """The recording beside subtitles of the same name."""
    if path.suffix.lower() not in _SUBTITLES:
        return ""
    for ending in sorted(MEDIA):
        if path.with_suffix(ending).exists():
            return path.with_suffix(ending).name
    return ""


def _named(path: Path, fault: Fault) -> Refused:
    return Refused(str(path), fault.fault, fault.about)


def _parts(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (items[at : at + size] for at in range(0, len(items), size))

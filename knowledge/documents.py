"""Files and the pieces they are made of: what kinds there are, and which bytes may be read."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import PurePath

from core.domain.knowledge import ALWAYS, Validity
from core.errors import DocumentFault, DocumentRefused

MAX_BYTES = 64 * 1024 * 1024
"""The largest file that is read; a corpus of JSON lines may have as much unpacked."""

MAX_UNPACKED = 256 * 1024 * 1024
MAX_RATIO = 200
"""Unpacked to packed bytes of a DOCX or XLSX, above which it is taken for a bomb."""

MAX_CHARS = 20_000_000


class Kind(StrEnum):
    """What a file is, by the ending of its name."""

    MARKDOWN = "markdown"
    HTML = "html"
    DOCX = "docx"
    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"
    TEXT = "text"
    SUBTITLES = "subtitles"
    CORPUS = "corpus"


_KINDS = {
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".docx": Kind.DOCX,
    ".pdf": Kind.PDF,
    ".xlsx": Kind.XLSX,
    ".csv": Kind.CSV,
    ".tsv": Kind.CSV,
    ".txt": Kind.TEXT,
    ".srt": Kind.SUBTITLES,
    ".vtt": Kind.SUBTITLES,
    ".jsonl": Kind.CORPUS,
    ".jsonl.gz": Kind.CORPUS,
}
MEDIA = frozenset(
    {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mp3", ".m4a", ".wav", ".aac", ".ogg"}
)
ISOLATED = frozenset({Kind.PDF, Kind.DOCX, Kind.XLSX, Kind.HTML})
"""Kinds whose parsers a file can lead astray: they run in a process of their own."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_PDF = b"%PDF-"
_MEMBERS = {Kind.DOCX: "word/document.xml", Kind.XLSX: "xl/workbook.xml"}


class PieceKind(StrEnum):
    """What a piece of a file is."""

    HEADING = "heading"
    TEXT = "text"
    ROW = "row"
    QA = "qa"
    CUE = "cue"


@dataclass(frozen=True, slots=True)
class Piece:
    """One paragraph, heading, table row, Q&A pair or subtitle, in the file's order.

    `level` of a heading counts from 1; `question` belongs to a Q&A pair and `header` to a row.
    """

    kind: PieceKind
    text: str
    level: int = 0
    page: int | None = None
    start_s: float | None = None
    end_s: float | None = None
    question: str = ""
    header: str = ""
    aliases: tuple[str, ...] = ()
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class Parsed:
    """One document of a file. `name` is its own id where it has one (a line of a corpus)."""

    title: str
    pieces: tuple[Piece, ...]
    name: str = ""
    aliases: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a file that could not be read while the rest could."""

    fault: DocumentFault
    about: str


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that was read from one file."""

    documents: tuple[Parsed, ...]
    faults: tuple[Fault, ...] = field(default=())


def kind_of(name: str) -> Kind:
    """The kind by the name. DocumentRefused for a recording, or for what we do not read."""
    lowered = PurePath(name).name.lower()
    endings = PurePath(lowered).suffixes
    kind = _KINDS.get("".join(endings[-2:])) or _KINDS.get("".join(endings[-1:]))
    if kind is not None:
        return kind
    if endings and endings[-1] in MEDIA:
        raise DocumentRefused(DocumentFault.NO_SUBTITLES)
    raise DocumentRefused(DocumentFault.UNKNOWN_KIND, "".join(endings[-1:]))


def check_bytes(kind: Kind, data: bytes) -> None:
    """DocumentRefused when the bytes are too many, or are not what the name says."""
    if len(data) > MAX_BYTES:
        raise DocumentRefused(DocumentFault.TOO_LARGE, f"{MAX_BYTES // 2**20} MiB")
    if not data.strip():
        raise DocumentRefused(DocumentFault.EMPTY)
    if kind is Kind.PDF:
        if _PDF not in data[:1024]:
            raise DocumentRefused(DocumentFault.MISLABELLED, kind.value)
    elif kind in _MEMBERS:
        _check_package(kind, data)
    elif kind is not Kind.CORPUS and data.startswith((_OLE, _ZIP, _PDF)):
        raise DocumentRefused(DocumentFault.MISLABELLED, kind.value)


def _check_package(kind: Kind, data: bytes) -> None:
    """An office file is a ZIP; one with a password is an OLE file instead."""
    if data.startswith(_OLE):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise DocumentRefused(
            DocumentFault.ENCRYPTED if encrypted else DocumentFault.MISLABELLED, kind.value
        )
    if not data.startswith(_ZIP):
        raise DocumentRefused(DocumentFault.MISLABELLED, kind.value)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            members = package.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError) as error:
        raise DocumentRefused(DocumentFault.BROKEN) from error
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * len(data):
        raise DocumentRefused(DocumentFault.BOMB)
    if _MEMBERS[kind] not in {member.filename for member in members}:
        raise DocumentRefused(DocumentFault.MISLABELLED, kind.value)


def decoded(data: bytes) -> str:
    """The text: UTF-8, UTF-16 with its mark, or GBK. DocumentRefused for anything else."""
    codings: tuple[str, ...] = ("utf-8-sig", "gb18030")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        codings = ("utf-16",)
    elif b"\0" in data[:4096]:
        raise DocumentRefused(DocumentFault.NO_TEXT_ENCODING)
    for coding in codings:
        try:
            text = data.decode(coding)
        except UnicodeDecodeError:
            continue
        return text.replace("\r\n", "\n").replace("\r", "\n")
    raise DocumentRefused(DocumentFault.NO_TEXT_ENCODING)


def day_of(value: object, *, field_name: str) -> date | None:
    """A date as authors write it. DocumentRefused for words that are none."""
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    words = str(value).strip().replace("/", "-").replace(".", "-")
    words = words.replace("年", "-").replace("月", "-").replace("日", "")
    try:
        year, month, day = (int(part) for part in words.split(" ")[0].split("-"))
        return date(year, month, day)
    except ValueError:
        raise DocumentRefused(DocumentFault.BAD_HEADER, field_name) from None


def validity_of(since: object, until: object) -> Validity:
    """Both ends as authors write them."""
    return Validity(day_of(since, field_name="valid_from"), day_of(until, field_name="valid_until"))

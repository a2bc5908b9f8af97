"""One reader per kind of file, each on a well-kept library that is imported when it is used."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import orjson
import yaml

from core.errors import DocumentFault, DocumentRefused
from core.plain_yaml import load_plain
from knowledge.documents import (
    MAX_BYTES,
    MAX_CHARS,
    Content,
    Fault,
    Kind,
    Parsed,
    Piece,
    PieceKind,
    check_bytes,
    decoded,
    kind_of,
    validity_of,
)
from knowledge.faq import csv_rows, pairs_of

if TYPE_CHECKING:
    from bs4 import Tag
    from markdown_it.tree import SyntaxTreeNode

MAX_PAGES = 3000
_FEWEST_CHARS_A_PAGE = 8
"""A PDF with less text a page than this shows pictures of pages."""

_FRONT = re.compile(r"\A---\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_BLANK_LINES = re.compile(r"\n[ \t　]*\n+")
_HEADING_STYLE = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)
_FAULT_LINES = 20
"""So many bad lines of a corpus are named one by one."""


def parse(name: str, data: bytes) -> Content:
    """Everything in this file. DocumentRefused when it cannot be read; never anything else that
    the file's content could cause."""
    kind = kind_of(name)
    check_bytes(kind, data)
    title = PurePath(name).name.split(".")[0]
    try:
        content = _READERS[kind](title, data)
    except DocumentRefused:
        raise
    except MemoryError:
        raise DocumentRefused(DocumentFault.TOO_LARGE) from None
    except Exception as error:  # a parser's faults are as many as there are broken files
        raise DocumentRefused(DocumentFault.BROKEN, type(error).__name__) from error
    if not any(piece.text for one in content.documents for piece in one.pieces):
        if content.faults:
            return content
        raise DocumentRefused(DocumentFault.EMPTY)
    if sum(len(p.text) for one in content.documents for p in one.pieces) > MAX_CHARS:
        raise DocumentRefused(DocumentFault.TOO_LARGE, f"{MAX_CHARS}")
    return content


def _markdown(title: str, data: bytes) -> Content:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

    text = decoded(data)
    meta: Mapping[str, Any] = {}
    front = _FRONT.match(text)
    if front:
        meta, text = _meta(front[1]), text[front.end() :]
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(text))
    return Content((_titled(title, list(_markdown_pieces(tree)), meta),))


def _markdown_pieces(node: SyntaxTreeNode) -> Iterator[Piece]:
    for child in node.children:
        if child.type == "heading":
            yield Piece(PieceKind.HEADING, _inline(child), level=int(child.tag[1]))
        elif child.type == "table":
            rows = [
                [_inline(cell) for cell in row.children] for row in child.walk() if row.type == "tr"
            ]
            for row in rows[1:]:
                yield Piece(PieceKind.ROW, " | ".join(row), header=" | ".join(rows[0]))
        elif child.type in ("fence", "code_block"):
            yield Piece(PieceKind.TEXT, child.content.strip())
        elif child.type == "inline":
            yield Piece(PieceKind.TEXT, _inline(child))
        else:
            yield from _markdown_pieces(child)


def _inline(node: SyntaxTreeNode) -> str:
    words = [
        "\n" if child.type in ("softbreak", "hardbreak") else child.content
        for child in node.walk()
        if child.type in ("text", "code_inline", "softbreak", "hardbreak")
    ]
    return "".join(words).strip()


def _meta(block: str) -> Mapping[str, Any]:
    try:
        for event in yaml.parse(block, Loader=yaml.SafeLoader):
            # Ten lines of references to references stand for more than any memory holds.
            if isinstance(event, yaml.AliasEvent):
                raise _bad_header(event.start_mark)
        meta = load_plain(block)
    except yaml.YAMLError as error:
        raise _bad_header(getattr(error, "problem_mark", None)) from error
    if meta is None:
        return {}
    if not isinstance(meta, dict):
        raise DocumentRefused(DocumentFault.BAD_HEADER, "1")
    return meta


def _bad_header(mark: Any) -> DocumentRefused:  # noqa: ANN401  (yaml's own class, or None)
    """The line of the file, whose first one is the mark before the header."""
    line = mark.line + 2 if mark is not None else 1
    return DocumentRefused(DocumentFault.BAD_HEADER, str(line))


def _titled(title: str, pieces: list[Piece], meta: Mapping[str, Any]) -> Parsed:
    """A document whose title is the one in its header, its first heading, or the file's name."""
    first = next((one for one in pieces if one.kind is PieceKind.HEADING), None)
    named = str(meta.get("title") or "").strip() or (first.text if first else "")
    if first is not None and first.text == named:
        pieces = [one for one in pieces if one is not first]
    return Parsed(
        title=named or title,
        pieces=tuple(one for one in pieces if one.text),
        name=str(meta.get("id") or ""),
        aliases=_many(meta.get("aliases")),
        topics=_many(meta.get("topics")) + _many(meta.get("tags")),
        validity=validity_of(meta.get("valid_from"), meta.get("valid_until")),
    )


def _many(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    values = value if isinstance(value, list) else [value]
    return tuple(str(one).strip() for one in values if str(one).strip())


def _html(title: str, data: bytes) -> Content:
    from bs4 import BeautifulSoup

    try:
        markup: str | bytes = decoded(data)
    except DocumentRefused:
        markup = data
    soup = BeautifulSoup(markup, "lxml")
    for noise in soup(["script", "style", "nav", "noscript", "template", "svg", "form"]):
        noise.decompose()
    pieces = list(_html_pieces(soup.body or soup))
    named = soup.title.get_text(" ", strip=True) if soup.title else ""
    return Content((_titled(title, pieces, {"title": named}),))


def _html_pieces(body: Tag) -> Iterator[Piece]:
    header, term = "", ""
    for tag in body.find_all([*(f"h{n}" for n in range(1, 7)), "p", "li", "tr", "dt", "dd", "pre"]):
        words = " ".join(tag.get_text(" ", strip=True).split())
        if not words:
            continue
        if tag.name[0] == "h":
            yield Piece(PieceKind.HEADING, words, level=int(tag.name[1]))
        elif tag.name == "tr":
            cells = [" ".join(c.get_text(" ", strip=True).split()) for c in tag(["td", "th"])]
            if tag.find("td") is None:
                header = " | ".join(cells)
            else:
                yield Piece(PieceKind.ROW, " | ".join(cells), header=header)
        elif tag.name == "dt":
            term = words
        elif tag.name == "dd":
            yield Piece(PieceKind.QA, words, question=term)
        elif tag.find_parent(["td", "th", "dd", "li", "p"]) is None:
            yield Piece(PieceKind.TEXT, words)


def _docx(title: str, data: bytes) -> Content:
    from docx import Document
    from docx.table import Table

    document = Document(io.BytesIO(data))
    pieces: list[Piece] = []
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            rows = [[cell.text.strip() for cell in row.cells] for row in block.rows]
            header = " | ".join(rows[0]) if len(rows) > 1 else ""
            for row in rows[1:] or rows:
                pieces.append(Piece(PieceKind.ROW, " | ".join(row), header=header))
            continue
        style = block.style.name if block.style is not None else ""
        found = _HEADING_STYLE.match(style or "")
        words = block.text.strip()
        if style == "Title" and words:
            pieces.append(Piece(PieceKind.HEADING, words, level=1))
        elif found and words:
            pieces.append(Piece(PieceKind.HEADING, words, level=int(found[1])))
        elif words:
            pieces.append(Piece(PieceKind.TEXT, words))
    return Content((_titled(title, pieces, {}),))


def _pdf(title: str, data: bytes) -> Content:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentRefused(DocumentFault.ENCRYPTED)
        if len(reader.pages) > MAX_PAGES:
            raise DocumentRefused(DocumentFault.TOO_LARGE, f"{MAX_PAGES}")
        pages = [_rejoined(page.extract_text()) for page in reader.pages]
        named = str((reader.metadata.title if reader.metadata else None) or "").strip()
    except PyPdfError as error:
        encrypted = "encrypt" in str(error).lower()
        fault = DocumentFault.ENCRYPTED if encrypted else DocumentFault.BROKEN
        raise DocumentRefused(fault) from error
    if sum(map(len, pages)) < _FEWEST_CHARS_A_PAGE * len(pages):
        raise DocumentRefused(DocumentFault.SCANNED)
    pieces = [
        Piece(PieceKind.TEXT, words.strip(), page=number)
        for number, page in enumerate(pages, start=1)
        for words in _BLANK_LINES.split(page)
        if words.strip()
    ]
    return Content((_titled(title, pieces, {"title": named}),))


def _rejoined(page: str) -> str:
    """A page's lines; those cut in the middle of a Chinese sentence are one again."""
    clean = page.encode("utf-8", "ignore").decode()
    return re.sub(r"(?<=[\u4e00-\u9fff，、])\n(?=[\u4e00-\u9fff])", "", clean)


def _xlsx(title: str, data: bytes) -> Content:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    pieces: list[Piece] = []
    refused: DocumentRefused | None = None
    for sheet in book.worksheets:
        try:
            found = list(pairs_of(sheet.iter_rows(values_only=True)))
        except DocumentRefused as error:
            refused = error
            continue
        if len(book.worksheets) > 1 and found:
            pieces.append(Piece(PieceKind.HEADING, sheet.title, level=1))
        pieces += found
    if refused is not None and not pieces:
        raise refused
    return Content((Parsed(title, tuple(pieces)),))


def _csv(title: str, data: bytes) -> Content:
    return Content((Parsed(title, tuple(pairs_of(csv_rows(decoded(data))))),))


def _text(title: str, data: bytes) -> Content:
    paragraphs = (words.strip() for words in _BLANK_LINES.split(decoded(data)))
    return Content((Parsed(title, tuple(Piece(PieceKind.TEXT, w) for w in paragraphs if w)),))


def _subtitles(title: str, data: bytes) -> Content:
    import pysubs2

    text = decoded(data)
    form = "vtt" if text.lstrip().startswith("WEBVTT") else "srt"
    cues = pysubs2.SSAFile.from_string(text, format_=form)
    pieces = [
        Piece(
            PieceKind.CUE,
            " ".join(cue.plaintext.split()),
            start_s=cue.start / 1000,
            end_s=cue.end / 1000,
        )
        for cue in cues
    ]
    return Content((Parsed(title, tuple(piece for piece in pieces if piece.text)),))


def _corpus(title: str, data: bytes) -> Content:
    documents: dict[str, Parsed] = {}
    faults: list[Fault] = []
    for number, line in enumerate(_unpacked(data).split(b"\n"), start=1):
        if not line.strip():
            continue
        read = _corpus_line(line)
        if read is None or read.name in documents:
            faults.append(Fault(DocumentFault.BAD_LINE, str(number)))
        else:
            documents[read.name] = read
    if not documents:
        raise DocumentRefused(DocumentFault.BROKEN)
    if len(faults) > _FAULT_LINES:
        more = Fault(DocumentFault.BAD_LINE, f"+{len(faults) - _FAULT_LINES}")
        faults = [*faults[:_FAULT_LINES], more]
    return Content(tuple(documents.values()), tuple(faults))


def _corpus_line(line: bytes) -> Parsed | None:
    try:
        read = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(read, dict):
        return None
    name, title, text = read.get("doc"), read.get("title", ""), read.get("text")
    if not isinstance(name, str) or not name or not isinstance(text, str) or not text.strip():
        return None
    return Parsed(
        title=title if isinstance(title, str) else "",
        pieces=(Piece(PieceKind.TEXT, text),),
        name=name,
        aliases=_many(read.get("aliases")),
        topics=_many(read.get("topics")),
    )


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            unpacked = packed.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DocumentRefused(DocumentFault.BROKEN) from error
    if len(unpacked) > MAX_BYTES:
        raise DocumentRefused(DocumentFault.BOMB)
    return unpacked


_READERS: dict[Kind, Callable[[str, bytes], Content]] = {
    Kind.MARKDOWN: _markdown,
    Kind.HTML: _html,
    Kind.DOCX: _docx,
    Kind.PDF: _pdf,
    Kind.XLSX: _xlsx,
    Kind.CSV: _csv,
    Kind.TEXT: _text,
    Kind.SUBTITLES: _subtitles,
    Kind.CORPUS: _corpus,
}

"""Files that are broken, locked or made to do harm: each is named with what to do, the rest is
taken in, and neither memory nor time runs away."""

import gzip
import io
import os
import subprocess
import sys
import zipfile
import zlib
from itertools import pairwise
from pathlib import Path
from time import monotonic

import pytest
from docx import Document
from pypdf import PdfWriter
from pypdf.generic import EncodedStreamObject, NameObject, NumberObject

from core.errors import DocumentFault, DocumentRefused
from knowledge.documents import MAX_BYTES
from knowledge.isolated import read_file
from ops.migrations import migrate
from tests.unit.knowledge.test_parsing import pdf, workbook

ROOT = Path(__file__).resolve().parents[2]
MEMORY_MIB = 400
TIME_S = 60
LAUNCH = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""
"""A small process between: a child's peak begins with that of the process which starts it."""


def package(member: str, data: bytes) -> bytes:
    """A DOCX or XLSX with this one part."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(member, data)
    return out.getvalue()


def word(document: bytes) -> bytes:
    """A whole DOCX whose text is this XML."""
    blank, out = io.BytesIO(), io.BytesIO()
    Document().save(blank)
    with zipfile.ZipFile(blank) as known, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in known.namelist():
            made.writestr(name, document if name == "word/document.xml" else known.read(name))
    return out.getvalue()


def pdf_bomb() -> bytes:
    """A page whose 60 KiB of drawing are 60 MiB."""
    writer = PdfWriter()
    page = writer.add_blank_page(300, 300)
    stream = EncodedStreamObject()
    stream._data = zlib.compress(b" " * 60 * 2**20, 9)
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    stream[NameObject("/Length")] = NumberObject(len(stream._data))
    page[NameObject("/Contents")] = writer._add_object(stream)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def laughs() -> bytes:
    """A header of 14 lines that would be 10^12 words."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    names = "abcdefghijklm"
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]" for before, name in pairwise(names)
    ]
    return "\n".join(["---", *lines, "aliases: *m", "---", "text"]).encode()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOCKED = OLE + "EncryptedPackage".encode("utf-16-le")
WORDS = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
ENTITIES = b"".join(
    (
        b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">',
        *(b'<!ENTITY %c "%s">' % (ord("b") + n, b"&%c;" % (ord("a") + n) * 10) for n in range(9)),
        b"]><w:document %s><w:body><w:p><w:r><w:t>&j;</w:t></w:r></w:p></w:body></w:document>"
        % WORDS,
    )
)

HOSTILE: dict[str, tuple[bytes, str]] = {
    "locked.pdf": (pdf("secret words", password="x"), "文件有密码"),
    "locked.docx": (LOCKED, "文件有密码"),
    "locked.xlsx": (LOCKED, "文件有密码"),
    "scanned.pdf": (pdf("", "", ""), "扫描件"),
    "picture.pdf": (b"\x89PNG\r\n\x1a\n" + b"0" * 999, "和后缀"),
    "table.docx": (workbook(("a",)), "和后缀"),
    "report.md": (pdf("Refunds"), "和后缀"),
    "old.xlsx": (OLE + b"0" * 999, "和后缀"),
    "program.txt": (b"MZ\x00\x01\x02" * 99, "不是文本"),
    "cut.pdf": (pdf("Refunds take three days")[:200], "文件损坏"),
    "entities.docx": (word(ENTITIES), "文件损坏"),
    "laughs.md": (laughs(), "文件开头的说明"),
    "page.pdf": (pdf_bomb(), "扫描件"),
    "zip.docx": (package("word/document.xml", b"0" * 60_000_000), "不合常理"),
    "zip.xlsx": (package("xl/workbook.xml", b"0" * 60_000_000), "不合常理"),
    "bomb.jsonl.gz": (gzip.compress(b"0" * (MAX_BYTES + 9), 1), "不合常理"),
    "film.mp4": (b"\x00\x00\x00\x18ftyp", "字幕"),
}
"""Name -> (content, a piece of the sentence that names it)."""


def test_a_folder_of_hostile_files_costs_little_and_each_is_named(tmp_path: Path) -> None:
    """A sparse file of three gigabytes is among them; what is good is found afterwards."""
    migrate(data_dir=tmp_path)
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, (data, _) in HOSTILE.items():
        (docs / name).write_bytes(data)
    with (docs / "huge.txt").open("wb") as huge:
        huge.truncate(3 * 2**30)
    (docs / "good.md").write_text("# 退费\n\n误扣的费用原路退回。", encoding="utf-8")
    command = [sys.executable, "-m", "ops", "knowledge", "ingest", str(docs)]
    began = monotonic()
    taking_in = subprocess.run(
        [sys.executable, "-c", LAUNCH, *command],
        cwd=ROOT,
        env={**os.environ, "PEILIAN_DATA_DIR": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert monotonic() - began < TIME_S
    assert int(taking_in.stderr.split()[-1]) / 1024 < MEMORY_MIB
    assert taking_in.returncode == 1
    told = taking_in.stdout.splitlines()
    why = {Path(line.split(": ")[0]).name: line for line in told[:-1]}
    assert why.keys() == {*HOSTILE, "huge.txt"}
    for name, (_, words) in HOSTILE.items():
        assert words in why[name], name
    assert "上限 64 MiB" in why["huge.txt"]
    assert "新增 1" in told[-1]


@pytest.mark.parametrize(
    ("name", "data"), [("a.md", b"![[](" * 400_000), ("a.html", b"<div><b>" * 200_000)]
)
def test_what_keeps_a_parser_busy_ends_with_its_time(name: str, data: bytes) -> None:
    began = monotonic()
    with pytest.raises(DocumentRefused) as refused:
        read_file(name, data, time_s=1.0)
    assert monotonic() - began < 5
    assert refused.value.fault is DocumentFault.TOO_SLOW


def test_what_fills_the_memory_ends_its_parser_alone() -> None:
    """Half a million paragraphs, each with a name of its own so that they pack badly."""
    names = (n * 2654435761 % 2**32 for n in range(500_000))
    paragraphs = b"".join(b'<w:p n="%x"><w:r/></w:p>' % name for name in names)
    data = word(b"<w:document %s><w:body>%s</w:body></w:document>" % (WORDS, paragraphs))
    with pytest.raises(DocumentRefused) as refused:
        read_file("a.docx", data, memory_bytes=256 * 2**20)
    assert (refused.value.fault, refused.value.about) == (DocumentFault.TOO_LARGE, "256 MiB")

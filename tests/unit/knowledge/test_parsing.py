"""Files of every kind become passages with their places; broken ones are named."""

import gzip
import io
import zipfile
from datetime import date

import pytest
from docx import Document
from openpyxl import Workbook
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from core.domain.knowledge import Place, Validity
from core.errors import DocumentFault, DocumentRefused
from core.ports.knowledge_store import NewPassage
from knowledge.chunking import LONGEST, passages_of
from knowledge.isolated import read_file
from knowledge.parsers import parse


def passages(name: str, data: bytes) -> list[NewPassage]:
    return [one for document in parse(name, data).documents for one in passages_of(document)]


def fault_of(name: str, data: bytes) -> DocumentFault:
    with pytest.raises(DocumentRefused) as refused:
        parse(name, data)
    return refused.value.fault


def pdf(*pages: str, password: str = "") -> bytes:
    """A PDF whose pages show these Latin words."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for words in pages:
        page = writer.add_blank_page(300, 300)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 20 200 Td ({words}) Tj ET".encode())
        page[NameObject("/Contents")] = writer._add_object(stream)
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


MARKDOWN = """---
title: 套餐变更规则
aliases: [换套餐, 改套餐]
topics: [plan]
valid_from: 2026-01-01
valid_until: 2026-12-31
---
# 套餐变更规则

## 降档
降档次月1日生效。

## 费用
| 项目 | 元 |
|---|---|
| 补卡 | 20 |
"""


def test_markdown_keeps_sections_tables_aliases_and_dates() -> None:
    first, table = passages("plan.md", MARKDOWN.encode())

    assert first.text == "降档次月1日生效。"
    assert first.place == Place(section=("降档",))
    assert first.aliases == ("换套餐", "改套餐")
    assert first.validity == Validity(date(2026, 1, 1), date(2026, 12, 31))
    assert (table.title, table.place.section) == ("套餐变更规则", ("费用",))
    assert table.text == "项目 | 元\n补卡 | 20"


def test_html_gives_headings_paragraphs_and_pairs_without_scripts() -> None:
    page = (
        "<title>退费</title><script>x()</script><h2>时限</h2><p>三个工作日到账。</p>"
        "<dl><dt>怎么查？</dt><dd>在账单里查。</dd></dl>"
    )
    found = passages("refund.html", page.encode())

    assert [(one.title, one.text) for one in found] == [
        ("退费", "三个工作日到账。"),
        ("怎么查？", "在账单里查。"),
    ]
    assert found[0].place.section == ("时限",)


def test_docx_keeps_headings_and_tables() -> None:
    document = Document()
    document.add_heading("误扣", level=1)
    document.add_paragraph("误扣原路退回。")
    table = document.add_table(rows=2, cols=2)
    for row, cells in zip(table.rows, (("渠道", "时限"), ("银行卡", "3 天")), strict=True):
        for cell, words in zip(row.cells, cells, strict=True):
            cell.text = words
    out = io.BytesIO()
    document.save(out)

    text, rows = passages("a.docx", out.getvalue())
    assert (text.title, text.text) == ("误扣", "误扣原路退回。")
    assert rows.text == "渠道 | 时限\n银行卡 | 3 天"


def test_pdf_passages_know_their_page() -> None:
    found = passages("rules.pdf", pdf("Refunds take three days", "Ask the desk for help"))

    assert [(one.text, one.place.page) for one in found] == [
        ("Refunds take three days", 1),
        ("Ask the desk for help", 2),
    ]


def test_faq_rows_become_pairs_in_every_coding_and_in_xlsx() -> None:
    rows = (
        "分类,问题,答案,相似问法,失效日期\n"
        "流量,流量能结转吗,当月有效,流量能留到下月吗|会清零吗,2026-06-30\n"
    )
    of_gbk = passages("faq.csv", rows.encode("gb18030"))
    of_utf8 = passages("faq.csv", rows.encode("utf-8-sig"))
    header, line = (tuple(row.split(",")) for row in rows.strip().split("\n"))
    of_xlsx = passages("faq.xlsx", workbook(header, line))

    assert of_gbk == of_utf8 == of_xlsx
    assert of_gbk == [
        NewPassage(
            "流量能结转吗",
            "当月有效",
            Place(section=("流量",)),
            aliases=("流量能留到下月吗", "会清零吗"),
            validity=Validity(until=date(2026, 6, 30)),
        )
    ]


def test_subtitles_keep_their_seconds() -> None:
    srt = (
        "1\n00:00:01,000 --> 00:00:04,000\n先核实身份\n\n2\n00:01:10,500 --> 00:01:12,000\n再退费\n"
    )
    vtt = "WEBVTT\n\n" + srt.replace(",", ".")
    for name, words in (("a.srt", srt), ("a.vtt", vtt)):
        first, second = passages(name, words.encode())
        assert (first.text, first.place.start_s) == ("先核实身份", 1.0)
        assert (second.text, second.place.start_s) == ("再退费", 70.5)


def test_a_question_and_its_answer_in_plain_text_are_a_pair() -> None:
    [pair] = passages("a.txt", "问：能退吗？\n答：能，三天内到账。".encode())
    assert (pair.title, pair.text) == ("能退吗？", "能，三天内到账。")


def test_long_text_is_cut_between_sentences_and_loses_nothing() -> None:
    sentence = "当月没有用完的流量自动结转到次月使用。"
    found = passages("a.txt", (sentence * 200).encode())

    assert len(found) > 3
    assert all(len(one.text) <= LONGEST and one.text.endswith("。") for one in found)
    assert "".join(one.text for one in found) == sentence * 200


def test_a_corpus_keeps_its_ids_and_names_bad_lines() -> None:
    lines = b'{"doc":"d1","title":"T","text":"one"}\nnot json\n{"doc":"d2","text":"two"}\n'
    for name, data in (("c.jsonl", lines), ("c.jsonl.gz", gzip.compress(lines))):
        content = parse(name, data)
        assert [one.name for one in content.documents] == ["d1", "d2"]
        assert [(one.fault, one.about) for one in content.faults] == [(DocumentFault.BAD_LINE, "2")]


def test_what_cannot_be_read_says_why() -> None:
    assert fault_of("a.exe", b"x") is DocumentFault.UNKNOWN_KIND
    assert fault_of("a.mp4", b"x") is DocumentFault.NO_SUBTITLES
    assert fault_of("a.md", b"  \n") is DocumentFault.EMPTY
    assert fault_of("a.md", b"%PDF-1.7 ...") is DocumentFault.MISLABELLED
    assert fault_of("a.pdf", b"no pdf at all") is DocumentFault.MISLABELLED
    assert fault_of("a.docx", workbook(("a",))) is DocumentFault.MISLABELLED
    assert fault_of("a.pdf", b"%PDF-1.7\nbroken") is DocumentFault.BROKEN
    assert fault_of("a.pdf", pdf("secret words", password="x")) is DocumentFault.ENCRYPTED
    assert fault_of("a.pdf", pdf("", "")) is DocumentFault.SCANNED
    assert fault_of("a.txt", b"\x00\x01\x02abc") is DocumentFault.NO_TEXT_ENCODING
    assert fault_of("a.csv", "甲,乙\n1,2\n".encode()) is DocumentFault.NO_COLUMNS
    assert fault_of("a.md", b"---\nvalid_from: soon\n---\ntext") is DocumentFault.BAD_HEADER
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    assert fault_of("a.docx", ole) is DocumentFault.ENCRYPTED


def test_bombs_are_not_opened() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", b"0" * 300_000_000)
    assert fault_of("a.docx", out.getvalue()) is DocumentFault.BOMB
    assert fault_of("c.jsonl.gz", gzip.compress(b"0" * 70_000_000)) is DocumentFault.BOMB


def test_a_parser_of_its_own_process_gives_the_same_and_is_stopped_in_time() -> None:
    data = pdf("Refunds take three days")
    assert read_file("a.pdf", data) == parse("a.pdf", data)
    with pytest.raises(DocumentRefused) as refused:
        read_file("a.pdf", b"%PDF-1.7\nbroken")
    assert refused.value.fault is DocumentFault.BROKEN
    with pytest.raises(DocumentRefused) as refused:
        read_file("a.pdf", data, time_s=0.01)
    assert refused.value.fault is DocumentFault.TOO_SLOW


def test_a_large_process_does_not_make_its_files_too_large() -> None:
    ours = b"x" * (700 * 2**20)
    with pytest.raises(DocumentRefused) as refused:
        read_file("a.pdf", b"%PDF-1.7\nbroken", memory_bytes=len(ours))
    assert refused.value.fault is DocumentFault.BROKEN

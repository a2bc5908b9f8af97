"""The text leg: folding, slips, the lexicon, several processes, files that are lost or old."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.knowledge import DocumentKey, Question, Reader
from core.ports.knowledge_store import NewDocument, NewPassage
from core.storage.memory.transactions import MemoryTransactions
from knowledge.fusion import figures, fused, is_gain
from knowledge.lexicon import Lexicon, open_lexicon
from knowledge.ranking import Corpus, PassageReading, Ranking, read
from knowledge.retriever import Retriever
from knowledge.text_index import TextIndex
from tests.contract.stores import NOON

LEXICON = open_lexicon()


async def put(
    store: MemoryTransactions, name: str, text: str, *, topics: Sequence[str] = ()
) -> None:
    document = NewDocument(
        key=DocumentKey("", "main", name),
        origin=name,
        title=name,
        source=name,
        version=text,
        topics=tuple(topics),
        passages=(NewPassage(name, text),),
    )
    await store.write(lambda unit: unit.knowledge.put(document, now=NOON))


async def first(base: Retriever, words: str, **more: object) -> str:
    question = replace(Question(words, Reader()), **more)  # type: ignore[arg-type]
    hits = await base.search(question)
    return hits[0].passage.title if hits else ""


@pytest.fixture
async def store() -> MemoryTransactions:
    made = MemoryTransactions()
    await put(made, "结转", "当月没用完的流量结转到次月。")
    await put(made, "补卡", "补办手机卡需要身份证，工本费十元。")
    await put(made, "宽带", "宽带移机需要预约师傅上门。")
    await put(made, "fees", "A late payment costs two dollars.")
    return made


@pytest.fixture
def base(store: MemoryTransactions, tmp_path: Path) -> Retriever:
    return Retriever(store, TextIndex(tmp_path / "i.db", LEXICON))


@pytest.mark.parametrize(
    ("asked", "found"),
    [("bought", "purchases"), ("Kids", "minors"), ("recognised", "unknown"), ("can't", "limits")],
)
async def test_english_forms_that_no_rule_finds_are_read_as_one(
    tmp_path: Path, asked: str, found: str
) -> None:
    """Without the lexicon: only the forms of words can bring them together."""
    made = MemoryTransactions()
    await put(made, "purchases", "Buy two of them.")
    await put(made, "minors", "One child for each seat.")
    await put(made, "unknown", "Payments we recognize.")
    await put(made, "limits", "More than this we could not give.")
    base = Retriever(made, TextIndex(tmp_path / "i.db", Lexicon()))
    assert await first(base, asked) == found


def test_two_meanings_in_one_sentence_are_nearer_than_the_same_two_apart() -> None:
    apart = "tell us of a snatched bag.\nyour plastic opens it."
    together = "tell us of a snatched plastic.\nyour bag opens it."
    passages = [PassageReading("", text, LEXICON) for text in (apart, together)]
    corpus = Corpus(2, 10, 0, {}, {})
    ranking = Ranking(read("a thief has my debit card", LEXICON), corpus)
    far, near = (found["pair_line"] for found in ranking.findings(passages))
    assert far < near


async def test_traditional_full_width_and_inflected_words_are_found(base: Retriever) -> None:
    assert await first(base, "流量結轉") == "结转"
    assert await first(base, "ＬＡＴＥ ｐａｙｍｅｎｔｓ") == "fees"
    assert await first(base, "paying late") == "fees"


async def test_a_slip_of_the_pinyin_keyboard_is_put_right(base: Retriever) -> None:
    assert await first(base, "宽代怎么迁") == "宽带"


async def test_words_of_the_lexicon_stand_for_each_other(
    store: MemoryTransactions, tmp_path: Path
) -> None:
    index = TextIndex(tmp_path / "l.db", Lexicon({"移机": ["迁址"]}, "1"))
    base = Retriever(store, index)
    assert await first(base, "挪窝") == ""
    words = Lexicon({"移机": ["移机", "挪窝"]}, "2")
    # Other words make another index of the same file.
    assert await first(Retriever(store, TextIndex(tmp_path / "l.db", words)), "挪窝") == "宽带"


async def test_what_the_dialogue_is_about_comes_first(
    store: MemoryTransactions, base: Retriever
) -> None:
    await put(store, "甲", "退费三天到账。", topics=["fee"])
    await put(store, "乙", "退费三天到账。", topics=["card"])
    assert await first(base, "退费几天到账", topics=("card",)) == "乙"
    assert await first(base, "退费几天到账", topics=("fee",)) == "甲"


async def test_two_searchers_of_one_file_both_see_an_edit(
    store: MemoryTransactions, tmp_path: Path
) -> None:
    one = Retriever(store, TextIndex(tmp_path / "i.db", LEXICON))
    other = Retriever(store, TextIndex(tmp_path / "i.db", LEXICON))
    assert await first(one, "师傅上门") == await first(other, "师傅上门") == "宽带"
    await put(store, "宽带", "光猫指示灯闪红请先重启。")
    assert await first(one, "光猫闪红") == await first(other, "光猫闪红") == "宽带"
    assert await first(other, "预约") == ""


async def test_a_broken_file_and_one_of_another_database_are_begun_anew(
    store: MemoryTransactions, tmp_path: Path
) -> None:
    path = tmp_path / "i.db"
    path.write_bytes(b"this is no database at all" * 50)
    assert await first(Retriever(store, TextIndex(path, LEXICON)), "师傅上门") == "宽带"
    other = MemoryTransactions()
    await put(other, "别处", "别处的一篇文章。")
    assert await first(Retriever(other, TextIndex(path, LEXICON)), "师傅上门") == ""
    assert await first(Retriever(other, TextIndex(path, LEXICON)), "文章") == "别处"


async def test_an_index_holds_no_more_than_the_database(
    store: MemoryTransactions, base: Retriever, tmp_path: Path
) -> None:
    await base.catch_up()
    for name in ("结转", "补卡", "宽带", "fees"):
        key = DocumentKey("", "main", name)
        await store.write(lambda unit, key=key: unit.knowledge.remove(key, now=NOON))  # type: ignore[misc]
    await base.catch_up()
    with sqlite3.connect(tmp_path / "i.db") as db:
        assert db.execute("SELECT count(*) FROM passages").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM spread").fetchone() == (0,)
        assert db.execute("SELECT passages, body, title FROM scopes").fetchone() == (0, 0, 0)


async def test_strange_questions_find_something_or_nothing_but_do_not_fail(
    base: Retriever,
) -> None:
    for words in (
        '"',
        "AND OR NOT",
        "流量*",
        "NEAR(流量, 2)",
        "😀",
        "a" * 5000,
        "𠀀",
        "col:x",
        "'",
    ):
        await base.search(Question(words, Reader()))


def test_fusing_takes_what_both_place_high() -> None:
    assert [id_ for id_, _ in fused([[(1, 9.0), (2, 8.0)], [(2, 0.9), (3, 0.8)]])] == [2, 1, 3]
    assert figures([1, 3, None, 20]).hit_10 == 0.5


def test_a_gain_must_be_more_than_chance_and_rest_on_enough_questions() -> None:
    worse: list[int | None] = [2] * 40
    assert is_gain(worse, [1] * 40)
    assert not is_gain(worse[:20], [1] * 20)
    assert not is_gain([1] * 40, worse)
    assert not is_gain(worse, [1] * 12 + [3] * 10 + [2] * 18)

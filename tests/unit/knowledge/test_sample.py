"""The shipped articles: enough of them, whole, with the company's own values, and cited right."""

from datetime import date
from pathlib import Path

import pytest

from core.content.library import company_values, open_library
from core.domain.knowledge import DEFAULT_COLLECTION, DocumentKey, Passage, Question, Reader
from core.errors import NotFound
from knowledge.memory import MemoryKnowledgeBase
from knowledge.sample import LayeredKnowledgeBase, sample_articles, sample_passages

ARTICLES = sample_articles(company_values())
PASSAGES = sample_passages(company_values())


def test_there_are_enough_articles_and_each_is_one() -> None:
    assert sum(article.language == "zh" for article in ARTICLES) >= 150
    assert sum(article.language == "en" for article in ARTICLES) >= 30
    assert len({article.id for article in ARTICLES}) == len(ARTICLES)
    for article in ARTICLES:
        assert article.aliases, article.id
        assert article.topics, article.id
        assert "{policy" not in article.text, article.id
        assert len(article.text) > 60, article.id


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_case_cites_articles_that_are_there(language: str) -> None:
    known = {article.id for article in ARTICLES if article.language == language}
    for case in open_library().scenarios(language):
        assert case.knowledge_refs, case.id
        assert set(case.knowledge_refs) <= known, case.id


def test_a_value_of_the_company_stands_in_the_articles(tmp_path: Path) -> None:
    folder = tmp_path / "zh"
    folder.mkdir()
    (folder / "policy.yaml").write_text("language: zh\nvalues: {price_protect_days: 20}\n")
    articles = sample_articles(company_values(tmp_path))
    text = next(one.text for one in articles if one.id == "price-protection")
    assert "签收后20天" in text
    assert "签收后15天" not in text


async def test_what_is_over_is_not_found_any_more() -> None:
    base = MemoryKnowledgeBase(PASSAGES)
    asked = Question("双十一价保延长到几天", Reader(), day=date(2026, 3, 2))
    names = [hit.passage.document.name for hit in await base.search(asked)]
    assert "double-eleven-2025" not in names
    assert "price-protection" in names


async def test_own_articles_come_first_and_keep_their_ids() -> None:
    own = Passage(
        id=7,
        document=DocumentKey("", DEFAULT_COLLECTION, "price"),
        title="本公司价保",
        text="价保期为签收后三十天。",
        source="price.md",
        version="1",
    )
    base = LayeredKnowledgeBase(MemoryKnowledgeBase([own]), MemoryKnowledgeBase(PASSAGES))
    hits = await base.search(Question("价保期多少天", Reader(), limit=3))
    assert hits[0].passage == own
    assert len(hits) == 3
    assert (await base.passage(7, reader=Reader())) == own
    assert (await base.passage(-1, reader=Reader())).id == -1
    with pytest.raises(NotFound):
        await base.passage(8, reader=Reader())

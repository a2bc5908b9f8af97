"""Text search among many articles: `python -m tests.bench.knowledge [ARTICLES] [--lang zh|en]`
(10,000, zh).

The articles are sentences of the shipped samples, drawn four at a time, each with a number of its
own, so words are as frequent as there and near-duplicates are many; real articles differ more. A
question is a stretch of one sentence. All goes through the command's own parts, on SQLite.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time

from core.content.library import company_values
from core.domain.knowledge import DEFAULT_COLLECTION, Question, Reader
from core.storage.unit_of_work import open_transactions
from knowledge.sample import sample_passages
from ops.knowledge import Knowledge, open_knowledge
from ops.migrations import migrate
from ops.settings import Settings

ARTICLES = 10_000
QUESTIONS = 300
WARMING = 20


STRETCH = {"zh": 12, "en": 40}
"""Characters of a question."""

STOPS = {"zh": "。", "en": ". "}


def sentences(language: str) -> list[str]:
    """Those of the shipped articles in the language."""
    found = [
        s
        for one in sample_passages(company_values())
        if language in one.topics
        for s in one.text.replace("\n", "").split(STOPS[language])
    ]
    return [one for one in found if len(one) > 8]


def corpus(path: Path, count: int, words: list[str], draw: random.Random, stop: str) -> None:
    """A file of articles as `peilian knowledge ingest` takes it."""
    with path.open("w", encoding="utf-8") as target:
        for number in range(count):
            text = f"第{number}号。" + stop.join(draw.sample(words, 4)) + stop
            row = {"doc": f"d{number}", "title": draw.choice(words)[:12], "text": text}
            target.write(json.dumps(row, ensure_ascii=False) + "\n")


async def asked(knowledge: Knowledge, words: list[str], draw: random.Random, size: int) -> None:
    """Print what a question takes: time on the clock, and of the processor."""
    took: list[float] = []
    cpu: list[float] = []
    for number in range(WARMING + QUESTIONS):
        one = draw.choice(words)
        at = draw.randrange(max(1, len(one) - size))
        began, spent = perf_counter(), process_time()
        await knowledge.base.search(Question(one[at : at + size], Reader()))
        if number >= WARMING:
            took.append(1000 * (perf_counter() - began))
            cpu.append(1000 * (process_time() - spent))
    for name, found in (("clock", took), ("CPU", cpu)):
        print(
            f"search, {name}: p50 {median(found):.1f} ms, p95 {quantiles(found, n=20)[-1]:.1f} ms"
        )


async def measure(folder: Path, count: int, language: str) -> None:
    """Take articles in, then ask."""
    draw, words = random.Random(1), sentences(language)
    path = folder / "corpus.jsonl"
    corpus(path, count, words, draw, STOPS[language])
    settings = Settings(data_dir=folder)
    transactions = open_transactions(settings.database_url, data_dir=folder)
    knowledge = open_knowledge(settings, transactions, transactions.clock)
    try:
        began = perf_counter()
        tally = await knowledge.admin.take_in([path], team="", collection=DEFAULT_COLLECTION)
        kept = perf_counter()
        await knowledge.base.catch_up()
        done = perf_counter()
        print(
            f"{count} articles, {tally.passages} passages, {tally.passages / (done - began):.0f}/s"
        )
        print(f"kept in {kept - began:.1f} s, indexed in {done - kept:.1f} s")
        await asked(knowledge, words, draw, STRETCH[language])
    finally:
        await knowledge.base.close()
        await transactions.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("articles", nargs="?", type=int, default=ARTICLES)
    parser.add_argument("--lang", choices=sorted(STRETCH), default="zh")
    given = parser.parse_args(sys.argv[1:])
    with tempfile.TemporaryDirectory() as made:
        migrate(data_dir=Path(made))
        asyncio.run(measure(Path(made), given.articles, given.lang))

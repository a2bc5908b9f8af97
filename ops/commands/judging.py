"""What judges, and what is fitted for it."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from core.catalogue import say
from ops.commands.common import EXIT_FAULTS, chosen_settings, complain, migrate_database


def judge(arguments: argparse.Namespace) -> int:
    """Judge recorded talks."""
    from core.content.library import open_library
    from core.domain.rubric import CriticalKind
    from core.services.file_claims import FileClaims
    from ops.file_articles import has_database, open_articles
    from ops.judge_files import FileJudge, Tally
    from ops.judge_model import judge_with_model
    from ops.reading import line_reader

    settings = chosen_settings()
    content = open_library(*settings.packs)
    rubric = content.rubric
    if arguments.sheet is not None:
        from ops.qa_sheet import open_sheet

        rubric = replace(rubric, sheet=open_sheet(arguments.sheet, language=settings.language))
    if settings.judge_url or has_database(settings):
        migrate_database(settings)
    reader = line_reader()

    async def work() -> Tally:
        async with open_articles(settings) as articles:
            claims = FileClaims(articles.help, reader, datetime.now(UTC).date())
            judge = FileJudge(reader, content, settings.language, complain, rubric, claims=claims)
            if arguments.sheet is None:
                judge = replace(judge, rubric=await articles.rubric(rubric))
            if settings.judge_url:
                return await judge_with_model(settings, judge, arguments.source, arguments.target)
            return await judge.work(arguments.source, arguments.target)

    tally = asyncio.run(work())
    if tally.against:
        complain(say(settings.language, "judge.against", count=tally.against))
    if tally.judged:
        shares = {kind.value: f"{tally.accuracy(kind):.1f}" for kind in CriticalKind}
        complain(say(settings.language, "judge.accuracy", **shares))
    counts = {"judged": tally.judged, "faults": tally.faults, "path": arguments.target}
    complain(say(settings.language, "judge.done", **counts))
    return EXIT_FAULTS if tally.faults else 0


def sheet(arguments: argparse.Namespace) -> int:
    """Take a company's QA sheet into a file of a content pack."""
    from ops.qa_sheet import take_in

    language = chosen_settings().language
    source, target = arguments.source, arguments.target
    found = take_in(source, target, language=language, page=arguments.page)
    items = found.sheet.items
    facts = {"items": len(items), "people": sum(not item.checks for item in items), "path": target}
    if found.left_out:
        complain(say(language, "sheet.left_out", rows="；".join(found.left_out)))
    complain(say(language, "sheet.done", **facts))
    return 0


def knowledge_check(arguments: argparse.Namespace) -> int:
    """Check claims against the articles."""
    from core.content.library import open_library
    from ops.claim_files import ClaimTally, check_claims
    from ops.file_articles import has_database, open_articles

    settings = chosen_settings()
    content = open_library(*settings.packs)
    if has_database(settings):
        migrate_database(settings)

    async def work() -> ClaimTally:
        async with open_articles(settings) as articles:
            return await check_claims(
                arguments.claims,
                arguments.target,
                knows=await articles.help(),
                content=content,
                collection=arguments.collection,
            )

    tally = asyncio.run(work())
    for fault in tally.faults:
        why = say(settings.language, f"transcript.{fault.reason}")
        complain(f"{arguments.claims}:{fault.line}: {why}")
    counts = {"checked": tally.checked, "faults": len(tally.faults), "path": arguments.target}
    complain(say(settings.language, "knowledge.checked", **counts, **tally.found))
    return EXIT_FAULTS if tally.faults else 0


def satisfaction_fit(arguments: argparse.Namespace) -> int:
    """Fit the statistical judge to labelled talks."""
    from ops.satisfaction import SatisfactionDesk

    language = chosen_settings().language
    tally = SatisfactionDesk(language, complain).fit(arguments.source, arguments.target)
    counts = {"talks": tally.judged, "faults": tally.faults, "path": arguments.target}
    complain(say(language, "satisfaction.fitted", **counts))
    return EXIT_FAULTS if tally.faults else 0


def satisfaction_predict(arguments: argparse.Namespace) -> int:
    """What the statistical judge says of talks."""
    from core.learned.satisfaction_features import View
    from ops.satisfaction import SatisfactionDesk

    language = chosen_settings().language
    desk = SatisfactionDesk(language, complain)
    tally = desk.predict(
        arguments.source,
        arguments.target,
        view=View(arguments.view),
        model_path=arguments.model,
    )
    counts = {"judged": tally.judged, "faults": tally.faults, "path": arguments.target}
    complain(say(language, "judge.done", **counts))
    return EXIT_FAULTS if tally.faults else 0

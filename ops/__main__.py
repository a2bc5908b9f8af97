"""`peilian`: the sub-commands. Words are in the language that is set.

What only some of them need is imported where it is used: the whole house takes a second.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.catalogue import say
from core.errors import ContentError, PeilianError, SettingsError
from ops.logs import set_up_logging
from ops.options import EXIT_USAGE, Run, make_parser
from ops.settings import (
    Role,
    Settings,
    check_role,
    read_settings,
    set_language,
    unknown_settings,
)

if TYPE_CHECKING:
    from ops.people import PeopleDesk
    from ops.personal import PersonalDesk

EXIT_FAULTS = 1
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command: 0 when all went well, 1 when something is wrong with the input or a
    part does not answer, 2 for wrong options or settings, 130 after Ctrl-C."""
    language = set_language()
    arguments = make_parser(language, _RUNS).parse_args(argv)
    # In a terminal a line per model call would stand between the customer's own.
    set_up_logging(level=logging.INFO if arguments.run is _serve else logging.WARNING)
    return work(arguments, language=language)


def work(arguments: argparse.Namespace, *, language: str) -> int:
    """Run what was asked for, and word what went wrong; see `main` for the numbers."""
    run: Run = arguments.run
    try:
        return run(arguments)
    except SettingsError as error:
        _complain(*error.faults)
        return EXIT_USAGE
    except ContentError as error:
        from ops.faults import line

        _complain(*(line(language, fault) for fault in error.faults))
    except OSError as error:
        _complain(say(language, "cli.file", path=error.filename or "", why=error.strerror or error))
    except PeilianError as error:
        _complain(say(language, "cli.trouble", error=type(error).__name__, detail=error))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return EXIT_FAULTS


def _serve(arguments: argparse.Namespace) -> int:
    from ops.serve import serve
    from ops.wiring import build

    settings = _settings(host=arguments.host, port=arguments.port, style=arguments.style)
    role = Role(arguments.role)
    check_role(settings, role)
    _migrate_database(settings)
    house = build(settings)
    _leave_in_peace()
    asyncio.run(serve(house, role=role, announce=_announce))
    return 0


def _leave_in_peace() -> None:
    """Content, patterns and libraries stay as long as the process: garbage is not looked for among
    them, and less often, which saves about an eighth of the CPU time of a message."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _announce(address: str, links: Sequence[tuple[str, str]]) -> None:
    print(f"Peilian 陪练: {address}")
    for name, link in links:
        print(f"  {name}: {link}")
    sys.stdout.flush()


def _practice(arguments: argparse.Namespace) -> int:
    from ops.practice import Wish, practise_here
    from ops.wiring import build

    settings = _settings(language=arguments.lang, style=arguments.style)
    wish = Wish(
        scenario=arguments.scenario or "",
        persona=arguments.persona or "",
        emotion=arguments.emotion or "",
        seed=arguments.seed,
    )
    _migrate_database(settings)
    asyncio.run(practise_here(build(settings), wish))
    return 0


def _judge(arguments: argparse.Namespace) -> int:
    from core.content.library import open_library
    from core.domain.rubric import CriticalKind
    from core.services.file_claims import FileClaims
    from ops.file_articles import has_database, open_articles
    from ops.judge_files import FileJudge, Tally
    from ops.judge_model import judge_with_model
    from ops.reading import line_reader

    settings = _settings()
    packs = [settings.content_dir] if settings.content_dir else []
    content = open_library(*packs)
    rubric = content.rubric
    if arguments.sheet is not None:
        from ops.qa_sheet import open_sheet

        rubric = replace(rubric, sheet=open_sheet(arguments.sheet, language=settings.language))
    if settings.judge_url or has_database(settings):
        _migrate_database(settings)
    reader = line_reader()

    async def work() -> Tally:
        async with open_articles(settings) as articles:
            claims = FileClaims(articles.help, reader, datetime.now(UTC).date())
            judge = FileJudge(reader, content, settings.language, _complain, rubric, claims=claims)
            if arguments.sheet is None:
                judge = replace(judge, rubric=await articles.rubric(rubric))
            if settings.judge_url:
                return await judge_with_model(settings, judge, arguments.source, arguments.target)
            return await judge.work(arguments.source, arguments.target)

    tally = asyncio.run(work())
    if tally.against:
        _complain(say(settings.language, "judge.against", count=tally.against))
    shares = {kind.value: f"{tally.accuracy(kind):.1f}" for kind in CriticalKind}
    _complain(say(settings.language, "judge.accuracy", **shares))
    counts = {"judged": tally.judged, "faults": tally.faults, "path": arguments.target}
    _complain(say(settings.language, "judge.done", **counts))
    return EXIT_FAULTS if tally.faults else 0


def _knowledge_check(arguments: argparse.Namespace) -> int:
    from core.content.library import open_library
    from ops.claim_files import check_claims
    from ops.wiring import knowledge_help, open_judge_model

    settings = _settings()
    packs = [settings.content_dir] if settings.content_dir else []
    knows = knowledge_help(settings, open_judge_model(settings))
    work = check_claims(
        arguments.claims,
        arguments.target,
        knows=knows,
        content=open_library(*packs),
        collection=arguments.collection,
    )
    tally = asyncio.run(work)
    for fault in tally.faults:
        why = say(settings.language, f"transcript.{fault.reason}")
        _complain(f"{arguments.claims}:{fault.line}: {why}")
    counts = {"checked": tally.checked, "faults": len(tally.faults), "path": arguments.target}
    _complain(say(settings.language, "knowledge.checked", **counts, **tally.found))
    return EXIT_FAULTS if tally.faults else 0


def _sheet(arguments: argparse.Namespace) -> int:
    from ops.qa_sheet import take_in

    language = _settings().language
    sheet = take_in(arguments.source, arguments.target, language=language)
    open_items = sum(not item.checks for item in sheet.items)
    facts = {"items": len(sheet.items), "people": open_items, "path": arguments.target}
    _complain(say(language, "sheet.done", **facts))
    return 0


def _simulate(arguments: argparse.Namespace) -> int:
    from ops.study.command import simulate

    for line in simulate(arguments, _settings(style=arguments.style)):
        print(line)
    return 0


def _style_fit(arguments: argparse.Namespace) -> int:
    from ops.style import fit_style

    for line in fit_style(arguments.source, arguments.target, language=arguments.lang):
        print(line)
    return 0


def _satisfaction_fit(arguments: argparse.Namespace) -> int:
    from ops.satisfaction import SatisfactionDesk

    language = _settings().language
    tally = SatisfactionDesk(language, _complain).fit(arguments.source, arguments.target)
    counts = {"talks": tally.judged, "faults": tally.faults, "path": arguments.target}
    _complain(say(language, "satisfaction.fitted", **counts))
    return EXIT_FAULTS if tally.faults else 0


def _satisfaction_predict(arguments: argparse.Namespace) -> int:
    from core.learned.satisfaction_features import View
    from ops.satisfaction import SatisfactionDesk

    language = _settings().language
    desk = SatisfactionDesk(language, _complain)
    tally = desk.predict(
        arguments.source,
        arguments.target,
        view=View(arguments.view),
        model_path=arguments.model,
    )
    counts = {"judged": tally.judged, "faults": tally.faults, "path": arguments.target}
    _complain(say(language, "judge.done", **counts))
    return EXIT_FAULTS if tally.faults else 0


def _plan(arguments: argparse.Namespace) -> int:
    from bots.groups_report import group_lines
    from ops.plans import Source

    settings = _settings()
    _migrate_database(settings)
    source = Source(
        database_url=settings.database_url,
        data_dir=settings.data_dir,
        packs=(settings.content_dir,) if settings.content_dir else (),
        timezone=settings.timezone,
        language=settings.language,
    )

    async def work() -> None:
        run = source.open(print)
        try:
            if arguments.refit:
                _complain(*group_lines(settings.language, await run.refit(now=datetime.now(UTC))))
            now = datetime.now(UTC)
            count = await run.make(arguments.date, arguments.out, now=now, beside=source)
        finally:
            await run.transactions.close()
        _complain(say(settings.language, "plan.done", count=count))

    asyncio.run(work())
    return 0


def _ability_replay(arguments: argparse.Namespace) -> int:
    from ops.ability import Replay

    language = _settings().language
    tally = Replay(language, _complain).run(
        arguments.source, arguments.target, after=arguments.after, folds=arguments.folds
    )
    counts = {"people": tally.judged, "faults": tally.faults, "path": arguments.target}
    _complain(say(language, "response_log.done", **counts))
    return EXIT_FAULTS if tally.faults else 0


def _people_import(arguments: argparse.Namespace) -> int:
    from ops.spreadsheet import list_bytes

    data = list_bytes(arguments.file, language=set_language())
    return _with_people(
        arguments,
        lambda desk: desk.take_in(
            data,
            source=arguments.file,
            dry_run=arguments.dry_run,
            out=arguments.out,
            now=datetime.now(UTC),
        ),
    )


def _people_code(arguments: argparse.Namespace) -> int:
    return _with_people(
        arguments,
        lambda desk: desk.new_passes(arguments.ids, out=arguments.out, now=datetime.now(UTC)),
    )


def _people_sync(arguments: argparse.Namespace) -> int:
    from ops.people_sync import told
    from ops.wecom import directory_sync

    settings = _settings()
    _migrate_database(settings)

    async def work() -> bool:
        async with directory_sync(settings) as desk:
            found = await desk.take_in(let_go=arguments.let_go, dry_run=arguments.dry_run)
        return told(found, settings.language, dry_run=arguments.dry_run, tell=_show)

    return 0 if asyncio.run(work()) else EXIT_FAULTS


def _with_people(
    arguments: argparse.Namespace, use: Callable[[PeopleDesk], Awaitable[bool]]
) -> int:
    from core.storage.unit_of_work import open_transactions
    from ops.people import PeopleDesk

    settings = _settings()
    _migrate_database(settings)
    address = arguments.address or f"http://{settings.host}:{settings.port}"

    async def work() -> bool:
        transactions = open_transactions(settings.database_url, data_dir=settings.data_dir)
        try:
            return await use(PeopleDesk(transactions, settings.language, address, print))
        finally:
            await transactions.close()

    return 0 if asyncio.run(work()) else EXIT_FAULTS


def _export(arguments: argparse.Namespace) -> int:
    out = arguments.out or Path(f"{arguments.person}.zip")
    return _with_personal_data(lambda desk: desk.export(arguments.person, out))


def _erase(arguments: argparse.Namespace) -> int:
    return _with_personal_data(lambda desk: desk.erase(arguments.person, confirmed=arguments.yes))


def _with_personal_data(use: Callable[[PersonalDesk], Awaitable[bool]]) -> int:
    from core.storage.personal_data import SqlPersonalData
    from core.storage.unit_of_work import open_transactions
    from ops.personal import PersonalDesk

    settings = _settings()
    _migrate_database(settings)

    async def work() -> bool:
        transactions = open_transactions(settings.database_url, data_dir=settings.data_dir)
        try:
            store = SqlPersonalData(transactions)
            return await use(PersonalDesk(store, settings.language, print))
        finally:
            await transactions.close()

    return 0 if asyncio.run(work()) else EXIT_FAULTS


def _wechat_menu(arguments: argparse.Namespace) -> int:
    from ops.wechat_desk import with_desk

    settings = _settings()
    return (
        0 if with_desk(settings, arguments.account, lambda desk: desk.set_menu()) else EXIT_FAULTS
    )


def _wechat_qr(arguments: argparse.Namespace) -> int:
    from ops.wechat_desk import with_desk

    settings, now = _settings(), datetime.now(UTC)
    _migrate_database(settings)
    made = with_desk(
        settings, arguments.account, lambda desk: desk.qr_codes(arguments.ids, now=now)
    )
    return 0 if made else EXIT_FAULTS


def _exam(arguments: argparse.Namespace) -> int:
    from zoneinfo import ZoneInfo

    from bots.planning import PlanDesk
    from core.content.library import open_library
    from core.storage.unit_of_work import open_transactions
    from ops.exams import ExamDesk

    settings = _settings()
    _migrate_database(settings)
    packs = [settings.content_dir] if settings.content_dir else []
    plans = PlanDesk(open_library(*packs), ZoneInfo(settings.timezone))

    async def work() -> bool:
        transactions = open_transactions(settings.database_url, data_dir=settings.data_dir)
        desk = ExamDesk(transactions, plans, settings.language, settings.training_only, print)
        try:
            return await desk.show(arguments.id, arguments.out, now=datetime.now(UTC))
        finally:
            await transactions.close()

    return 0 if asyncio.run(work()) else EXIT_FAULTS


def _roster_import(arguments: argparse.Namespace) -> int:
    from ops.company import import_roster

    settings = _settings()
    _migrate_database(settings)
    return 0 if import_roster(arguments, settings, _show) else EXIT_FAULTS


def _kpi_import(arguments: argparse.Namespace) -> int:
    from ops.company import import_results

    settings = _settings()
    _migrate_database(settings)
    return 0 if import_results(arguments, settings, _show) else EXIT_FAULTS


def _kpi_template(arguments: argparse.Namespace) -> int:
    from ops.company import results_template

    _show(results_template(_settings()))
    return 0


def _digest(arguments: argparse.Namespace) -> int:
    from ops.company import digest

    settings = _settings()
    _migrate_database(settings)
    digest(arguments.date, settings, _show)
    return 0


def _content_check(arguments: argparse.Namespace) -> int:
    from core.content.check import check
    from ops.faults import line

    faults = check(arguments.path)
    language = set_language()
    for fault in faults:
        print(line(language, fault))
    codes = dict.fromkeys(fault.code for fault in faults)
    for code in codes:
        advice = say(language, f"pack_fault.how.{code}")
        _complain(say(language, "pack_fault.line", code=code, advice=advice))
    return EXIT_FAULTS if faults else 0


def _content_new(arguments: argparse.Namespace) -> int:
    from bots.console.terminal import EditedLines, Lines
    from ops.authoring import Author, StandardLines
    from ops.wiring import open_customer_model

    settings = _settings(language=arguments.lang)

    async def work() -> bool:
        model = open_customer_model(settings)
        live = sys.stdin.isatty() and sys.stdout.isatty()
        prompt = say(settings.language, "authoring.prompt")
        lines: Lines = EditedLines(prompt) if live else StandardLines()
        out = arguments.out or settings.content_dir or settings.data_dir / "content"
        author = Author(out, settings.language, lines, _show, yes=arguments.yes, model=model)
        try:
            return await author.work(arguments.source)
        finally:
            if model is not None:
                await model.close()

    return 0 if asyncio.run(work()) else EXIT_FAULTS


def _show(sentence: str) -> None:
    print(sentence, flush=True)


def _knowledge(arguments: argparse.Namespace) -> int:
    from ops.knowledge import run

    settings = _settings()
    _migrate_database(settings)
    return 0 if run(arguments, settings, _show) else EXIT_FAULTS


def _migrate(arguments: argparse.Namespace) -> int:
    _migrate_database(_settings())
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from ops.doctor import Doctor

    doctor = Doctor(_settings())
    findings = asyncio.run(doctor.examine())
    for finding in findings:
        print(doctor.worded(finding))
    return EXIT_FAULTS if any(not finding.well for finding in findings) else 0


def _settings(**given: object) -> Settings:
    settings = read_settings(**{name: value for name, value in given.items() if value is not None})
    _complain(*unknown_settings(settings.language))
    return settings


def _migrate_database(settings: Settings) -> None:
    from ops.migrations import migrate

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url, data_dir=settings.data_dir)


def _complain(*sentences: str) -> None:
    for sentence in sentences:
        print(sentence, file=sys.stderr, flush=True)


_RUNS: dict[str, Run] = {
    "serve": _serve,
    "practice": _practice,
    "judge": _judge,
    "sheet": _sheet,
    "knowledge check": _knowledge_check,
    "simulate": _simulate,
    "style fit": _style_fit,
    "satisfaction fit": _satisfaction_fit,
    "satisfaction predict": _satisfaction_predict,
    "plan": _plan,
    "ability replay": _ability_replay,
    "people import": _people_import,
    "people code": _people_code,
    "export": _export,
    "erase": _erase,
    "people sync": _people_sync,
    "wechat menu": _wechat_menu,
    "wechat qr": _wechat_qr,
    "exam": _exam,
    "roster import": _roster_import,
    "kpi import": _kpi_import,
    "kpi template": _kpi_template,
    "digest": _digest,
    "content check": _content_check,
    "content new": _content_new,
    "knowledge": _knowledge,
    "migrate": _migrate,
    "doctor": _doctor,
}


if __name__ == "__main__":
    sys.exit(main())

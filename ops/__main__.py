"""`peilian`: the sub-commands."""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from core.content.check import check
from core.customer.line_reader import PatternLineReader
from core.errors import ContentError, PeilianError, SettingsError, TranscriptError
from core.services.judging import judge
from core.services.transcripts import read_lines, scorecard_json
from ops.logs import set_up_logging
from ops.migrations import migrate
from ops.settings import Role, Settings, check_role, read_settings
from ops.wiring import build

EXIT_FAULTS = 1
EXIT_USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command; 0 when all went well, 1 when something is wrong with the input."""
    arguments = _parser().parse_args(argv)
    set_up_logging()
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except SettingsError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        return EXIT_USAGE
    except ContentError as error:
        for content_fault in error.faults:
            print(content_fault, file=sys.stderr)
        return EXIT_FAULTS
    except PeilianError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return EXIT_FAULTS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="peilian", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve the web page and the channels")
    serve.add_argument("--role", choices=[role.value for role in Role], default=Role.ALL.value)
    serve.add_argument("--host")
    serve.add_argument("--port", type=int)
    serve.set_defaults(run=_serve)

    practice = commands.add_parser("practice", help="practise in the terminal")
    practice.add_argument("--scenario", default="")
    practice.add_argument("--persona", default="")
    practice.add_argument("--emotion", default="")
    practice.add_argument("--seed", type=int)
    practice.add_argument("--lang", choices=["zh", "en"])
    practice.set_defaults(run=_practice)

    judging = commands.add_parser("judge", help="score transcripts")
    judging.add_argument("--in", dest="source", required=True, type=Path)
    judging.add_argument("--out", dest="target", required=True, type=Path)
    judging.set_defaults(run=_judge)

    content = commands.add_parser("content", help="content packs")
    parts = content.add_subparsers(required=True, metavar="PART")
    checking = parts.add_parser("check", help="name every fault of a pack with file and line")
    checking.add_argument("path", type=Path)
    checking.set_defaults(run=_content_check)

    commands.add_parser("migrate", help="bring the database up to date").set_defaults(run=_migrate)
    commands.add_parser("doctor", help="does each part answer?").set_defaults(run=_doctor)
    return parser


def _serve(arguments: argparse.Namespace) -> int:
    from ops.serve import serve

    settings = _settings(host=arguments.host, port=arguments.port)
    role = Role(arguments.role)
    check_role(settings, role)
    _migrate_database(settings)
    asyncio.run(serve(build(settings), role=role, announce=_announce))
    return 0


def _announce(address: str, links: Sequence[tuple[str, str]]) -> None:
    print(f"Peilian 陪练: {address}")
    for name, link in links:
        print(f"  {name}: {link}")
    sys.stdout.flush()


def _practice(arguments: argparse.Namespace) -> int:
    from ops.practice import practise_here

    settings = _settings(language=arguments.lang)
    _migrate_database(settings)
    options = {
        "persona": arguments.persona,
        "emotion": arguments.emotion,
        "seed": "" if arguments.seed is None else str(arguments.seed),
    }
    asyncio.run(practise_here(build(settings), scenario=arguments.scenario, options=options))
    return 0


def _judge(arguments: argparse.Namespace) -> int:
    reader = PatternLineReader()
    faults = 0
    with _open(arguments.source, "rt") as source, _open(arguments.target, "wt") as target:
        for read in read_lines(_lines(source)):
            if isinstance(read, TranscriptError):
                faults += 1
                print(f"{arguments.source}:{read.line}: {read.reason}", file=sys.stderr)
                continue
            card = judge(read, reader=reader)
            target.write(json.dumps(scorecard_json(card), ensure_ascii=False) + "\n")
    return EXIT_FAULTS if faults else 0


def _lines(source: IO[str]) -> Iterator[str]:
    yield from source


def _open(path: Path, mode: str) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, mode, encoding="utf-8")  # type: ignore[return-value]
    return path.open(mode, encoding="utf-8")


def _content_check(arguments: argparse.Namespace) -> int:
    faults = check(arguments.path)
    for fault in faults:
        print(fault)
    return EXIT_FAULTS if faults else 0


def _migrate(arguments: argparse.Namespace) -> int:
    _migrate_database(_settings())
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from ops.doctor import examine

    findings = asyncio.run(examine(_settings()))
    for finding in findings:
        print(finding)
    return EXIT_FAULTS if any(not finding.well for finding in findings) else 0


def _settings(**given: object) -> Settings:
    return read_settings(**{name: value for name, value in given.items() if value is not None})


def _migrate_database(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url, data_dir=settings.data_dir)


if __name__ == "__main__":
    sys.exit(main())

"""`peilian`: the sub-commands. Words are in the language that is set.

What only some of them need is imported where it is used: the whole house takes a second.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sys
from collections.abc import Sequence

from core.catalogue import say
from core.errors import ContentError, PeilianError, SettingsError
from ops.commands import company, judging, training, upkeep
from ops.commands.common import EXIT_FAULTS, chosen_settings, complain, migrate_database
from ops.logs import set_up_logging
from ops.options import EXIT_USAGE, Run, make_parser
from ops.settings import (
    Role,
    check_role,
    set_language,
)

EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command: 0 when all went well, 1 when something is wrong with the input or a
    part does not answer, 2 for wrong options or settings, 130 after Ctrl-C."""
    language = set_language()
    arguments = make_parser(language, RUNS).parse_args(argv)
    # In a terminal a line per model call would stand between the customer's own.
    set_up_logging(level=logging.INFO if arguments.run is _serve else logging.WARNING)
    return work(arguments, language=language)


def work(arguments: argparse.Namespace, *, language: str) -> int:
    """Run what was asked for, and word what went wrong; see `main` for the numbers."""
    run: Run = arguments.run
    try:
        return run(arguments)
    except SettingsError as error:
        complain(*error.faults)
        return EXIT_USAGE
    except ContentError as error:
        from ops.faults import line

        complain(*(line(language, fault) for fault in error.faults))
    except OSError as error:
        complain(say(language, "cli.file", path=error.filename or "", why=error.strerror or error))
    except PeilianError as error:
        complain(say(language, "cli.trouble", error=type(error).__name__, detail=error))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return EXIT_FAULTS


def _serve(arguments: argparse.Namespace) -> int:
    from ops.serve import serve
    from ops.wiring import build

    settings = chosen_settings(host=arguments.host, port=arguments.port, style=arguments.style)
    role = Role(arguments.role)
    check_role(settings, role)
    migrate_database(settings)
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


RUNS: dict[str, Run] = {
    "serve": _serve,
    "practice": training.practice,
    "judge": judging.judge,
    "sheet": judging.sheet,
    "knowledge check": judging.knowledge_check,
    "simulate": training.simulate,
    "style fit": training.style_fit,
    "satisfaction fit": judging.satisfaction_fit,
    "satisfaction predict": judging.satisfaction_predict,
    "plan": training.plan,
    "ability replay": training.ability_replay,
    "people import": company.people_import,
    "people code": company.people_code,
    "export": company.export,
    "erase": company.erase,
    "people sync": company.people_sync,
    "wechat menu": company.wechat_menu,
    "wechat qr": company.wechat_qr,
    "exam": training.exam,
    "roster import": company.roster_import,
    "roster undo": company.roster_undo,
    "kpi import": company.kpi_import,
    "kpi undo": company.kpi_undo,
    "kpi template": company.kpi_template,
    "digest": company.digest,
    "content check": training.content_check,
    "content new": training.content_new,
    "knowledge": upkeep.knowledge,
    "migrate": upkeep.migrate,
    "doctor": upkeep.doctor,
}


if __name__ == "__main__":
    sys.exit(main())

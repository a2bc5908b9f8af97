"""What keeps the product running."""

from __future__ import annotations

import argparse
import asyncio

from ops.commands.common import EXIT_FAULTS, chosen_settings, migrate_database, show


def knowledge(arguments: argparse.Namespace) -> int:
    """Look after the knowledge base."""
    from ops.knowledge import run

    settings = chosen_settings()
    migrate_database(settings)
    return 0 if run(arguments, settings, show) else EXIT_FAULTS


def migrate(arguments: argparse.Namespace) -> int:
    """Bring the database up to date."""
    migrate_database(chosen_settings())
    return 0


def doctor(arguments: argparse.Namespace) -> int:
    """Look at every part and say what is wrong."""
    from ops.doctor import Doctor

    doctor = Doctor(chosen_settings())
    findings = asyncio.run(doctor.examine())
    for finding in findings:
        print(doctor.worded(finding))
    return EXIT_FAULTS if any(not finding.well for finding in findings) else 0

"""Structured logging: event and fields, never a person's words."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up_logging(*, level: int = logging.INFO) -> None:
    """One line per event on standard error; libraries only from warnings upwards."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    for name in ("bots", "core", "ops", "knowledge", "training_plans"):
        logging.getLogger(name).setLevel(level)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # A traceback shows code, never the values of variables.
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )

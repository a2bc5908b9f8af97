"""Structured logging: event and fields, never a person's words, never a secret.

An error's own message may quote what somebody sent, and so may a library's traceback: what is
written of an error is its name and the places it came through, on one line.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Sequence
from types import TracebackType

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

OURS = ("bots", "core", "ops", "knowledge", "training_plans")

_PLACES = 6


def set_up_logging(*, level: int = logging.INFO) -> None:
    """One line per event on standard error; libraries only from warnings upwards."""
    shared: Sequence[Processor] = (
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        error_in_one_line,
    )
    render = structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"])
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    handler.addFilter(_calm)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def error_in_one_line(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replace the error of an event by its name and where it was raised, innermost last."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event.setdefault("error", type(error).__name__)
        event["through"] = " > ".join(_places(error.__traceback__))
    return event


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_PLACES:]
    return [f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}" for frame in frames]


def _calm(record: logging.LogRecord) -> bool:
    """What is no HTTP is the caller's fault, which the server's library calls an error of its own
    and quotes from."""
    error = record.exc_info[1] if record.exc_info else None
    if type(error).__module__.startswith("aiohttp") and record.name == "aiohttp.server":
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = "http request refused", ()
    return True

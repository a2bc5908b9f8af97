"""Faults of content packs in words."""

from __future__ import annotations

from core.catalogue import has, say
from core.content.reasons import Why
from core.errors import ContentFault


def why(language: str, fault: ContentFault) -> str:
    """What is wrong, in `language`; as it was written where no catalogue has words for it."""
    reason = fault.reason
    if isinstance(reason, Why) and has(language, f"pack_fault.why.{reason.form}"):
        words = say(language, f"pack_fault.why.{reason.form}", **reason.facts)
        return f"{words} [{reason.rows}]" if reason.rows else words
    return reason.partition(": ")[2] or reason


def line(language: str, fault: ContentFault) -> str:
    """`file:line: code: what is wrong`."""
    if not isinstance(fault.reason, Why):
        return str(fault)
    return f"{fault.file}:{fault.line}: {fault.code}: {why(language, fault)}"

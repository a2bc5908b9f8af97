"""Parsing in a process of its own, with bounded time and memory.

A broken or hostile PDF can keep its parser busy for hours or fill the machine; here it can only
end its own process. Run as `python -m knowledge.isolated NAME BYTES`: the file on stdin, the
content as JSON on stdout.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import orjson
from pydantic import TypeAdapter

from core.errors import DocumentFault, DocumentRefused
from knowledge.documents import ISOLATED, Content, Kind, check_bytes, kind_of
from knowledge.parsers import parse

TIME_S = 60
MEMORY_BYTES = 2 * 1024**3
MOSTLY = 0.8

SMALL_BYTES = 64 * 1024
"""Text up to this size is read here: no nesting of brackets in it costs more than a second."""

_CONTENT = TypeAdapter(Content)
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


def read_file(
    name: str, data: bytes, *, time_s: float = TIME_S, memory_bytes: int = MEMORY_BYTES
) -> Content:
    """Everything in this file. DocumentRefused when it cannot be read, takes more than `time_s`
    seconds, or more than `memory_bytes` of addresses. Blocks."""
    kind = kind_of(name)
    check_bytes(kind, data)
    if kind is Kind.CORPUS or (kind not in ISOLATED and len(data) <= SMALL_BYTES):
        return parse(name, data)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "knowledge.isolated", name, str(memory_bytes)],
            input=data,
            capture_output=True,
            timeout=time_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DocumentRefused(DocumentFault.TOO_SLOW, f"{time_s:g}") from None
    if done.returncode != 0:
        # Killed for memory, or the interpreter itself gave up.
        raise DocumentRefused(DocumentFault.BROKEN)
    answer = orjson.loads(done.stdout)
    if "fault" in answer:
        raise DocumentRefused(DocumentFault(answer["fault"]), answer["about"])
    return _CONTENT.validate_python(answer)


def main(name: str, memory_bytes: int) -> None:
    """Parse stdin; the answer on stdout is content, or the fault."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    try:
        answer = _CONTENT.dump_json(parse(name, sys.stdin.buffer.read()))
    except DocumentRefused as refused:
        fault, about = refused.fault, refused.about
        if fault is DocumentFault.BROKEN and _has_filled(memory_bytes):
            fault, about = DocumentFault.TOO_LARGE, ""
        if fault is DocumentFault.TOO_LARGE:
            about = about or f"{memory_bytes // 2**20} MiB"
        answer = orjson.dumps({"fault": fault.value, "about": about})
    sys.stdout.buffer.write(answer)


def _has_filled(memory_bytes: int) -> bool:
    """Whether most of the memory was in use once: what broke then, broke for want of it.

    Not by getrusage, whose peak begins with that of the process which started this one.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    peak = _PEAK.search(status)
    return peak is not None and int(peak[1]) * 1024 > MOSTLY * memory_bytes


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

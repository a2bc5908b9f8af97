"""Parsing in a process of its own, with bounded time and memory.

A broken or hostile PDF can keep its parser busy for hours or fill the machine; here it can only
end its own process. Run as `python -m knowledge.isolated NAME`: the file on stdin, the content as
JSON on stdout.
"""

from __future__ import annotations

import resource
import subprocess
import sys

import orjson
from pydantic import TypeAdapter

from core.errors import DocumentFault, DocumentRefused
from knowledge.documents import ISOLATED, Content, check_bytes, kind_of
from knowledge.parsers import parse

TIME_S = 60
MEMORY_BYTES = 2 * 1024**3

_CONTENT = TypeAdapter(Content)


def read_file(name: str, data: bytes, *, time_s: float = TIME_S) -> Content:
    """Everything in this file. DocumentRefused when it cannot be read, takes more than `time_s`
    seconds, or more memory than is good. Blocks."""
    kind = kind_of(name)
    check_bytes(kind, data)
    if kind not in ISOLATED:
        return parse(name, data)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "knowledge.isolated", name],
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


def main(name: str) -> None:
    """Parse stdin; the answer on stdout is content, or the fault."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        answer = _CONTENT.dump_json(parse(name, sys.stdin.buffer.read()))
    except DocumentRefused as refused:
        answer = orjson.dumps({"fault": refused.fault.value, "about": refused.about})
    except MemoryError:
        answer = orjson.dumps({"fault": DocumentFault.TOO_LARGE.value, "about": ""})
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main(sys.argv[1])

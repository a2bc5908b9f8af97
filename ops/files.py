"""Files given on the command line: compressed or not, and written whole or not at all."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def reading(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file; `.gz` is unpacked on the way. Raises OSError."""
    opened: IO[bytes]
    with path.open("rb") as opened:
        if path.suffix != ".gz":
            yield opened
            return
        with gzip.GzipFile(fileobj=opened) as unpacked:
            yield unpacked  # type: ignore[misc]


@contextmanager
def writing(path: Path, *, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """A file that takes its place only once it is complete; `.gz` is packed.

    A path that is there and is no plain file (`/dev/stdout`, a pipe) is written as it goes.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as opened, _packed(path, opened) as target:
            yield target
        return
    part = _part(path)
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, mode), "wb") as opened:
            with _packed(path, opened) as target:
                yield target
            opened.flush()
            os.fsync(opened.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Raise the OSError that `writing` would begin with; whatever is there stays as it is."""
    if not path.exists() or path.is_file():
        part = _part(path)
        part.touch()
        part.unlink()


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


@contextmanager
def _packed(path: Path, opened: IO[bytes]) -> Iterator[IO[bytes]]:
    if path.suffix != ".gz":
        yield opened
        return
    # Without a time in it the same input gives the same file.
    with gzip.GzipFile(filename="", fileobj=opened, mode="wb", mtime=0) as packed:
        yield packed  # type: ignore[misc]

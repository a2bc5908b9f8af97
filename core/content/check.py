"""Every fault of a pack, for its author."""

from __future__ import annotations

from pathlib import Path

from core.content.pack import SHIPPED, pack_files, read_packs
from core.content.policy import FILE_NAME
from core.content.reasons import Why
from core.content.versions import FOLDER, read_former
from core.errors import ContentFault


def check(path: Path) -> list[ContentFault]:
    """All faults of a pack folder or of one of its files, ordered by file and line.

    The pack may name the shipped personas and moods. A reason starts with a stable code
    (`missing`, `unknown_name`, `circle`, ...) and a colon; what follows is for the author.
    """
    place = path.resolve()
    shipped = place.is_relative_to(SHIPPED.resolve())
    # Whether a value is said shows only in the scenarios beside its file.
    read = path.parent if path.name == FILE_NAME else path
    faults = read_packs([SHIPPED] if shipped else [SHIPPED, read], every_row=shipped).faults
    faults.extend(read_former([read]).faults)
    faults.extend(_unread(read))
    mine = [fault for fault in faults if _inside(Path(fault.file), path)]
    return sorted(mine, key=lambda fault: (fault.file, fault.line, fault.reason))


def _inside(file: Path, path: Path) -> bool:
    """Whether the file lies in the pack, even as a link to somewhere else."""
    return file.is_relative_to(path) or file.resolve().is_relative_to(path.resolve())


def _unread(root: Path) -> list[ContentFault]:
    """Files that look like content and stand where nobody reads them."""
    read = {path for path, _ in pack_files(root)}
    return [
        ContentFault(str(path), 1, Why("unread"))
        for path in sorted(root.rglob("*"))
        if path.suffix in (".yaml", ".yml")
        and path not in read
        and FOLDER not in path.relative_to(root).parts
    ]

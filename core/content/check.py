"""Every fault of a pack, for its author."""

from __future__ import annotations

from pathlib import Path

from core.content.pack import SHIPPED, read_packs
from core.content.policy import FILE_NAME
from core.content.versions import read_former
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
    faults = read_packs([SHIPPED] if shipped else [SHIPPED, read]).faults
    faults.extend(read_former([read]).faults)
    mine = [fault for fault in faults if Path(fault.file).resolve().is_relative_to(place)]
    return sorted(mine, key=lambda fault: (fault.file, fault.line, fault.reason))

"""What is written of a group robot in the settings."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

_KEY = re.compile(r"[A-Za-z0-9-]{8,64}")


def robot_key(given: str) -> str:
    """The key of a robot, from its whole address or as it is; ValueError for neither."""
    found = parse_qs(urlsplit(given).query).get("key", [""])[0] if "?" in given else given
    if not _KEY.fullmatch(found):
        raise ValueError("no key of a group robot")
    return found

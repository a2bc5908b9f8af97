"""YAML as plain data, read by libyaml where PyYAML was built with it: same data, sooner."""

from __future__ import annotations

from typing import Any

import yaml

LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_plain(text: str | bytes) -> Any:  # noqa: ANN401  # whatever the file holds
    """Dicts, lists, text, numbers, truth values and None. Raises yaml.YAMLError."""
    loader = LOADER(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()

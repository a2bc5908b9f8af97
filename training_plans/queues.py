"""Which queue suits whom (人才配置): a suggestion with its reasons, never an order.

The shape of a profile counts, not its height: somebody's strongest abilities against what a queue
asks for. Only levels that may be shown take part, and nobody below ten drills is suggested for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from core.domain.ability import Ability
from core.errors import ContentError, ContentFault
from core.plain_yaml import load_plain

SHIPPED = Path(__file__).parent / "data" / "queues.yaml"
FILE_NAME = "queues.yaml"
CLEAR = 0.3
"""Points (of 10) by which a queue must fit better than somebody's mean to be suggested."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue: the first name is Chinese, the last English; weights of the abilities it needs."""

    id: str
    names: tuple[str, ...]
    abilities: Mapping[Ability, float]


@dataclass(frozen=True, slots=True)
class Fit:
    """A queue that suits a person: how far above the own mean (points of 10), and the abilities
    that make it so, the strongest first."""

    queue: Queue
    above: float
    because: tuple[Ability, ...]


def open_queues(*folders: Path) -> Sequence[Queue]:
    """The shipped queues and those of `folders`. ContentError names file and queue."""
    found = _read(SHIPPED)
    for folder in folders:
        path = folder / FILE_NAME
        if path.is_file():
            found |= _read(path)
    return tuple(found.values())


def best_fit(levels: Mapping[Ability, float], queues: Sequence[Queue]) -> Fit | None:
    """The queue that suits a profile best; `levels`: shown levels 0..10. None: none stands out."""
    if len(levels) < len(Ability):
        return None
    mean = sum(levels.values()) / len(levels)
    fits = [_fit(levels, queue, mean) for queue in queues]
    best = max(fits, key=lambda fit: fit.above, default=None)
    return best if best is not None and best.above >= CLEAR else None


def _fit(levels: Mapping[Ability, float], queue: Queue, mean: float) -> Fit:
    weights = queue.abilities
    level = sum(levels[one] * weight for one, weight in weights.items()) / sum(weights.values())
    gains = sorted(weights, key=lambda one: -(levels[one] - mean) * weights[one])
    return Fit(queue, level - mean, tuple(one for one in gains if levels[one] > mean)[:2])


def _read(path: Path) -> dict[str, Queue]:
    try:
        data = load_plain(path.read_text(encoding="utf-8"))
        return {
            str(name): Queue(
                str(name),
                tuple(str(one) for one in entry["names"]),
                {Ability(key): float(weight) for key, weight in entry["abilities"].items()},
            )
            for name, entry in data["queues"].items()
        }
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"each queue has `names` and `abilities` (Q1..A3: weight): {error!r}"
        raise ContentError([ContentFault(str(path), 1, reason)]) from None

"""The talks of each trainee one after another, those of all trainees side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

from core.domain.messages import JsonObject
from core.domain.sieve import LONG, TALKS
from ops.study.files import Rows
from ops.study.grid import Case

CHUNK = 20
"""Talks of one trainee that a process holds before it hands them over."""

Said = Sequence[str]
Hold = Callable[[Sequence[Case], Sequence[Said]], "Future[list[Rows]]"]
"""Holds talks somewhere else, given what the trainee has read before."""


def _no_talks() -> deque[Said]:
    return deque(maxlen=TALKS)


@dataclass(slots=True)
class Lane:
    """One trainee: the talks still to hold, and the long lines read in each of the last ones."""

    cases: deque[Case] = field(default_factory=deque)
    read: deque[Said] = field(default_factory=_no_talks)

    def next(self) -> list[Case]:
        """The next talks; they are no longer to be held."""
        return [self.cases.popleft() for _ in range(min(CHUNK, len(self.cases)))]


def in_order(lanes: Sequence[Lane], hold: Hold) -> Iterator[list[Rows]]:
    """Hold all talks; their rows in the order of the cases, some at a time.

    A lane's next talks start when its last ones are over, whatever the other lanes do.
    """
    due = deque(sorted(case.number for lane in lanes for case in lane.cases))
    busy: dict[Future[list[Rows]], tuple[Lane, list[Case]]] = {}

    def go_on(lane: Lane) -> None:
        if cases := lane.next():
            busy[hold(cases, tuple(lane.read))] = (lane, cases)

    for lane in lanes:
        go_on(lane)
    held: dict[int, Rows] = {}
    while busy:
        for ready in wait(busy, return_when=FIRST_COMPLETED).done:
            lane, cases = busy.pop(ready)
            for case, rows in zip(cases, ready.result(), strict=True):
                held[case.number] = rows
                lane.read.append(said_by_customer(rows.dialogue))
            go_on(lane)
        whole = []
        while due and due[0] in held:
            whole.append(held.pop(due.popleft()))
        if whole:
            yield whole


def said_by_customer(dialogue: JsonObject) -> list[str]:
    """The customer's long lines in the file form of a talk."""
    turns = dialogue["turns"]
    assert isinstance(turns, list), "a dialogue has a list of turns"
    return [
        str(turn["text"])
        for turn in turns
        if isinstance(turn, dict)
        and turn["speaker"] == "customer"
        and len(str(turn["text"])) >= LONG
    ]

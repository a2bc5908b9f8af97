"""Server-sent events, cut and dressed in every way servers do it."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ModelUnavailable
from core.llm.sse import MAX_EVENT_BYTES, SseReader

DRESSED = (
    b"\xef\xbb\xbf: hello\r\n"
    b"data: one\r\n\r\n"
    b"event: message\nid: 7\ndata:two\n\n"
    b"data: thr\ndata:ee\n\n"
    b": keep-alive\n\n"
    b"retry: 10\n\n"
    b"data:  \xe5\xae\xa2\xe6\x9c\x8d\n\n"
    b"data\n"
    b"data: last"
)
EVENTS = [b"one", b"two", b"thr\nee", b" \xe5\xae\xa2\xe6\x9c\x8d", b"last"]


def test_events_come_out_of_one_chunk_in_order() -> None:
    reader = SseReader()

    assert [*reader.feed(DRESSED), *reader.finish()] == EVENTS


@given(st.lists(st.integers(min_value=0, max_value=len(DRESSED)), max_size=40))
def test_where_the_bytes_are_cut_makes_no_difference(places: list[int]) -> None:
    reader = SseReader()
    cuts = [0, *sorted(places), len(DRESSED)]

    events = [event for start, end in pairwise(cuts) for event in reader.feed(DRESSED[start:end])]

    assert [*events, *reader.finish()] == EVENTS


def test_byte_by_byte_gives_the_same() -> None:
    reader = SseReader()

    events = [event for place in DRESSED for event in reader.feed(bytes([place]))]

    assert [*events, *reader.finish()] == EVENTS


def test_comments_alone_are_no_event() -> None:
    reader = SseReader()

    assert reader.feed(b": keep-alive\n\n: keep-alive\n\n") == []
    assert reader.finish() == []


def test_an_event_of_one_mebibyte_is_taken() -> None:
    reader = SseReader()

    events = reader.feed(b"data: " + b"x" * (MAX_EVENT_BYTES - 16) + b"\n\n")

    assert [len(event) for event in events] == [MAX_EVENT_BYTES - 16]


def test_a_larger_line_is_refused_before_it_ends() -> None:
    reader = SseReader()
    reader.feed(b"data: " + b"x" * (MAX_EVENT_BYTES - 16))

    with pytest.raises(ModelUnavailable, match="event too large"):
        reader.feed(b"x" * 32)


def test_many_small_data_lines_of_one_event_are_counted_together() -> None:
    reader = SseReader()
    line = b"data: " + b"x" * 65_530 + b"\n"

    for _ in range(16):
        reader.feed(line)

    with pytest.raises(ModelUnavailable, match="event too large"):
        reader.feed(line)


def test_a_long_line_in_small_pieces_costs_no_square() -> None:
    reader = SseReader()
    started = time.process_time()

    for _ in range(100_000):
        reader.feed(b"xxxxxxxxxx")

    assert time.process_time() - started < 2.0

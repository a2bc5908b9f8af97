"""The database's clock: read now and then, carried on by this machine's steady one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.storage.clock import DatabaseClock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
THEIRS = datetime(2026, 3, 2, 11, 55)  # noqa: DTZ001  # as a database gives it


@dataclass
class Machine:
    """A machine whose wall clock and steady clock are moved by hand."""

    wall: datetime = NOON
    steady_s: float = 1000.0

    def clock(self) -> DatabaseClock:
        return DatabaseClock(wall=lambda: self.wall, steady=lambda: self.steady_s)

    def answer_after(self, seconds: float, theirs: datetime) -> datetime:
        self.steady_s += seconds
        return theirs


def test_before_the_first_reading_it_shows_the_machines_time() -> None:
    clock = Machine().clock()

    assert (clock.now(), clock.is_due()) == (NOON, True)


def test_after_a_reading_it_shows_the_databases_time_and_goes_on() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.read(lambda: THEIRS)
    at_once = clock.now()
    machine.steady_s += 7.5

    assert at_once == datetime(2026, 3, 2, 11, 55, tzinfo=UTC)
    assert clock.now() - at_once == timedelta(seconds=7.5)


def test_half_the_way_there_and_back_is_taken_off() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.read(lambda: machine.answer_after(0.5, THEIRS))

    assert clock.now() == datetime(2026, 3, 2, 11, 55, 0, 250_000, tzinfo=UTC)


def test_a_leap_of_the_machines_wall_clock_changes_nothing() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.read(lambda: THEIRS)
    machine.wall += timedelta(hours=3)

    assert clock.now() == datetime(2026, 3, 2, 11, 55, tzinfo=UTC)


def test_it_is_read_again_after_a_minute() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.read(lambda: THEIRS)
    machine.steady_s += 59
    early = clock.is_due()
    machine.steady_s += 1

    assert (early, clock.is_due()) == (False, True)

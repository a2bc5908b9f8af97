"""What a trainee has read stays known; what they have not hardly ever seems so."""

from __future__ import annotations

from core.domain.sieve import has_read, sieve

READ = [f"第{number}次来问这个事情了" for number in range(600)]


def test_every_long_line_is_found_again_however_it_breathes() -> None:
    kept = sieve(READ)
    assert all(has_read(kept, line) for line in READ)
    assert has_read(kept, "第7次，来问这个事情了")


def test_one_line_in_a_hundred_at_most_is_taken_for_read() -> None:
    kept = sieve(READ)
    others = [f"我等了{number}天还没有消息" for number in range(3000)]
    assert sum(has_read(kept, line) for line in others) <= 30


def test_short_lines_are_everybodys() -> None:
    assert sieve(["好的", "谢谢", "我知道了"]) == ""
    assert not has_read(sieve(READ), "好的")
    assert not has_read("", READ[0])


def test_six_hundred_lines_take_little_room() -> None:
    assert len(sieve(READ)) <= 1300

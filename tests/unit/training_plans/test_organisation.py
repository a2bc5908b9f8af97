"""The company as a tree: gates, means over people, and why somebody is not reached."""

from dataclasses import replace

from core.domain.digest import WhyUnreached
from core.domain.people import Person, Role
from training_plans.organisation import FEWEST, Level, Member, thinned, tree


def members(count: int, *, site: str = "", vendor: str = "", team: str = "t") -> list[Member]:
    return [
        Member(
            Person(f"{site}{vendor}{team}{n}", "x", Role.TRAINEE, team, site=site, vendor=vendor),
            practices=n,
            mean=float(n) if n else None,
            level=5.0 if n >= 3 else None,
        )
        for n in range(count)
    ]


def test_a_node_counts_its_people_and_shows_no_mean_of_a_few() -> None:
    found = tree([*members(6, site="北京", team="a"), *members(3, site="成都", team="b")])
    assert [(one.name, one.people, one.practised, one.practices) for one in found.children] == [
        ("北京", 6, 5, 15),
        ("成都", 3, 2, 3),
    ]
    beijing, chengdu = found.children
    assert beijing.mean is not None
    assert (beijing.mean.value, beijing.mean.people) == (3.0, FEWEST)
    assert round(beijing.mean.error, 3) == 0.707
    # Three people have a level that may be shown: too few for a figure of theirs.
    assert beijing.level is None
    assert chengdu.mean is None
    assert found.mean is not None
    assert found.mean.people == 7


def test_steps_that_say_nothing_are_left_out_and_the_nameless_come_last() -> None:
    plain = thinned(tree([*members(1, team="b"), *members(1, team="a")]))
    assert [(one.level_of, one.name) for one in plain.children] == [
        (Level.TEAM, "a"),
        (Level.TEAM, "b"),
    ]
    mixed = thinned(tree([*members(1), *members(1, vendor="外包甲")]))
    assert [(one.level_of, one.name) for one in mixed.children] == [
        (Level.VENDOR, "外包甲"),
        (Level.VENDOR, ""),
    ]


def test_who_was_not_looked_up_is_not_said_to_be_reached() -> None:
    away = replace(members(1)[0], unreached=WhyUnreached.NO_ACCOUNT)
    unknown = replace(members(1, team="u")[0], asked=False)
    found = tree([away, unknown])
    assert found.unreached is None
    plain = thinned(found)
    assert [one.unreached for one in plain.children] == [(away,), None]

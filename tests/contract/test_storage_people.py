"""People, their sign-in, and the ledger of sends, through every store."""

from dataclasses import replace

import pytest

from core.domain.messages import ChannelAddress, ChannelKind
from core.domain.people import Person, Role, SignInLink, WebSession
from core.errors import NotFound, StorageError
from tests.contract.stores import MINUTE, NOON, SECOND, Store, wechat

ANN = Person("p-ann", "安😀𠮷", Role.TRAINEE, "一组")
BOB = Person("p-bob", "Bob", Role.SUPERVISOR, "一组", language="en")
GUEST = Person("wechat-1", "游客", Role.TRAINEE, "", guest=True)
DEMO = Person("demo-trainee", "试用", Role.TRAINEE, "demo")


async def known(store: Store, *people: Person) -> None:
    for person in people:
        await store.do(lambda unit, person=person: unit.people.add(person))  # type: ignore[misc]


async def test_people_are_kept_and_replaced_under_their_id(store: Store) -> None:
    await known(store, BOB, ANN)
    moved = Person("p-ann", "安", Role.ADMIN, "二组", language="en")
    await known(store, moved, Person("P-ANN", "另一个", Role.TRAINEE, "一组"))

    assert await store.do(lambda unit: unit.people.get("p-ann")) == moved
    assert [person.id for person in await store.do(lambda unit: unit.people.everyone())] == [
        "P-ANN",
        "p-ann",
        "p-bob",
    ]
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.people.get("p-nobody"))


@pytest.mark.parametrize("id_", ["p-ann ", "p" * 65], ids=["space", "long"])
async def test_an_id_that_a_database_would_cut_or_mix_up_is_refused(store: Store, id_: str) -> None:
    await known(store, ANN)

    with pytest.raises(StorageError):
        await known(store, Person(id_, "谁", Role.TRAINEE, ""))

    assert await store.do(lambda unit: unit.people.everyone()) == [ANN]


async def test_guests_and_demo_people_do_not_count_as_imported(store: Store) -> None:
    await known(store, GUEST, DEMO)
    before = await store.do(lambda unit: unit.people.have_been_imported())
    await known(store, Person("demoiselle", "Ada", Role.TRAINEE, ""))

    assert before is False
    assert await store.do(lambda unit: unit.people.have_been_imported()) is True


async def test_a_link_signs_in_once_and_looking_does_not_use_it_up(store: Store) -> None:
    await known(store, ANN)
    await store.do(lambda unit: unit.people.add_link(SignInLink("aa", "p-ann", NOON + MINUTE)))

    looks = [
        await store.do(lambda unit: unit.people.link_is_open("aa", now=NOON)) for _ in range(2)
    ]
    wrong = await store.do(lambda unit: unit.people.consume_link("AA", now=NOON))
    person = await store.do(lambda unit: unit.people.consume_link("aa", now=NOON))
    again = await store.do(lambda unit: unit.people.consume_link("aa", now=NOON))

    assert (looks, wrong, person, again) == ([True, True], None, "p-ann", None)
    assert await store.do(lambda unit: unit.people.link_is_open("aa", now=NOON)) is False


async def test_a_link_runs_out(store: Store) -> None:
    await known(store, ANN)
    await store.do(lambda unit: unit.people.add_link(SignInLink("aa", "p-ann", NOON + MINUTE)))

    late = NOON + MINUTE
    assert await store.do(lambda unit: unit.people.link_is_open("aa", now=late)) is False
    assert await store.do(lambda unit: unit.people.consume_link("aa", now=late)) is None
    just = late - SECOND
    assert await store.do(lambda unit: unit.people.consume_link("aa", now=just)) == "p-ann"


async def test_a_link_or_session_of_nobody_is_refused(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.people.add_link(SignInLink("aa", "p-ann", NOON)))
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.people.add_session(WebSession("bb", "p-ann", NOON)))


async def test_the_same_link_or_session_twice_is_refused(store: Store) -> None:
    await known(store, ANN)
    await store.do(lambda unit: unit.people.add_link(SignInLink("aa", "p-ann", NOON)))
    await store.do(lambda unit: unit.people.add_session(WebSession("bb", "p-ann", NOON)))

    with pytest.raises(StorageError):
        await store.do(lambda unit: unit.people.add_link(SignInLink("aa", "p-ann", NOON)))
    with pytest.raises(StorageError):
        await store.do(lambda unit: unit.people.add_session(WebSession("bb", "p-ann", NOON)))


async def test_a_web_session_lasts_until_its_end_or_until_it_is_dropped(store: Store) -> None:
    await known(store, ANN)
    session = WebSession("bb", "p-ann", NOON + MINUTE)
    await store.do(lambda unit: unit.people.add_session(session))

    during = await store.do(lambda unit: unit.people.session_person("bb", now=NOON))
    after = await store.do(lambda unit: unit.people.session_person("bb", now=NOON + MINUTE))
    unknown = await store.do(lambda unit: unit.people.session_person("cc", now=NOON))
    await store.do(lambda unit: unit.people.drop_session("bb"))
    await store.do(lambda unit: unit.people.drop_session("bb"))
    dropped = await store.do(lambda unit: unit.people.session_person("bb", now=NOON))

    assert (during, after, unknown, dropped) == (ANN, None, None, None)


async def test_sends_are_spent_from_a_window_until_none_is_left(store: Store) -> None:
    here = wechat("ann")
    await store.do(lambda unit: unit.ledger.open(here, now=NOON, sends=5, lasts=MINUTE))

    three = await store.do(lambda unit: unit.ledger.spend(here, now=NOON, sends=3))
    too_many = await store.do(lambda unit: unit.ledger.spend(here, now=NOON, sends=3))
    left = await store.do(lambda unit: unit.ledger.left(here, now=NOON))
    two = [await store.do(lambda unit: unit.ledger.spend(here, now=NOON)) for _ in range(3)]

    assert (three, too_many, left, two) == (True, False, 2, [True, True, False])


async def test_a_window_closes_and_belongs_to_one_address(store: Store) -> None:
    here, elsewhere = wechat("ann"), ChannelAddress(ChannelKind.WECHAT, "second", "ann")
    await store.do(lambda unit: unit.ledger.open(here, now=NOON, sends=5, lasts=MINUTE))

    assert await store.do(lambda unit: unit.ledger.left(here, now=NOON + MINUTE)) == 0
    assert await store.do(lambda unit: unit.ledger.spend(here, now=NOON + MINUTE)) is False
    assert await store.do(lambda unit: unit.ledger.left(elsewhere, now=NOON)) == 0
    assert await store.do(lambda unit: unit.ledger.spend(wechat("ANN"), now=NOON)) is False
    await store.do(lambda unit: unit.ledger.exhaust(elsewhere))


async def test_a_new_window_replaces_a_worse_one_and_never_a_better_one(store: Store) -> None:
    here = wechat("ann")

    async def left_after(sends: int, *, lasts: int, now: int = 0) -> int:
        at = NOON + now * SECOND
        await store.do(
            lambda unit: unit.ledger.open(here, now=at, sends=sends, lasts=lasts * SECOND)
        )
        return await store.do(lambda unit: unit.ledger.left(here, now=NOON + 61 * SECOND))

    assert await left_after(5, lasts=60) == 0
    assert await left_after(5, lasts=90) == 5
    assert await left_after(3, lasts=900) == 5
    await store.do(lambda unit: unit.ledger.spend(here, now=NOON, sends=4))
    assert await left_after(3, lasts=100) == 3
    assert await left_after(1, lasts=900, now=101) == 1


async def test_an_exhausted_window_stays_so_until_a_new_one_opens(store: Store) -> None:
    here = wechat("ann")
    await store.do(lambda unit: unit.ledger.open(here, now=NOON, sends=5, lasts=MINUTE))
    await store.do(lambda unit: unit.ledger.exhaust(here))

    assert await store.do(lambda unit: unit.ledger.left(here, now=NOON)) == 0
    await store.do(lambda unit: unit.ledger.open(here, now=NOON, sends=1, lasts=SECOND))
    assert await store.do(lambda unit: unit.ledger.left(here, now=NOON)) == 1


async def test_who_has_left_is_listed_only_where_asked_for_and_opens_nothing(store: Store) -> None:
    await known(store, ANN, BOB)
    link, code = SignInLink("aa", "p-ann", NOON + MINUTE), SignInLink("cc", "p-bob", NOON + MINUTE)
    session = WebSession("bb", "p-ann", NOON + MINUTE)
    await store.do(lambda unit: unit.people.add_link(link))
    await store.do(lambda unit: unit.people.add_link(code))
    await store.do(lambda unit: unit.people.add_session(session))
    await known(store, replace(ANN, active=False))

    listed = await store.do(lambda unit: unit.people.everyone())
    everyone = await store.do(lambda unit: unit.people.everyone(also_gone=True))

    assert [one.id for one in listed] == ["p-bob"]
    assert [one.active for one in everyone] == [False, True]
    assert await store.do(lambda unit: unit.people.session_person("bb", now=NOON)) is None
    assert await store.do(lambda unit: unit.people.consume_link("aa", now=NOON)) is None
    assert await store.do(lambda unit: unit.people.consume_link("cc", now=NOON)) == "p-bob"


async def test_conversations_of_an_account_are_those_on_it(store: Store) -> None:
    places = [
        ChannelAddress(ChannelKind.WECOM, "main", "b"),
        ChannelAddress(ChannelKind.WECOM, "bot", "a"),
        ChannelAddress(ChannelKind.WECOM, "main", "a"),
    ]
    for place in places:
        await store.do(lambda unit, place=place: unit.conversations.at(place))  # type: ignore[misc]
    found = await store.do(lambda unit: unit.conversations.of_account(ChannelKind.WECOM, "main"))

    assert [one.address.user for one in found] == ["b", "a"]


async def test_a_notice_needs_a_grant_of_its_own_template_each_time(store: Store) -> None:
    here, template = wechat("ann"), "T1"
    for _ in range(2):
        await store.do(lambda unit: unit.ledger.grant(here, template))

    before = await store.do(lambda unit: unit.ledger.grants(here, template))
    used = [await store.do(lambda unit: unit.ledger.use_grant(here, template)) for _ in range(3)]
    others = await store.do(
        lambda unit: (
            unit.ledger.grants(here, "T2"),
            unit.ledger.use_grant(here, "t1"),
            unit.ledger.use_grant(wechat("bob"), template),
        )
    )

    assert (before, used, others) == (2, [True, True, False], (0, False, False))


async def test_a_no_takes_back_every_grant(store: Store) -> None:
    here = wechat("ann")
    await store.do(lambda unit: unit.ledger.grant(here, "T1"))
    await store.do(lambda unit: unit.ledger.grant(here, "T2"))
    await store.do(lambda unit: unit.ledger.revoke(here, "T1"))

    assert await store.do(lambda unit: unit.ledger.grants(here, "T1")) == 0
    assert await store.do(lambda unit: unit.ledger.grants(here, "T2")) == 1
    await store.do(lambda unit: unit.ledger.grant(here, "T1"))
    assert await store.do(lambda unit: unit.ledger.grants(here, "T1")) == 1

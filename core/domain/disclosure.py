"""Which facts the customer tells, and when.

Rules after the coaching notes (embedded engine): a fact that must be asked for is never told
before its question; nothing here words it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from core.domain.agenda import CustomerAct, CustomerActKind, CustomerState, Way
from core.domain.listening import asks_for_person, touches
from core.domain.reading import LineReading, TraineeAct
from core.domain.scenario import Disclosure, Fact, Scenario

TRUST_ENOUGH = 0.5
"""Trust from which a fact with the rule `on_trust` is told."""

CORRECTS_ITSELF = 0.3
"""Chance per turn that a customer who said a fact wrongly notices it unasked."""


_SECRETS = "F10"
"""Phrases that ask for what nobody may ask for: passwords, codes."""


class Chance(Protocol):
    """Where chance comes from; `random.Random` is one."""

    def random(self) -> float:
        """A number in [0, 1)."""
        ...

    def gauss(self, mu: float, sigma: float) -> float:
        """A draw of N(mu, sigma)."""
        ...


def answer(
    state: CustomerState, reading: LineReading, *, scenario: Scenario, chance: Chance
) -> tuple[CustomerState, tuple[CustomerAct, ...]]:
    """The acts that answer what the line asks, and the state that remembers being asked.

    `state` carries the mood after the line. An act does not make a fact told: saying it does
    (`say`).
    """
    keys = _asked_keys(state, reading, scenario)
    counts = dict(state.asked)
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
    acts = [_reply(state, scenario.fact(key), times=counts[key], chance=chance) for key in keys]
    if not acts:
        acts = _open_answers(state, reading, scenario)
    acts.extend(_corrections(state, reading, already=keys, chance=chance))
    verified = state.verified or (
        reading.does(TraineeAct.VERIFY_ID) and _identity_known(state, scenario)
    )
    return replace(state, asked=tuple(counts.items()), verified=verified), tuple(acts)


def say(state: CustomerState, acts: Iterable[CustomerAct], *, scenario: Scenario) -> CustomerState:
    """The state after these acts were done: what is told now, and whether the customer is
    verified by it (an identifying fact, asked for and told rightly)."""
    told, wrong = list(state.told), list(state.told_wrong)
    verified = state.verified
    counts = dict(state.asked)
    for act in acts:
        if act.kind is not CustomerActKind.ANSWER_SLOT:
            continue
        target = wrong if act.wrong else told
        if act.about not in target:
            target.append(act.about)
        if not act.wrong and counts.get(act.about, 0) and scenario.fact(act.about).verifies:
            verified = True
    return replace(state, told=tuple(told), told_wrong=tuple(wrong), verified=verified)


def helping(state: CustomerState, scenario: Scenario) -> tuple[CustomerAct, ...]:
    """One fact the trainee needs and has not got, told unasked to help a talk along: never one
    that is locked or identifies."""
    for key in scenario.required_slots:
        fact = scenario.fact(key)
        untold = key not in (*state.told, *state.told_wrong)
        if untold and fact.disclosure is Disclosure.ON_ASK and not fact.verifies:
            return (CustomerAct(CustomerActKind.ANSWER_SLOT, key, way=Way.HELPING),)
    return ()


def volunteered(scenario: Scenario) -> tuple[str, ...]:
    """Keys of the facts the customer tells unasked."""
    return tuple(fact.key for fact in scenario.facts if fact.disclosure is Disclosure.VOLUNTEER)


def _identity_known(state: CustomerState, scenario: Scenario) -> bool:
    identifying = [fact.key for fact in scenario.facts if fact.verifies]
    return not identifying or any(key in state.told for key in identifying)


def _asked_keys(state: CustomerState, reading: LineReading, scenario: Scenario) -> tuple[str, ...]:
    """Keys of the facts the line asks for; saying back what was told checks it and asks nothing."""
    known = {fact.key for fact in scenario.facts}
    checks = reading.does(TraineeAct.RESTATE)
    keys = [key for key in reading.asked if key in known and not (checks and key in state.told)]
    if reading.does(TraineeAct.VERIFY_ID) and not any(scenario.fact(key).verifies for key in keys):
        keys.extend(_one_identifying(state, scenario))
    return tuple(dict.fromkeys(keys))


def _one_identifying(state: CustomerState, scenario: Scenario) -> list[str]:
    """The identifying fact offered to an unspecific check: one not told yet, if there is one."""
    keys = [fact.key for fact in scenario.facts if fact.verifies]
    fresh = [key for key in keys if key not in state.told]
    return (fresh or keys)[:1]


def _reply(state: CustomerState, fact: Fact, *, times: int, chance: Chance) -> CustomerAct:
    if fact.key in state.told:
        return CustomerAct(CustomerActKind.ANSWER_PARTIAL, fact.key)
    if fact.disclosure is Disclosure.ON_TRUST and state.mood.trust < TRUST_ENOUGH:
        return CustomerAct(CustomerActKind.DOUBT, fact.key)
    if fact.disclosure is Disclosure.RELUCTANT and times < 2:
        return CustomerAct(CustomerActKind.DONT_KNOW, fact.key)
    wrong = (
        bool(fact.wrong_surfaces)
        and fact.key not in state.told_wrong
        and chance.random() < fact.wrong_first_p
    )
    return CustomerAct(CustomerActKind.ANSWER_SLOT, fact.key, wrong=wrong)


def _open_answers(
    state: CustomerState, reading: LineReading, scenario: Scenario
) -> list[CustomerAct]:
    """What an open question brings out; a question for something unknown brings out nothing."""
    if reading.does(TraineeAct.ASK_OPEN):
        free = (Disclosure.VOLUNTEER, Disclosure.ON_ASK)
        for fact in scenario.facts:
            if fact.disclosure in free and not fact.verifies and fact.key not in state.told:
                return [CustomerAct(CustomerActKind.ANSWER_SLOT, fact.key, way=Way.UNASKED)]
    if any(hit.category == _SECRETS for hit in reading.phrases):
        return [CustomerAct(CustomerActKind.DOUBT, way=Way.SECRET)]
    if reading.does(TraineeAct.ASK_SLOT) and not reading.asked:
        return [_shrug(reading, scenario)]
    return []


def _shrug(reading: LineReading, scenario: Scenario) -> CustomerAct:
    """The answer to a question that the case has no answer for."""
    if asks_for_person(reading):
        return CustomerAct(CustomerActKind.DONT_KNOW, way=Way.PERSONAL)
    if touches(reading, scenario):
        return CustomerAct(CustomerActKind.DONT_KNOW)
    return CustomerAct(CustomerActKind.ASK_BACK, way=Way.ASTRAY)


def _corrections(
    state: CustomerState, reading: LineReading, *, already: tuple[str, ...], chance: Chance
) -> list[CustomerAct]:
    """Facts said wrongly before that are put right now."""
    checked = reading.does(TraineeAct.RESTATE, TraineeAct.CONFIRM)
    acts = []
    for key in state.told_wrong:
        if key in state.told or key in already:
            continue
        if checked or chance.random() < CORRECTS_ITSELF:
            acts.append(CustomerAct(CustomerActKind.ANSWER_SLOT, key))
    return acts

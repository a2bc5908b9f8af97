"""Who is calling and in what mood."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Manner:
    """How a customer group writes.

    `length`: factor on the usual length; `burst`: share of turns sent in several messages;
    `typos`: per 100 characters; `final_punctuation` and `polite_you` (您): shares 0..1;
    `patience`: factor on the mood's patience.
    """

    length: float
    burst: float
    typos: float
    final_punctuation: float
    polite_you: float
    patience: float


@dataclass(frozen=True, slots=True)
class Persona:
    """A customer group with its manner and marks of speech (at most one mark per three messages).

    `fillers` and `markers` are wordings in `language`; `card` describes the person in two or
    three plain sentences (used by the model engine and shown to authors).
    """

    id: str
    version: str
    language: str
    name: str
    group: str
    card: str
    manner: Manner
    self_reference: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    fillers: tuple[str, ...] = ()
    self_disclosures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mood:
    """A starting mood: heat, worry, confusion, trust in 0..1 and patience in trainee turns."""

    id: str
    language: str
    name: str
    heat: float
    worry: float
    confusion: float
    trust: float
    patience: float

"""K1 to K8: errors that cap the score instead of lowering it a little."""

from __future__ import annotations

from dataclasses import replace

from core.domain.dialogue import EndReason
from core.domain.scorecard import CriticalError
from core.services.checks.opening import leaked_before_verified
from core.services.checks.solve import against_articles, breaches
from core.services.checks.talk import Line, Talk, quote_of

PHRASE_ERRORS = {"F2": "K7", "F7": "K7", "F8": "K4", "F9": "K3", "F10": "K1"}
"""Phrase categories that are critical; a person has to confirm each."""


def critical_errors(talk: Talk) -> tuple[CriticalError, ...]:
    """All critical errors, each once per message, those the rules are sure of first."""
    found = [*_leak(talk), *_breaches(talk), *_abandoned(talk), *_no_record(talk)]
    found += _against_articles(talk)
    found += _phrases(talk)
    once: dict[tuple[str, int], CriticalError] = {}
    for error in found:
        once.setdefault((error.id, error.turn), error)
    return tuple(sorted(once.values(), key=lambda error: (error.turn, error.id)))


def _leak(talk: Talk) -> list[CriticalError]:
    leak = leaked_before_verified(talk)
    if leak is None:
        return []
    line, label = leak
    return [_error("K1", line, "told_before_verified", field=label)]


def _breaches(talk: Talk) -> list[CriticalError]:
    return [
        _error(limit.critical, line, "policy_broken", limit=limit.label, rule=limit.rule)
        for line, limit in breaches(talk)
        if limit.critical
    ]


def _against_articles(talk: Talk) -> list[CriticalError]:
    """A claim that an article contradicts may be an invented rule: a person has to confirm it."""
    return [
        replace(
            _error("K2", line, "wrong_claim", limit=wrong.claim, rule=wrong.rule), confirmed=False
        )
        for line, wrong in against_articles(talk)
    ]


def _abandoned(talk: Talk) -> list[CriticalError]:
    if talk.transcript.end_reason is not EndReason.ABANDONED:
        return []
    left = talk.transcript.turns[-1]
    return [CriticalError(id="K6", turn=left.seq, quote=quote_of(left), why="contact_dropped")]


def _no_record(talk: Talk) -> list[CriticalError]:
    form = talk.transcript.wrap_up
    required = talk.scenario is not None and bool(talk.scenario.wrap_up)
    if not required or form is None or any(answer.strip() for answer in form.values()):
        return []
    return [_error("K8", talk.lines[-1], "no_record")]


def _phrases(talk: Talk) -> list[CriticalError]:
    return [
        CriticalError(
            id=PHRASE_ERRORS[hit.category],
            turn=line.turn.seq,
            quote=quote_of(line.turn, hit.text),
            why=f"phrase_{hit.category.lower()}",
            confirmed=False,
            facts=(("phrase", hit.text),),
        )
        for line in talk.lines
        for hit in line.reading.phrases
        if hit.category in PHRASE_ERRORS
    ]


def _error(id: str, line: Line, why: str, **facts: str) -> CriticalError:
    return CriticalError(
        id=id,
        turn=line.turn.seq,
        quote=quote_of(line.turn),
        why=why,
        facts=tuple(sorted(facts.items())),
    )

"""C04 to C08: whether the trainee finds out what the matter is."""

from __future__ import annotations

import re

from core.domain.dialogue import Speaker
from core.domain.reading import TraineeAct
from core.domain.scorecard import CheckMark, UnscoredReason
from core.readers.claims import content_grams
from core.services.checks.cues import asks, holds
from core.services.checks.talk import STEPS, Line, Talk, marked, skipped, unscored

OWN_GRAMS = {"zh": 2, "en": 4}
"""Content beside a message said back that "you are saying" and "is that right" make up."""
_HERE = "\ufffc"
_MARKS = " ,，。！？!?；;.…~"
_SENTENCES = re.compile(r"(?:[^。！？!?；;\n.]|\.(?!\s))+[。！？!?；;\n.]*")
VERDICTS = (*STEPS, TraineeAct.REFUSE_FLAT, TraineeAct.REFUSE_ALT, TraineeAct.TRANSFER)


def lets_finish(talk: Talk) -> CheckMark:
    """C04: no verdict before the customer has spoken, and nobody is cut off."""
    for line in talk.lines:
        if holds(line.turn.text, talk.cues.cuts_off):
            return marked("C04", 0, line, "cut_off")
    first = talk.lines[0]
    heard = any(turn.seq < first.turn.seq for turn in talk.transcript.customer_turns)
    if not heard and first.reading.does(*VERDICTS):
        return marked("C04", 0, first, "verdict_before_listening")
    return marked("C04", 1, first, "let_finish")


def asks_openly(talk: Talk) -> CheckMark:
    """C05: an open question before the first solution."""
    if talk.scenario is not None and not talk.scenario.required_slots:
        return skipped("C05", "nothing_to_ask")
    opened = talk.first(TraineeAct.ASK_OPEN)
    solved = talk.first(*STEPS)
    if opened is None:
        return marked("C05", 0, solved or talk.lines[0], "no_open_question")
    if solved is not None and solved.turn.seq < opened.turn.seq:
        return marked("C05", 0, solved, "solved_before_asking")
    return marked("C05", 1, opened, "asked_openly")


def gets_slots(talk: Talk) -> CheckMark:
    """C06: everything the case needs was told or at least asked for."""
    if talk.scenario is None:
        return unscored("C06", UnscoredReason.NO_SCENARIO)
    slots = talk.scenario.required_slots
    if not slots:
        return skipped("C06", "nothing_to_ask")
    asked = {key: line for line in talk.lines if line.answerable for key in line.reading.asked}
    missing = [key for key in slots if key not in talk.told and key not in asked]
    line = next((asked[key] for key in slots if key in asked), talk.lines[0])
    if not missing:
        return marked("C06", 1, line, "slots_known")
    label = talk.scenario.fact(missing[0]).label
    if len(missing) * 2 <= len(slots):
        return marked("C06", 0.5, line, "slots_half_known", fact=label)
    return marked("C06", 0, line, "slots_unknown", fact=label)


def never_asks_twice(talk: Talk) -> CheckMark:
    """C07: nothing is asked that was told already."""
    asking = (TraineeAct.ASK_SLOT, TraineeAct.ASK_OPEN, TraineeAct.VERIFY_ID)
    for line in talk.lines:
        if line.reading.repeated_ask or line.reading.does(TraineeAct.ASK_REPEAT):
            fact = _repeated(talk, line)
            if not fact:
                return marked("C07", 0, line, "asked_to_repeat")
            return marked("C07", 0, line, "asked_again", fact=fact)
    asked = next((line for line in talk.doing(*asking) if line.answerable), None)
    if asked is None:
        return skipped("C07", "nothing_asked")
    return marked("C07", 1, asked, "asked_once")


def restates(talk: Talk) -> CheckMark:
    """C08: the trainee says the matter back in own words, and the customer does not object."""
    parroted = [line for line in talk.lines if _parrots(talk, line)]
    restated = [line for line in talk.doing(TraineeAct.RESTATE) if not _parrots(talk, line)]
    if not restated and parroted:
        return marked("C08", 0, parroted[0], "restated_word_for_word")
    if not restated:
        return marked("C08", 0, talk.lines[0], "not_restated")
    for line in restated:
        if line.replies and not any(holds(turn.text, talk.cues.no) for turn in line.replies):
            return marked("C08", 1, line, "restated")
    unanswered = not restated[-1].replies
    why = "restated_unanswered" if unanswered else "restated_wrongly"
    return marked("C08", 0, restated[-1], why)


def _parrots(talk: Talk, line: Line) -> bool:
    """Whether a question says one message of the customer back and adds nothing to it."""
    before = [turn for turn in talk.before(line.turn.seq) if turn.speaker is Speaker.CUSTOMER]
    messages = {
        said.lower() for turn in before for said in (turn.text.strip(), turn.text.strip(_MARKS))
    } - {""}
    spoken = line.turn.text.lower()
    return any(
        _HERE in own
        and asks(own)
        and len(content_grams(own)) <= OWN_GRAMS[talk.transcript.language]
        for said in messages
        if said in spoken
        for own in _SENTENCES.findall(spoken.replace(said, _HERE))
    )


def _repeated(talk: Talk, line: Line) -> str:
    if talk.scenario is None or not line.reading.repeated_ask:
        return ""
    labels = {fact.key: fact.label for fact in talk.scenario.facts}
    return labels.get(line.reading.repeated_ask[0], "")

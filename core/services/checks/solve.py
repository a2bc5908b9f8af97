"""C13 to C17: whether what the trainee offers is right, allowed and clear."""

from __future__ import annotations

import re

from core.domain.claims import Verdict
from core.domain.correction import Correction
from core.domain.reading import TraineeAct
from core.domain.scenario import PolicyLimit
from core.domain.scorecard import CheckMark, UnscoredReason
from core.domain.wording import bare
from core.services.checks.talk import RELATIONAL, STEPS, Line, Talk, marked, skipped, unscored

WRONG_CLAIMS = frozenset({"K2", "K5"})
ABSTAINED = 0.45
"""Below this confidence the reader did not understand the line."""
SEVERAL = 3
"""Parts of a message from which on it holds more than one step."""
CONTENT = (*STEPS, TraineeAct.EXPLAIN, TraineeAct.INFORM, TraineeAct.TIME_COMMIT)
_TELLS_NOTHING = frozenset(
    {
        TraineeAct.GREET,
        TraineeAct.SELF_INTRO,
        TraineeAct.VERIFY_ID,
        TraineeAct.ASK_OPEN,
        TraineeAct.ASK_SLOT,
        TraineeAct.ASK_REPEAT,
        TraineeAct.RESTATE,
        TraineeAct.HOLD,
        TraineeAct.HOLD_RETURN,
        TraineeAct.MORE,
        TraineeAct.CLOSE,
        TraineeAct.REFUSE_FLAT,
        TraineeAct.REFUSE_ALT,
        TraineeAct.COMPENSATE,
        TraineeAct.TRANSFER,
    }
)
"""A line of these alone asks, waits or refuses; any other had room for something concrete, however
polite its words."""
_OFFERING = (*RELATIONAL, TraineeAct.GREET, TraineeAct.SELF_INTRO)
_FORBIDS = re.compile(r"不得|不能|不可|(?i:\b(?:may|must|can) ?not\b)")
_STOPS = re.compile(r"[^，。！？；,!?;\n]+")
_FIGURE = re.compile(
    r"[0-9]|(?!一个|一点)[一二两三四五六七八九十百千]+(?:个|天|小时|分钟|块|元|点|号|日|周|月)"
)


def is_correct(talk: Talk) -> CheckMark:
    """C13: every sub-goal is settled, in its order, and nothing wrong is claimed."""
    if talk.scenario is None:
        return unscored("C13", UnscoredReason.NO_SCENARIO)
    for line, limit in breaches(talk):
        if limit.critical in WRONG_CLAIMS:
            return marked("C13", 0, line, "wrong_claim", limit=limit.label, rule=limit.rule)
    for line, wrong in against_articles(talk):
        if not forbids(wrong):
            return marked("C13", 0, line, "wrong_claim", limit=_title(wrong), rule=wrong.rule)
    missing = talk.open_goals()
    line = _settling_line(talk)
    if not missing:
        return marked("C13", 1, line, "all_settled")
    if _mostly_unread(talk):
        return unscored("C13", UnscoredReason.NEEDS_PERSON)
    if len(missing) * 2 <= len(talk.scenario.sub_goals):
        return marked("C13", 0.5, line, "half_settled", goal=missing[0].label)
    return marked("C13", 0, line, "not_settled", goal=missing[0].label)


def keeps_policy(talk: Talk) -> CheckMark:
    """C14: nothing is claimed or promised that the policy forbids."""
    if talk.scenario is None:
        return unscored("C14", UnscoredReason.NO_SCENARIO)
    forbidden = [(line, wrong) for line, wrong in against_articles(talk) if forbids(wrong)]
    if not talk.scenario.policy_limits and not forbidden:
        return skipped("C14", "no_policy_limits")
    broken = breaches(talk)
    if broken:
        line, limit = broken[0]
        return marked("C14", 0, line, "policy_broken", limit=limit.label, rule=limit.rule)
    if forbidden:
        line, wrong = forbidden[0]
        return marked("C14", 0, line, "policy_broken", limit=_title(wrong), rule=wrong.rule)
    return marked("C14", 1, _settling_line(talk), "policy_kept")


def refuses_well(talk: Talk) -> CheckMark:
    """C15: a refusal comes with its reason and another way."""
    flat = talk.first(TraineeAct.REFUSE_FLAT)
    if flat is not None:
        return marked("C15", 0, flat, "flat_refusal", part=_refusing(flat))
    offered = talk.first(TraineeAct.REFUSE_ALT)
    if offered is not None:
        return marked("C15", 1, offered, "refused_with_way_out")
    return skipped("C15", "nothing_refused")


def orders_steps(talk: Talk) -> CheckMark:
    """C16: what is to be done comes in order."""
    ordered = next((line for line in talk.lines if line.reading.clear_steps), None)
    if ordered is not None:
        return marked("C16", 1, ordered, "steps_in_order")
    # An answer that settles something is no list of things to do, nor is an offer of help.
    steps = [
        line
        for line in talk.doing(TraineeAct.SOLVE_STEP)
        if not line.reading.settled and not line.reading.does(*_OFFERING)
    ]
    if not steps:
        return skipped("C16", "no_steps_needed")
    if len(steps) == 1 and len(_STOPS.findall(steps[0].turn.text.strip())) < SEVERAL:
        return skipped("C16", "one_step")
    crowded = next((line for line in steps if line.reading.long), None)
    if crowded is not None:
        return marked("C16", 0, crowded, "steps_in_one_heap")
    return marked("C16", 0.5, steps[0], "steps_without_order")


def is_concrete(talk: Talk) -> CheckMark:
    """C17: short, concrete words: figures, times, the customer's own facts; no jargon."""
    for line in talk.lines:
        if line.reading.jargon:
            term = line.reading.jargon[0]
            return marked("C17", 0, line, "jargon", part=term, term=term)
    concrete = next((line for line in talk.doing(*CONTENT) if _is_concrete(talk, line)), None)
    if concrete is not None:
        return marked("C17", 1, concrete, "concrete")
    vague = next((line for line in talk.lines if line.reading.acts - _TELLS_NOTHING), None)
    return marked("C17", 0, vague, "vague") if vague else skipped("C17", "nothing_explained")


def breaches(talk: Talk) -> list[tuple[Line, PolicyLimit]]:
    """Policy limits broken, in order of the talk."""
    limits = {limit.key: limit for limit in talk.scenario.policy_limits} if talk.scenario else {}
    return [
        (line, limits[key]) for line in talk.lines for key in line.reading.breached if key in limits
    ]


def against_articles(talk: Talk) -> list[tuple[Line, Correction]]:
    """Lines that an article contradicts. Where a limit of the case is broken as well, the line is
    marked for that alone."""
    return [
        (line, wrong)
        for line in talk.lines
        if (wrong := line.turn.correction) is not None
        and wrong.verdict is Verdict.CONTRADICTED
        and not line.reading.breached
    ]


def forbids(wrong: Correction) -> bool:
    """Whether the article forbids it (C14) and not only says otherwise (C13): one of the two."""
    return _FORBIDS.search(wrong.rule) is not None


def _title(wrong: Correction) -> str:
    return wrong.citation.title if wrong.citation else wrong.claim


def _settling_line(talk: Talk) -> Line:
    """The last line that settled something, else the last one that tries, else the last."""
    seqs = set(talk.settled.values())
    settling = [line for line in talk.lines if line.turn.seq in seqs]
    trying = list(talk.doing(*STEPS))
    return (settling or trying or list(talk.lines))[-1]


def _mostly_unread(talk: Talk) -> bool:
    """Whether half the lines speak of the case in words that were not understood. Chatter that
    has nothing to do with it was understood well enough."""
    unread = [line.reading for line in talk.lines if line.reading.confidence < ABSTAINED]
    spoken = sum(not one.off_topic and not one.phrases for one in unread)
    return spoken * 2 >= len(talk.lines)


def _refusing(line: Line) -> str:
    return next((hit.text for hit in line.reading.phrases if hit.category == "F3"), "")


def _is_concrete(talk: Talk, line: Line) -> bool:
    reading = line.reading
    if reading.confidence < ABSTAINED:
        return False
    if reading.names_loss or reading.named_time or _FIGURE.search(line.said):
        return True
    said = bare(line.said)
    values = (bare(fact.value) for fact in talk.scenario.facts) if talk.scenario else ()
    return any(value and value in said for value in values)

"""When the samples of one check decide: how steady the model is says how far one answer must lead.

Samples are counted as votes. With a share e of wrong votes, an answer that leads by n is wrong
with odds of (e / (1 - e))^n (Wald's sequential test), so n is chosen for odds of DOUBT at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil, log, sqrt

from core.domain.model_verdict import Abstained, ModelVerdict, Said
from core.services.model_answers import Answer
from core.services.model_questions import Question

Sample = Answer | Abstained

SAMPLES = 3
LEAD = 3
LEAD_TO_OVERRULE = 5
DOUBT = 5e-4
"""Odds of a wrong verdict on one check: of sixteen checks, less than one talk in a hundred."""
MOST_SAMPLES = 63
MOST_FAILED = 6
"""Calls of one check that the server may fail before the check is given up."""
MOST_WRONG = 0.3
"""Noise beyond which more samples are no help that anybody would pay for."""


def wrong_share(drawn: Iterable[Sequence[Sample]]) -> float:
    """The share 0..1 of samples that are wrong, as two samples of one question differ: the upper
    end of what the pairs allow, so that few samples speak for less steadiness, not for more."""
    pairs = same = 0
    for samples in drawn:
        votes = _votes(samples)
        total = votes.total()
        pairs += total * (total - 1) // 2
        same += sum(count * (count - 1) // 2 for count in votes.values())
    differ = (pairs - same + 0.5) / (pairs + 1)
    upper = differ + sqrt(differ * (1 - differ) / (pairs + 1))
    most = 2 * MOST_WRONG * (1 - MOST_WRONG)
    return (1 - sqrt(1 - 2 * min(upper, most))) / 2


def lead_for(wrong: float) -> int:
    """By how many votes an answer must lead where this share (0 to MOST_WRONG) of them is wrong."""
    return max(LEAD, ceil(log(DOUBT) / log(wrong / (1 - wrong))))


def missing(drawn: Sequence[Sample], question: Question, lead: int) -> int:
    """How many more samples could decide at the earliest; 0 once it is decided. It takes more to
    overrule the rules' mark than to share it."""
    ranked = _votes(drawn).most_common(2)
    if not ranked:
        return LEAD
    said, first = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0
    overrules = question.prior is not None and said not in (question.prior, Said.NOT_APPLICABLE)
    return max(0, (max(LEAD_TO_OVERRULE, lead) if overrules else lead) - (first - second))


def verdict(
    question: Question, drawn: Sequence[Sample], *, version: str, decided: bool
) -> ModelVerdict:
    """What the samples say together; an abstention with its reason where they do not decide."""
    answers = [sample for sample in drawn if isinstance(sample, Answer)]
    blank = ModelVerdict(question.check, None, version=version, about=question.about)
    if not answers:
        reasons = Counter(sample for sample in drawn if isinstance(sample, Abstained))
        why = reasons.most_common(1)[0][0] if reasons else Abstained.SERVER
        return replace(blank, abstained=why)
    if not decided:
        # Too few answers because the server failed is its fault, not the talk's.
        failed = any(sample is Abstained.SERVER for sample in drawn)
        return replace(blank, abstained=Abstained.SERVER if failed else Abstained.UNCERTAIN)
    said: Said = _votes(drawn).most_common(1)[0][0]
    shown = next(answer for answer in answers if answer.said is said)
    return replace(blank, said=said, turn=shown.turn, start=shown.start, end=shown.end)


def _votes(drawn: Sequence[Sample]) -> Counter[Said]:
    return Counter(sample.said for sample in drawn if isinstance(sample, Answer))

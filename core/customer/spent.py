"""What stands in a line and does nothing there: lists of words, the customer's own message said
back, sentences that were said just before, sentences about another matter.

Such words are understood all the same: a fault in them stays a fault, and they settle a goal
where the case's words are in a sentence. They soothe nobody, promise nothing and explain nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from core.customer.act_grammar import Grammar
from core.customer.line_acts import line_acts
from core.customer.line_text import (
    LineText,
    Span,
    clauses,
    is_chinese,
    sentences,
    word_lists,
)
from core.customer.matter import Matter, matter_of, placed_share
from core.customer.standard import standard
from core.domain.amounts import numbers
from core.domain.reading import TraineeAct
from core.domain.scenario import Scenario
from core.readers.claims import content_grams

SAID_LEAST = 6
"""Signs of a sentence that is the same by more than chance."""
PLACED = {"zh": 0.44, "en": 0.5}
"""Of a claim's content that is in the case's or the customer's words, where it is about the case;
figures are content too. With them 6 of a hundred sentences of other cases pass and 78 of honest
ones, 62 in the freest wording (without figures, at .5: 6, 72 and 47)."""
_QUOTED_LEAST = 2
_QUOTATION = re.compile(r'["“]([^"“”]{2,60})["”]')
TELLING = {"zh": 8, "en": 12}
"""Grams below which a sentence says too little to be about anything else; English has two for
each word."""
LEANING = 3
"""Grams from which on it says enough to be about what the sentence before it is about."""
ELSEWHERE = frozenset(
    {
        TraineeAct.EXPLAIN,
        TraineeAct.INFORM,
        TraineeAct.SOLVE_STEP,
        TraineeAct.SOLVE_ACCEPT,
        TraineeAct.TIME_COMMIT,
        TraineeAct.COMPENSATE,
        TraineeAct.REFUSE_ALT,
        TraineeAct.RESTATE,
    }
)
"""Acts that are about something, and do nothing for this customer where it is something else."""
_NO_SPEECH = re.compile(
    r"(?:(?<=[\n。!?;])|^)[ \[(【<*]*(?:客户|顾客|用户|买家|customer|client|caller)"
    r"(?:说|问|答|says)?[\])】>*]*:[\s\S]*"
    r"|[((【\[][^()()【】\[\]]*(?:客服|客户|坐席|\bagent|\bcustomer)[^()()【】\[\]]*[))】\]]"
    r"|【[^【】]*[:、|][^【】]*】"
)
_MARKS = " ,.。!?;~"
_TAIL = re.compile(
    r"[ ,.。!?;~\"”]*(?:"
    r"(?:对吗|对吧|对么|对不对|是吗|是吧|是不是|没错吧|是这样吗"
    r"|(?:is that )?(?:right|so|correct))[ ,.。!?;~]*"
    r"|(?<=[.。!?;])|$)"
)
_MARKUP = re.compile(r"\[/?[a-z]+(?:[ =_#-][a-z0-9#_-]{1,12}){0,3}\]")
"""Signs of how a text should look, which some window typed along: they are about nothing."""
_WORD = re.compile(r"[A-Za-z]{2,}|[\u3400-\u9fff]")
_FOREIGN_WORDS = 4
_ONCE = frozenset(
    {
        TraineeAct.EMPATHY_GENERIC,
        TraineeAct.EMPATHY_SPECIFIC,
        TraineeAct.APOLOGY_BARE,
        TraineeAct.APOLOGY_OWNED,
        TraineeAct.GREET,
        TraineeAct.SELF_INTRO,
        TraineeAct.CLOSE,
    }
) | (ELSEWHERE - {TraineeAct.REFUSE_ALT})
"""Acts that a sentence does the first time only."""


def foreign(line: LineText, said: Sequence[str], grammar: Grammar) -> list[Span]:
    """Stretches that are no saying of the trainee's own: the customer's words in quotation marks,
    after 您说, or repeated as the whole line, and mere lists of words."""
    text = line.plain
    if len(text) >= SAID_LEAST and any(text in one for one in said):
        return [Span(0, len(text))]
    spans = [*lists_of(line), *copied(line, said), *of_no_speech(text)]
    spans += said_back(text, said, grammar)
    introduced = grammar.flags["quoted"]
    for found in _QUOTATION.finditer(text):
        before = text[max(0, found.start() - 16) : found.start()]
        if any(found[1] in one for one in said) or introduced.search(before):
            spans.append(Span(found.start(1), found.end(1)))
    for clause in clauses(text):
        if intro := introduced.search(text, clause.start, clause.end):
            spans.extend(_repeated(text, Span(intro.end(), clause.end), said))
    return spans


def said_back(text: str, said: Sequence[str], grammar: Grammar) -> list[Span]:
    """Where one whole message of the customer is said back for a yes and nothing is added."""
    messages = sorted({bare for one in said if (bare := one.strip(_MARKS))}, key=len, reverse=True)
    found = []
    for intro in grammar.flags["says_back"].finditer(text):
        message = next((one for one in messages if text.startswith(one, intro.end())), "")
        tail = _TAIL.match(text, intro.end() + len(message)) if message else None
        if tail:
            found.append(Span(intro.start(), tail.end()))
    return found


def _repeated(text: str, span: Span, said: Sequence[str]) -> list[Span]:
    """Longest stretches of `span` that stand word for word in the customer's lines."""
    spans: list[Span] = []
    start = span.start
    while start < span.end:
        end = start
        while end < span.end and any(text[start : end + 1] in one for one in said):
            end += 1
        if end - start >= _QUOTED_LEAST:
            spans.append(Span(start, end))
        start = max(end, start + 1)
    return spans


def lists_of(line: LineText) -> list[Span]:
    """Lists of words in the line, in places of its normal form."""
    typed = word_lists(line.original)
    return [span for start, end in typed if (span := _normal(line, start, end)) is not None]


def copied(line: LineText, said: Sequence[str]) -> list[Span]:
    """The customer's messages where the line begins with one, or gives one a sentence."""
    text = line.plain
    found = [
        Span(0, len(message))
        for message in said
        if len(message) >= SAID_LEAST and text.startswith(message)
    ]
    for sentence in sentences(text):
        bare = text[sentence.start : sentence.end].strip(" 。!?;,.\n")
        if len(bare) >= SAID_LEAST and bare in said:
            found.append(sentence)
    return found


def of_no_speech(text: str) -> list[Span]:
    """What nobody says to a customer: the customer's part written by the clerk, stage directions
    about the two, and entries of a form in brackets."""
    return [Span(hit.start(), hit.end()) for hit in _NO_SPEECH.finditer(text)]


def labels(text: str, scenario: Scenario) -> list[Span]:
    """Clauses that only name what is to be settled, as the debrief names it."""
    named = {_bare(standard(goal.label)) for goal in scenario.sub_goals}
    return [piece for piece in clauses(text) if _bare(text[piece.start : piece.end]) in named]


def said_before(
    own: str, mine: Iterable[str], grammar: Grammar, *, faults: Sequence[int]
) -> list[Span]:
    """Sentences of `own` that the trainee's last lines hold word for word, and that only soothe,
    tell or promise. Questions and what is at fault (`faults`: places) are said anew each time."""
    known = {bare for line in mine for bare in _sentences(standard(line))}
    found = []
    for sentence in sentences(own) if known else ():
        text = own[sentence.start : sentence.end]
        if _bare(text) not in known or any(sentence.start <= at < sentence.end for at in faults):
            continue
        if grammar.has("question", text) or grammar.has("refusal", text):
            continue
        if line_acts(text, grammar, frozenset()).keys() <= _ONCE:
            found.append(sentence)
    return found


def other_tongue(own: str, language: str, heard: Sequence[str]) -> list[Span]:
    """Sentences in a language that is neither the talk's nor one the customer has written in."""
    chinese = language == "zh"
    if any(is_chinese(one) != chinese and len(_WORD.findall(one)) > 1 for one in heard):
        return []
    found = []
    for sentence in sentences(own):
        text = own[sentence.start : sentence.end]
        other = len(_WORD.findall(text)) >= _FOREIGN_WORDS if chinese else True
        if other and is_chinese(text) != chinese:
            found.append(sentence)
    return found


def about_else(own: str, scenario: Scenario, said: Sequence[str], grammar: Grammar) -> list[Span]:
    """Sentences of whose content less than PLACED is the case's or the customer's. A statement
    that says too little to tell goes with a claim of that kind before it ("The claim is filed.
    You will hear by 5 pm"), and with no politeness before it."""
    matters = (matter_of(scenario), Matter(tuple(said)))
    telling, needed = TELLING[grammar.language], PLACED[grammar.language]
    found: list[Span] = []
    claimed = False
    for sentence in sentences(own):
        text = _MARKUP.sub(" ", own[sentence.start : sentence.end])
        grams = content_grams(text)
        short = len(grams) < telling
        leans = claimed and len(grams) >= LEANING and not text.endswith("?")
        placed = placed_share(text, grams, matters, dated=leans) if leans or not short else 1.0
        elsewhere = placed < needed
        if elsewhere:
            found.append(sentence)
        claimed = elsewhere and (short or _claims(text, grammar))
    return found


def restates_nothing(own: str, grammar: Grammar) -> bool:
    """Whether what is said back is only that there is a problem."""
    texts = [own[one.start : one.end] for one in sentences(own)]
    restating = [one for one in texts if TraineeAct.RESTATE in line_acts(one, grammar, frozenset())]
    return bool(restating) and all(_names_nothing(one, grammar) for one in restating)


def ordered(here: str, grammar: Grammar) -> bool:
    """Whether steps come in order, and are steps of something."""
    found = grammar.flags["steps"].search(here)
    if found is None:
        return False
    steps = Span(found.start(), found.end())
    pieces = [here[one.start : one.end] for one in sentences(here) if one.overlaps(steps)]
    return not _names_nothing(" ".join(pieces), grammar)


def _names_nothing(text: str, grammar: Grammar) -> bool:
    """Whether all that is said here fits any matter ("your problem is not solved", "first I check
    it, then I log it"): no other word of two signs, no figure. "Is that right?" says nothing."""
    named, unnamed = grammar.flags["unnamed"].subn(" ", text)
    if not unnamed or numbers(named):
        return False
    return all(len(gram) == 1 for gram in content_grams(named))


def _claims(text: str, grammar: Grammar) -> bool:
    acts = line_acts(text, grammar, frozenset()).keys()
    return bool(acts & ELSEWHERE) and acts <= ELSEWHERE


@lru_cache(maxsize=4096)
def _sentences(text: str) -> frozenset[str]:
    found = (_bare(text[one.start : one.end]) for one in sentences(text))
    return frozenset(bare for bare in found if len(bare) >= SAID_LEAST)


def _bare(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())


def _normal(line: LineText, start: int, end: int) -> Span | None:
    inside = [at for at, origin in enumerate(line.origins) if start <= origin < end]
    return Span(inside[0], inside[-1] + 1) if inside else None

"""The trainee's sentence without its faults: what a better sentence is built from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from core.domain.claims import Verdict
from core.domain.reading import TraineeAct
from core.domain.scenario import Wordings
from core.ports.line_reader import LineContext, LineReader
from core.services.checks.talk import Line, Talk, meets
from core.services.grounds import Grounds

LONGEST_OWN = 120
_SENTENCE = re.compile(r"(?:[^。！？!?;；\n.]|\.(?!\s|$))+(?:[。！？!?;；\n]|\.(?=\s|$))* *")
_PIECE = re.compile(r"[^，。！？；,!?;\n]+[，。！？；,!?;\n]*")
_GREETING = re.compile(
    r"^(?:您好|你好|早上好|上午好|下午好|晚上好|hello|hi|good (?:morning|afternoon|evening))"
    r"(?: there)?[，,。.!！ ]*",
    re.IGNORECASE,
)
_ENDS = tuple("。！？!?.…~")
_EMPTY = frozenset(
    {
        TraineeAct.APOLOGY_BARE,
        TraineeAct.INFORM,
        TraineeAct.HOLD,
        TraineeAct.REFUSE_FLAT,
        TraineeAct.TRANSFER,
    }
)
_SET_PHRASES = frozenset(
    {
        TraineeAct.APOLOGY_BARE,
        TraineeAct.EMPATHY_GENERIC,
        TraineeAct.INFORM,
        TraineeAct.MORE,
        TraineeAct.SOLVE_STEP,
    }
)
CLOSING = frozenset({"C22", "C23"})
"""Checks of the end of a talk, where a farewell may stay."""
_LEFT_OVER = re.compile(r"^(?:没有的话|如果没有|if not)[，,]? *", re.IGNORECASE)
SAID_BETTER: Mapping[str, TraineeAct] = MappingProxyType(
    {
        "C09": TraineeAct.EMPATHY_GENERIC,
        "C10": TraineeAct.EMPATHY_GENERIC,
        "C11": TraineeAct.APOLOGY_BARE,
        "C22": TraineeAct.MORE,
    }
)
"""What a better sentence for a check says itself, or leaves out: it is not said twice."""


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A greeting ("" where the line has none) and the rest, ended by a full stop; both are ""
    where nothing is worth keeping."""

    hello: str = ""
    rest: str = ""

    @property
    def whole(self) -> str:
        """Greeting and rest."""
        return self.hello + self.rest


def _is_wrong(sentence: str, line: Line) -> bool:
    """Whether the sentence says what an article contradicts."""
    wrong = line.turn.correction
    found_wrong = wrong is not None and wrong.verdict is Verdict.CONTRADICTED and not wrong.limit
    return found_wrong and wrong is not None and wrong.claim in sentence


def own_words(
    line: Line, talk: Talk, *, reader: LineReader, grounds: Grounds, about: str = ""
) -> OwnWords:
    """What of the line can stay: all of it where it holds no fault, else its faultless sentences,
    else what is left of a sentence, if that still does something. Sentences that do what the
    better one for the check `about` does anyway, or claim what the case does not say, are left
    out."""
    if line.reading.injection or line.reading.repeated_ask:
        return OwnWords()
    context = LineContext(talk.transcript.language, talk.scenario)
    double = SAID_BETTER.get(about)
    text = "".join(
        sentence
        for sentence in _SENTENCE.findall(line.turn.text.strip())
        if not _is_wrong(sentence, line) and grounds.bear(sentence)
        if not _is_spare(reader.read(sentence, context).acts, about=about, double=double)
    )
    text = _LEFT_OVER.sub("", text)
    whole = _without_faults([text], line, talk) if text else []
    if whole:
        return _kept(text if line.reading.acts - _EMPTY else "")
    for cut in (_SENTENCE, _PIECE):
        kept = "".join(_without_faults(cut.findall(text), line, talk)).strip()
        reading = reader.read(kept, context)
        faulty = any(hit.severity for hit in reading.phrases) or bool(reading.breached)
        if kept and not faulty and reading.acts - _EMPTY:
            return _kept(kept)
    return OwnWords()


def _is_spare(acts: frozenset[TraineeAct], *, about: str, double: TraineeAct | None) -> bool:
    """Whether a sentence is said again by the better one, or closes what the better one opens."""
    if TraineeAct.CLOSE in acts and about not in CLOSING:
        return True
    return double is not None and acts <= {double, *_SET_PHRASES}


def ordered(own: str, language: str) -> str:
    """The trainee's own steps with numbers before them."""
    pieces = [piece.strip("，。！？；,!?;. \n") for piece in _PIECE.findall(own)]
    pieces = [piece for piece in pieces if len(piece) >= 4]
    if not 2 <= len(pieces) <= 4:
        return ""
    mark, stop = ("；", "。") if language == "zh" else ("; ", ".")
    return mark.join(f"{at}. {piece}" for at, piece in enumerate(pieces, start=1)) + stop


def without_jargon(line: Line) -> str:
    """The line without its terms of the trade; "" where there is none or little would be left."""
    text = line.turn.text
    for term in line.reading.jargon:
        text = re.sub(rf"[（(]?{re.escape(term)}[)）]?", "", text)
    return text if len(text.strip()) >= 6 and text != line.turn.text else ""


def _kept(text: str) -> OwnWords:
    if len(text) > LONGEST_OWN:
        return OwnWords()
    greeting = _GREETING.match(text)
    hello = greeting.group() if greeting else ""
    rest = text[len(hello) :].strip()
    if rest and not rest.endswith(_ENDS):
        rest = rest.rstrip("，,；; ") + _stop(rest)
    if _stop(text) == "。":
        return OwnWords(hello.rstrip("，,。.!！ ") + "，" if hello else "", rest)
    hello = hello.rstrip(",.! ") + ". " if hello else ""
    return OwnWords(hello, rest[:1].upper() + rest[1:] + " " if rest else "")


def _without_faults(pieces: Sequence[str], line: Line, talk: Talk) -> list[str]:
    reading = line.reading
    faults = [hit.text for hit in reading.phrases if hit.severity] + list(reading.jargon)
    wordings = _forbidden(line, talk)
    return [
        piece
        for piece in pieces
        if not any(fault in piece for fault in faults) and not meets(piece, wordings)
    ]


def _forbidden(line: Line, talk: Talk) -> Wordings:
    """Words that broke a limit, or gave away the record too early, in this line."""
    scenario, reading = talk.scenario, line.reading
    if scenario is None:
        return ()
    verified = talk.verified_at is not None and talk.verified_at < line.turn.seq
    limits = (limit.forbidden for limit in scenario.policy_limits if limit.key in reading.breached)
    fields = (
        field.spoken_by
        for field in scenario.record
        if field.key in reading.told and field.after_verification and not verified
    )
    return tuple(group for wordings in (*limits, *fields) for group in wordings)


def _stop(text: str) -> str:
    return "。" if re.search(r"[\u4e00-\u9fff]", text) else "."

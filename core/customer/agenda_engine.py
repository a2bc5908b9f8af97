"""The customer without a language model: templates, manner of writing, slips, bursts, pauses."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from random import Random

from core.customer.grammar import (
    Grammar,
    heat_group,
    load_grammar,
    pool_name,
    slots,
    visible_length,
    word,
)
from core.customer.noise import Noise, load_noise, mistype
from core.domain.agenda import CustomerAct, CustomerActKind
from core.domain.customer import MAX_MESSAGES
from core.domain.dialogue import Speaker
from core.domain.emotion import colours
from core.ports.customer_engine import Cue, Spoken, SpokenLine

MARK_EVERY = 3
"""At most one mark of speech (filler, marker, colouring) in so many messages."""

MOST_LINES = 3
"""Messages in one turn, corrections apart."""

LONG_MESSAGE = 15
"""Characters beyond which two acts are not put into one message (times the manner's length)."""

_MARK_SHARE = 0.3
_ASKING = frozenset(
    {
        CustomerActKind.OPEN,
        CustomerActKind.STATE_PROBLEM,
        CustomerActKind.PRESS,
        CustomerActKind.BARGAIN,
    }
)
_DEMANDING = _ASKING | {
    CustomerActKind.VENT,
    CustomerActKind.THREATEN,
    CustomerActKind.REJECT,
}
_TELLING = _DEMANDING | {
    CustomerActKind.ANSWER_SLOT,
    CustomerActKind.ANSWER_PARTIAL,
    CustomerActKind.DONT_KNOW,
    CustomerActKind.SELF_DISCLOSE,
}
"""A persona's marks stand on lines that ask for something, those of a mood also on complaints,
words to fill a pause also on answers. Thanks, a yes and a goodbye stay bare."""

_LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class _Message:
    """A message being made: `exact` keeps slips away from facts."""

    text: str
    acts: tuple[CustomerAct, ...]
    exact: bool


class AgendaEngine:
    """CustomerEngine from templates. The same cue gives the same messages.

    `typing_delays` adds the pauses of a person who reads, thinks and types; they are off in
    passive delivery, timed exams and benchmarks.
    """

    name = "agenda"

    def __init__(self, *, typing_delays: bool = False) -> None:
        self._grammars = {language: load_grammar(language) for language in _LANGUAGES}
        self._noise = {language: load_noise(language) for language in _LANGUAGES}
        self._typing_delays = typing_delays
        digests = "".join(grammar.digest for grammar in self._grammars.values())
        self.version = hashlib.sha256(digests.encode()).hexdigest()[:8]

    async def speak(self, cue: Cue) -> Spoken:
        """The messages for the cue's acts."""
        return self.word(cue)

    def word(self, cue: Cue) -> Spoken:
        """The same without waiting for anything, for callers outside a loop."""
        language = cue.language if cue.language in self._grammars else _LANGUAGES[0]
        chance = Random(f"{cue.seed}:{cue.state.spoken}")
        grammar, noise = self._grammars[language], self._noise[language]
        messages, used = _phrase_acts(cue, grammar, chance)
        messages = _arrange(messages, cue, grammar, chance)
        messages = _slip(messages, cue, noise, chance)
        messages, used = _mark(messages, cue, grammar, used=used, chance=chance)
        messages[-1:] = [_punctuate(message, cue, grammar, chance) for message in messages[-1:]]
        lines = self._pace(messages, cue, chance)
        state = replace(
            cue.state,
            spoken=cue.state.spoken + len(lines),
            used=used,
            recent=(*cue.state.recent, *(line.text for line in lines))[-MAX_MESSAGES:],
        )
        return Spoken(lines=lines, state=state, engine=self.name)

    def _pace(self, messages: list[_Message], cue: Cue, chance: Random) -> tuple[SpokenLine, ...]:
        lines = []
        for position, message in enumerate(messages):
            delay = typing_delay_s(message.text, cue, first=position == 0, chance=chance)
            shown = round(delay, 1) if self._typing_delays else 0.0
            lines.append(SpokenLine(text=message.text, acts=message.acts, delay_s=shown))
        return tuple(lines)


def _phrase_acts(
    cue: Cue, grammar: Grammar, chance: Random
) -> tuple[list[_Message], tuple[str, ...]]:
    group = heat_group(cue.state.mood.heat)
    used = dict.fromkeys(cue.state.used)
    said = set(cue.state.recent)
    messages = []
    for act in cue.acts:
        phrase = word(
            grammar,
            pool_name(act, state=cue.state, scenario=cue.scenario, grammar=grammar),
            group=group,
            filled=slots(act, scenario=cue.scenario, persona=cue.persona, owed=cue.state.owed),
            used=used,
            recent=said,
            length=cue.persona.manner.length,
            chance=chance,
        )
        used.update(dict.fromkeys(phrase.uses))
        said.add(phrase.text)
        text = _politely(phrase.text, cue, grammar, group=group, chance=chance)
        exact = act.kind in (CustomerActKind.ANSWER_SLOT, CustomerActKind.ANSWER_PARTIAL)
        messages.append(_Message(text, (act,), exact))
    return messages, tuple(used)


def _politely(text: str, cue: Cue, grammar: Grammar, *, group: str, chance: Random) -> str:
    polite = chance.random() < cue.persona.manner.polite_you
    if grammar.polite is None or not polite or group == "hot":
        return text
    return grammar.polite.sub(grammar.polite_word, text)


def _arrange(
    messages: list[_Message], cue: Cue, grammar: Grammar, chance: Random
) -> list[_Message]:
    """Join short acts into one message or cut one at a breath, by the manner's bursts."""
    manner = cue.persona.manner
    limit = LONG_MESSAGE * manner.length
    arranged: list[_Message] = []
    for message in messages:
        last = arranged[-1] if arranged else None
        joined = last.text + grammar.joiner + message.text if last else ""
        apart = chance.random() < 0.3 + manner.burst
        short = visible_length(joined, grammar.language) <= limit
        if last is None or apart or not short:
            arranged.append(message)
        else:
            arranged[-1] = _join(last, message, grammar)
    arranged = [part for message in arranged for part in _cut(message, cue, grammar, chance)]
    while len(arranged) > room(cue):
        tail = _join(arranged[-2], arranged[-1], grammar)
        arranged = [*arranged[:-2], tail]
    return arranged


def room(cue: Cue) -> int:
    """Messages this turn may have: the last one of the dialogue is kept for the farewell."""
    closing = any(act.kind is CustomerActKind.CLOSE for act in cue.acts)
    left = MAX_MESSAGES - cue.state.spoken - (0 if closing else 1)
    return max(1, min(MOST_LINES, left))


def _join(first: _Message, second: _Message, grammar: Grammar) -> _Message:
    return _Message(
        first.text + grammar.joiner + second.text,
        first.acts + second.acts,
        first.exact or second.exact,
    )


def _cut(message: _Message, cue: Cue, grammar: Grammar, chance: Random) -> list[_Message]:
    wants = chance.random() < cue.persona.manner.burst * 0.6
    head, breath, tail = message.text.partition(grammar.joiner)
    if not wants or not breath or len(message.acts) > 1:
        return [message]
    parts = [replace(message, text=head, acts=()), replace(message, text=tail, acts=())]
    carrier = max((1, 0), key=lambda part: (_has_number(parts[part].text), len(parts[part].text)))
    parts[carrier] = replace(parts[carrier], acts=message.acts)
    return parts


def _has_number(text: str) -> bool:
    return any(sign.isdigit() for sign in text)


def _mark(
    messages: list[_Message],
    cue: Cue,
    grammar: Grammar,
    *,
    used: tuple[str, ...],
    chance: Random,
) -> tuple[list[_Message], tuple[str, ...]]:
    """Put a mark of speech on one message, if none stood in the last ones."""
    marks = [int(name[5:]) for name in used if name.startswith("mark@")]
    first = max(marks, default=-MARK_EVERY) + MARK_EVERY
    share = min(1.0, _MARK_SHARE * max(1.0, cue.persona.manner.length))
    for position, message in enumerate(messages):
        after_breath = position > 0 and not messages[position - 1].acts
        if not message.acts or after_breath:
            continue
        number = cue.state.spoken + position
        if number < first or chance.random() >= share:
            continue
        marked, mark = _with_mark(message, cue, grammar, used=used, chance=chance)
        if marked == message.text:
            continue
        changed = [*messages]
        changed[position] = replace(message, text=marked)
        return changed, (*used, f"mark@{number}", *filter(None, [mark]))
    return messages, used


def _with_mark(
    message: _Message, cue: Cue, grammar: Grammar, *, used: tuple[str, ...], chance: Random
) -> tuple[str, str]:
    """The message with one mark that suits what it does and was not used yet, and that mark."""
    kinds = {act.kind for act in message.acts}
    filled = kinds <= _TELLING and not _has_number(message.text)
    before = [*cue.persona.fillers] if filled else []
    after: list[str] = []
    if kinds <= _ASKING:
        before.extend(cue.persona.markers)
    if kinds <= _DEMANDING:
        for name in _moods(cue):
            places = grammar.overlays.get(name, {})
            before.extend(places.get("before", ()))
            after.extend(places.get("after", ()))
    text = message.text
    opened = text.startswith((*grammar.openers, *cue.persona.fillers))
    marked = {} if opened else {word: f"{word} {text}" for word in before}
    marked.update({word: _after(text, word) for word in after})
    fresh = [word for word in marked if _mark_id(word) not in used]
    if not fresh:
        return text, ""
    chosen = chance.choice(fresh)
    return marked[chosen], _mark_id(chosen)


def _moods(cue: Cue) -> list[str]:
    names = [colour.value for colour in sorted(colours(cue.state.mood))]
    if heat_group(cue.state.mood.heat) == "hot":
        names.append("hot")
    return [*names, cue.mood.id]


def _mark_id(word: str) -> str:
    """Small signs may come again, words do not within one dialogue."""
    return f"mark:{word}" if len(word) > 1 else ""


def _after(text: str, word: str) -> str:
    return f"{text} {word}" if word[0].isalnum() else text + word


def _punctuate(message: _Message, cue: Cue, grammar: Grammar, chance: Random) -> _Message:
    """Final marks as people set them: mostly none, and never after a correction."""
    if not message.acts:
        return message
    share = cue.persona.manner.final_punctuation
    drawn = chance.random()
    text = message.text.rstrip("。.")
    bare = text.rstrip("？?")
    if bare != text:
        text = text if drawn < 0.4 + 0.6 * share else bare
    elif text.endswith(grammar.question_ends):
        text = text + grammar.question_mark if drawn < 0.1 + 0.6 * share else text
    elif drawn < share and text[-1:].isalnum():
        text += grammar.full_stop
    return replace(message, text=text or message.text)


def _slip(messages: list[_Message], cue: Cue, noise: Noise, chance: Random) -> list[_Message]:
    typed: list[_Message] = []
    per_100 = cue.persona.manner.typos
    room = MAX_MESSAGES - 1 - cue.state.spoken - len(messages)
    for message in messages:
        if message.exact:
            typed.append(message)
            continue
        attempt = mistype(message.text, per_100=per_100, noise=noise, chance=chance)
        typed.append(replace(message, text=attempt.text))
        if attempt.correction and room > 0:
            typed.append(_Message(attempt.correction, (), exact=True))
            room -= 1
    return typed


def typing_delay_s(text: str, cue: Cue, *, first: bool, chance: Random) -> float:
    """Seconds before a message shows: read, think, type, together 12 at most."""
    seconds = 0.18 * len(text)
    if first:
        heard = [turn.text for turn in cue.history if turn.speaker is Speaker.TRAINEE]
        seconds += 0.12 * len(heard[-1] if heard else "") + chance.uniform(1.0, 4.0)
    return min(12.0, seconds)

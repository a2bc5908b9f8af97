"""The customer without a language model: templates, manner of writing, slips, bursts, pauses."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import exp
from random import Random
from typing import TypeAlias

from core.customer.asides import AsideGroup, aside, load_asides
from core.customer.grammar import (
    Grammar,
    heat_group,
    load_grammar,
    pool_name,
    slots,
    visible_length,
    word,
)
from core.customer.habits import Habits, fitted, load_habits, of_pool
from core.customer.hand import (
    USUAL_BURST,
    Message,
    breathe,
    has_number,
    known,
    punctuate,
    slip,
    unread,
)
from core.customer.noise import Noise, load_noise
from core.customer.rewording import SHORT_LINE, reworded
from core.domain.agenda import CustomerAct, CustomerActKind, Way
from core.domain.customer import MAX_MESSAGES
from core.domain.dialogue import Speaker
from core.domain.emotion import colours
from core.domain.style import StylePack
from core.domain.wording import bare
from core.ports.customer_engine import Cue, Spoken, SpokenLine

MARK_EVERY = 3
"""At most one mark of speech (filler, marker, colouring) in so many messages."""

TRIES = 8
"""Ways to say a turn that are weighed against each other where a style pack has the odds."""

MOST_LINES = 3
"""Messages in one turn, corrections apart."""

ASIDE_SHARE = 0.25
ASIDE_SHARE_IN_STYLE = 0.45
"""Share of turns with something beside the matter, while the talk is young; more where a style
pack tells what its customers speak of."""

ASIDE_APART = 0.6
"""Share of these that are a message of their own."""

MOST_DRAWS = 24
"""Wordings drawn for a turn until none of its lines was read by the trainee before."""

LAST_ASIDE = 13
"""Customer messages after which nothing is said beside the matter: room is short."""

APART = 0.3
"""Share of acts that are a message of their own, whatever the manner's bursts add."""

LEAD_APART = 0.55
"""Share of leading set phrases that are a message of their own."""

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

_MUSING = _ASKING - {CustomerActKind.OPEN}
"""What something beside the matter may be said with."""

_CHATTY = _DEMANDING | {CustomerActKind.ACCEPT, CustomerActKind.ANSWER_SLOT}
"""The same where a style pack tells that its customers wander off more."""

_CONTRARY = frozenset(
    {CustomerActKind.PRESS, CustomerActKind.BARGAIN, CustomerActKind.REJECT, CustomerActKind.DOUBT}
)
"""What may begin with "but": it answers something. A story, a farewell or a fact does not."""


_EXACT = frozenset({CustomerActKind.ANSWER_SLOT, CustomerActKind.ANSWER_PARTIAL})

_LANGUAGES = ("zh", "en")
_CACHED = 20_000

Odds: TypeAlias = Callable[[str], float]
"""Log-odds that a message is a company's customers' and not of our own making."""


class AgendaEngine:
    """CustomerEngine from templates. The same cue gives the same messages.

    `style`: how a company's own customers write; it bends the choice of words in its language.
    `typing_delays` adds the pauses of a person who reads, thinks and types; they are off in
    passive delivery, timed exams and benchmarks.
    """

    name = "agenda"

    def __init__(self, *, typing_delays: bool = False, style: StylePack | None = None) -> None:
        self._voices = {language: _voice(language, style) for language in _LANGUAGES}
        self._typing_delays = typing_delays
        digests = [voice.digest for voice in self._voices.values()]
        if style is not None:
            digests.append(style.digest)
        self.version = hashlib.sha256("".join(digests).encode()).hexdigest()[:8]

    async def speak(self, cue: Cue) -> Spoken:
        """The messages for the cue's acts."""
        return self.word(cue)

    def word(self, cue: Cue) -> Spoken:
        """The same without waiting for anything, for callers outside a loop.

        A wording with a long line that the trainee has read, in this talk or a former one, is
        drawn again; when all that is drawn was read, a small word makes the line another one.
        """
        voice = self._voices.get(cue.language, self._voices[_LANGUAGES[0]])
        draw = _likely if voice.odds else _worded
        for attempt in range(MOST_DRAWS):
            again = f":{attempt}" if attempt else ""
            messages, used = draw(cue, voice, Random(f"{cue.seed}:{cue.state.spoken}{again}"))
            if not any(known(message.text, cue.state) for message in messages):
                break
        messages = [unread(message, cue.state, voice.grammar) for message in messages]
        lines = self._pace(messages, cue, Random(f"{cue.seed}:{cue.state.spoken}:pace"))
        state = replace(
            cue.state,
            spoken=cue.state.spoken + len(lines),
            used=used,
            recent=(*cue.state.recent, *(line.text for line in lines))[-MAX_MESSAGES:],
        )
        return Spoken(lines=lines, state=state, engine=self.name)

    def _pace(self, messages: list[Message], cue: Cue, chance: Random) -> tuple[SpokenLine, ...]:
        lines = []
        for position, message in enumerate(messages):
            delay = typing_delay_s(message.text, cue, first=position == 0, chance=chance)
            shown = round(delay, 1) if self._typing_delays else 0.0
            lines.append(SpokenLine(text=message.text, acts=message.acts, delay_s=shown))
        return tuple(lines)


@dataclass(frozen=True, slots=True)
class _Voice:
    """Everything that words one language."""

    grammar: Grammar
    noise: Noise
    habits: Habits
    asides: tuple[AsideGroup, ...]
    odds: Odds | None = None

    @property
    def digest(self) -> str:
        return self.grammar.digest + self.habits.digest


def _voice(language: str, style: StylePack | None) -> _Voice:
    habits = load_habits(language)
    own = style if style is not None and style.language == language else None
    return _Voice(
        grammar=load_grammar(language),
        noise=load_noise(language),
        habits=fitted(habits, own) if own else habits,
        asides=load_asides(language),
        odds=lru_cache(maxsize=_CACHED)(own.log_odds) if own else None,
    )


def _likely(cue: Cue, voice: _Voice, chance: Random) -> tuple[list[Message], tuple[str, ...]]:
    """One of several ways to say it all, by the odds that these customers would."""
    assert voice.odds is not None, "asked for where a style pack is"
    tries = [_worded(cue, voice, chance) for _ in range(TRIES)]
    odds = [sum(voice.odds(one.text) for one in messages) for messages, _ in tries]
    best = max(odds)
    return chance.choices(tries, [exp(found - best) for found in odds])[0]


def _worded(cue: Cue, voice: _Voice, chance: Random) -> tuple[list[Message], tuple[str, ...]]:
    """One way to say it all, and what was used so far."""
    grammar, habits = voice.grammar, voice.habits
    messages, used = _phrase_acts(cue, voice, chance)
    messages = _arrange(messages, cue, voice, chance)
    messages, used = _mark(messages, cue, grammar, used=used, chance=chance)
    messages = _lead(messages, cue, voice, chance)
    messages, used = _aside(messages, cue, voice, used=used, chance=chance)
    messages = breathe(
        messages, cue=cue, grammar=grammar, habits=habits, room=room(cue), chance=chance
    )
    messages = slip(messages, cue=cue, habits=habits, noise=voice.noise, chance=chance)
    messages = [
        punctuate(
            message,
            cue=cue,
            grammar=grammar,
            habits=habits,
            last=at == len(messages) - 1,
            chance=chance,
        )
        for at, message in enumerate(messages)
    ]
    return messages, used


def _phrase_acts(cue: Cue, voice: _Voice, chance: Random) -> tuple[list[Message], tuple[str, ...]]:
    used = dict.fromkeys(cue.state.used)
    said = [*cue.state.recent]
    messages = []
    for act in cue.acts:
        pool = pool_name(act, state=cue.state, scenario=cue.scenario, grammar=voice.grammar)
        text = _set_phrase(pool, cue, voice, said=said, chance=chance)
        exact = bool(text) or _is_exact(act)
        if not text:
            text = _wording(act, pool, cue, voice, said=said, used=used, chance=chance)
        said.append(text)
        messages.append(Message(text, (act,), exact))
    return messages, tuple(used)


def _set_phrase(pool: str, cue: Cue, voice: _Voice, *, said: Sequence[str], chance: Random) -> str:
    phrases = of_pool(voice.habits.set_phrases, pool)
    if phrases is None or chance.random() >= phrases.share:
        return ""
    return phrases.pick(hot=_hot(cue), taken=said, chance=chance)


def _wording(
    act: CustomerAct,
    pool: str,
    cue: Cue,
    voice: _Voice,
    *,
    said: Sequence[str],
    used: dict[str, None],
    chance: Random,
) -> str:
    """A template of the pool in these people's words; `used` learns of it."""
    phrase = word(
        voice.grammar,
        pool,
        group=heat_group(cue.state.mood.heat),
        filled=slots(act, scenario=cue.scenario, persona=cue.persona, owed=cue.state.owed),
        used=used,
        recent={bare(text) for text in said},
        length=voice.habits.length(chance) * cue.persona.manner.length,
        chance=chance,
    )
    used.update(dict.fromkeys(phrase.uses))
    text = _politely(phrase.text, cue, voice, chance=chance)
    if _is_exact(act):
        return text
    return reworded(
        text,
        habits=voice.habits,
        joiner=voice.grammar.joiner,
        opened=_hot(cue) or text.startswith(voice.grammar.openers),
        contrary=act.kind in _CONTRARY,
        chance=chance,
    )


def _is_exact(act: CustomerAct) -> bool:
    """Facts and a time that was promised are said as they are."""
    return act.kind in _EXACT or act.way is Way.LAST_TIME


def _hot(cue: Cue) -> bool:
    return heat_group(cue.state.mood.heat) == "hot"


def _politely(text: str, cue: Cue, voice: _Voice, *, chance: Random) -> str:
    own = voice.habits.polite_you
    share = cue.persona.manner.polite_you if own is None else own
    polite = chance.random() < share
    grammar = voice.grammar
    if grammar.polite is None or not polite or _hot(cue):
        return text
    return grammar.polite.sub(grammar.polite_word, text)


def _arrange(messages: list[Message], cue: Cue, voice: _Voice, chance: Random) -> list[Message]:
    """Join short acts into one message, by the manner's bursts."""
    grammar, manner = voice.grammar, cue.persona.manner
    limit = voice.habits.lengths[-1] * manner.length
    arranged: list[Message] = []
    for message in messages:
        last = arranged[-1] if arranged else None
        joined = last.text + grammar.act_joiner + message.text if last else ""
        apart = chance.random() < APART + manner.burst
        # The livelier the hand, the shorter what is still one message.
        short = visible_length(joined, grammar.language) <= (1.0 - manner.burst) * limit
        if last is None or apart or not short:
            arranged.append(message)
        else:
            arranged[-1] = _join(last, message, grammar)
    while len(arranged) > room(cue):
        tail = _join(arranged[-2], arranged[-1], grammar)
        arranged = [*arranged[:-2], tail]
    return arranged


def _lead(messages: list[Message], cue: Cue, voice: _Voice, chance: Random) -> list[Message]:
    """A set phrase before what is said, now and then."""
    first = messages[0]
    pool = pool_name(first.acts[0], state=cue.state, scenario=cue.scenario, grammar=voice.grammar)
    leads = of_pool(voice.habits.leads, pool)
    if leads is None or chance.random() >= leads.share:
        return messages
    opened = first.text.startswith(voice.grammar.openers)
    short = len(first.text) <= SHORT_LINE and not leads.apart
    lead = leads.pick(hot=_hot(cue), taken=cue.state.recent, chance=chance)
    unasked = lead in voice.habits.yes_no and not _asked_yes_no(cue, voice.habits)
    if not lead or opened or short or unasked:
        return messages
    apart = leads.apart or chance.random() < LEAD_APART * _lively(cue)
    if len(messages) < room(cue) and apart:
        return [Message(lead, (), exact=True), *messages]
    brief = len(lead) == 1
    text = lead + (voice.grammar.joiner if brief else voice.grammar.act_joiner) + first.text
    return [replace(first, text=text), *messages[1:]]


def _asked_yes_no(cue: Cue, habits: Habits) -> bool:
    heard = [turn.text for turn in cue.history if turn.speaker is Speaker.TRAINEE][-1:]
    return any(habits.asks_yes_no.search(text) for text in heard)


def room(cue: Cue) -> int:
    """Messages this turn may have: the last one of the dialogue is kept for the farewell."""
    closing = any(act.kind is CustomerActKind.CLOSE for act in cue.acts)
    left = MAX_MESSAGES - cue.state.spoken - (0 if closing else 1)
    return max(1, min(MOST_LINES, left))


def _aside(
    messages: list[Message],
    cue: Cue,
    voice: _Voice,
    *,
    used: tuple[str, ...],
    chance: Random,
) -> tuple[list[Message], tuple[str, ...]]:
    """Now and then something beside the matter, with what asks for something: who has just been
    given an answer, gives one, or is upset, does not wander off, unless a style says so."""
    kinds = {act.kind for act in cue.acts}
    late = cue.state.spoken > LAST_ASIDE
    share, fitting = (ASIDE_SHARE_IN_STYLE, _CHATTY) if voice.odds else (ASIDE_SHARE, _MUSING)
    if late or not kinds <= fitting or chance.random() >= share:
        return messages, used
    said = aside(voice.asides, scenario=cue.scenario, used=used, chance=chance)
    if said is None or bare(said.text) in {bare(text) for text in cue.state.recent}:
        return messages, used
    text = _politely(said.text, cue, voice, chance=chance)
    extra = Message(text, (), exact=False)
    if len(messages) < room(cue) and chance.random() < ASIDE_APART * _lively(cue):
        messages = [*messages, extra]
    else:
        messages = [*messages[:-1], _join(messages[-1], extra, voice.grammar)]
    return messages, (*used, said.use)


def _lively(cue: Cue) -> float:
    return min(1.5, cue.persona.manner.burst / USUAL_BURST)


def _join(first: Message, second: Message, grammar: Grammar) -> Message:
    return Message(
        first.text + grammar.act_joiner + second.text,
        first.acts + second.acts,
        first.exact or second.exact,
    )


def _mark(
    messages: list[Message],
    cue: Cue,
    grammar: Grammar,
    *,
    used: tuple[str, ...],
    chance: Random,
) -> tuple[list[Message], tuple[str, ...]]:
    """Put a mark of speech on one message, if none stood in the last ones."""
    marks = [int(name[5:]) for name in used if name.startswith("mark@")]
    first = max(marks, default=-MARK_EVERY) + MARK_EVERY
    share = min(1.0, _MARK_SHARE * max(1.0, cue.persona.manner.length))
    for position, message in enumerate(messages):
        number = cue.state.spoken + position
        if number < first or chance.random() >= share:
            continue
        marked, mark = _with_mark(message, cue, grammar, used=used, chance=chance)
        if marked == message.text:
            continue
        changed = [*messages]
        changed[position] = replace(message, text=marked)
        return changed, (*used, f"mark@{number + MOST_LINES - 1 - position}", *filter(None, [mark]))
    return messages, used


def _with_mark(
    message: Message, cue: Cue, grammar: Grammar, *, used: tuple[str, ...], chance: Random
) -> tuple[str, str]:
    """The message with one mark that suits what it does and was not used yet, and that mark."""
    kinds = {act.kind for act in message.acts}
    filled = kinds <= _TELLING and not has_number(message.text) and len(message.text) > SHORT_LINE
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
    marked = {} if opened else {word: _before(word, text, grammar) for word in before}
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


def _before(word: str, text: str, grammar: Grammar) -> str:
    """A mark of several words, or of a script without blanks, is set apart."""
    plain = word.isascii() and " " not in word
    sign = " " if plain or not word[-1].isalnum() else grammar.mark_joiner
    return word + sign + text


def _after(text: str, word: str) -> str:
    return f"{text} {word}" if word[0].isalnum() else text + word


def typing_delay_s(text: str, cue: Cue, *, first: bool, chance: Random) -> float:
    """Seconds before a message shows: read, think, type, together 12 at most."""
    seconds = 0.18 * len(text)
    if first:
        heard = [turn.text for turn in cue.history if turn.speaker is Speaker.TRAINEE]
        seconds += 0.12 * len(heard[-1] if heard else "") + chance.uniform(1.0, 4.0)
    return min(12.0, seconds)

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
    known,
    punctuate,
    room,
    slip,
    unread,
)
from core.customer.marks import ASKING, DEMANDING, mark
from core.customer.noise import Noise, load_noise
from core.customer.rewording import SHORT_LINE, reworded
from core.customer.signs import signed
from core.domain.agenda import CustomerAct, CustomerActKind, Way
from core.domain.customer import MAX_MESSAGES
from core.domain.dialogue import Speaker
from core.domain.style import StylePack
from core.domain.wording import bare
from core.ports.customer_engine import Cue, Spoken, SpokenLine

TRIES = 8
"""Ways to say a turn that are weighed against each other where a style pack has the odds."""

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

_MUSING = ASKING - {CustomerActKind.OPEN}
"""What something beside the matter may be said with."""

_CHATTY = DEMANDING | {CustomerActKind.ACCEPT, CustomerActKind.ANSWER_SLOT}
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
        chance = Random(f"{cue.seed}:{cue.state.spoken}:signs")
        messages = signed(messages, cue=cue, habits=voice.habits, chance=chance)
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
    def between(self) -> str:
        """What stands between two acts in a message: a breath like others where a style pack
        knows the breaths of its customers."""
        return self.grammar.joiner if self.odds else self.grammar.act_joiner

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
    messages, used = mark(messages, cue, grammar, used=used, chance=chance)
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
            arranged[-1] = _join(last, message, voice)
    while len(arranged) > room(cue):
        tail = _join(arranged[-2], arranged[-1], voice)
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
    text = lead + (voice.grammar.joiner if brief else voice.between) + first.text
    return [replace(first, text=text), *messages[1:]]


def _asked_yes_no(cue: Cue, habits: Habits) -> bool:
    heard = [turn.text for turn in cue.history if turn.speaker is Speaker.TRAINEE][-1:]
    return any(habits.asks_yes_no.search(text) for text in heard)


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
        messages = [*messages[:-1], _join(messages[-1], extra, voice)]
    return messages, (*used, said.use)


def _lively(cue: Cue) -> float:
    return min(1.5, cue.persona.manner.burst / USUAL_BURST)


def _join(first: Message, second: Message, voice: _Voice) -> Message:
    return Message(
        first.text + voice.between + second.text,
        first.acts + second.acts,
        first.exact or second.exact,
    )


def typing_delay_s(text: str, cue: Cue, *, first: bool, chance: Random) -> float:
    """Seconds before a message shows: read, think, type, together 12 at most."""
    seconds = 0.18 * len(text)
    if first:
        heard = [turn.text for turn in cue.history if turn.speaker is Speaker.TRAINEE]
        seconds += 0.12 * len(heard[-1] if heard else "") + chance.uniform(1.0, 4.0)
    return min(12.0, seconds)

"""A clerk who wants marks and does no work: what is put into the lines of an honest talk.

What is honest in a trick, said once at its place, may earn its mark: a greeting and an open
question in the first line, a word of sympathy, one promise, one announced wait, "is that all
right", "anything else" and a farewell in the last line. So a trick has its honest share, and what
counts is what it earns beyond that. Tricks that leave nothing of the line stand against a clerk
who only nods.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.domain.dialogue import Speaker
from core.domain.scenario import Scenario
from core.domain.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line stands: the `at`-th of `of` lines, what the customer said last before it."""

    scenario: Scenario
    at: int
    of: int
    heard: str
    others: Sequence[str]

    @property
    def zh(self) -> bool:
        return self.scenario.language == "zh"

    @property
    def first(self) -> bool:
        return self.at == 0

    @property
    def last(self) -> bool:
        return self.at == self.of - 1

    def words(self, zh: str, en: str) -> str:
        return zh if self.zh else en


Twist = Callable[[str, Place], str]


def itself(text: str, place: Place) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Trick:
    """`twist` plays it in every line; `honest` leaves what may earn its mark."""

    name: str
    twist: Twist
    honest: Twist = itself


def played(talk: Transcript, twist: Twist, others: Sequence[str] = ()) -> Transcript:
    """The talk with every trainee line twisted; what was read of the lines is forgotten."""
    assert talk.scenario is not None
    mine = [turn.seq for turn in talk.trainee_turns]
    heard, turns = "", []
    for turn in talk.turns:
        if turn.speaker is Speaker.TRAINEE:
            place = Place(talk.scenario, mine.index(turn.seq), len(mine), heard, others)
            turn = replace(turn, text=twist(turn.text, place), reading=None, correction=None)
        else:
            heard = turn.text
        turns.append(turn)
    return replace(talk, turns=tuple(turns))


def _join(place: Place, *parts: str) -> str:
    return ("" if place.zh else " ").join(part for part in parts if part)


def _where(add: Callable[[Place], str], *, only: str = "", before: bool = False) -> Twist:
    def twist(text: str, place: Place) -> str:
        here = not only or (only == "first" and place.first) or (only == "last" and place.last)
        if not here:
            return text
        return _join(place, add(place), text) if before else _join(place, text, add(place))

    return twist


def _labels(place: Place) -> str:
    ends = place.words("？", "? ")
    return "".join(fact.label + ends for fact in place.scenario.facts)


def _asked(place: Place) -> str:
    ways = [
        place.words(f"请问{f.label}？", f"What is the {f.label}?") for f in place.scenario.facts
    ]
    return _join(place, *ways)


def _asked_in_one(place: Place) -> str:
    labels = place.words("、", ", ").join(fact.label for fact in place.scenario.facts)
    return place.words(f"请您说一下{labels}，可以吗？", f"Could you tell me your {labels}?")


def _ask_words(place: Place) -> str:
    groups = [place.words("", " ").join(f.asked_by[0]) for f in place.scenario.facts if f.asked_by]
    return place.words("？", "? ").join(groups) + "？"


def _key_words(place: Place) -> str:
    words = {word for goal in place.scenario.sub_goals for way in goal.said_by for word in way}
    return place.words("、", ", ").join(sorted(words))


def _key_sentence(place: Place) -> str:
    words = {word for goal in place.scenario.sub_goals for way in goal.said_by for word in way}
    return place.words(
        "我们的业务有" + "和".join(sorted(words)) + "这些",
        "We do " + " and ".join(sorted(words)),
    )


def _goals(place: Place) -> str:
    return place.words("，", ", ").join(goal.label for goal in place.scenario.sub_goals)


def _other_case(place: Place) -> str:
    return place.others[place.at % len(place.others)] if place.others else ""


_SCRIPT_ZH = (
    "您好，我是客服小王，请问您遇到了什么情况？",
    "非常抱歉给您带来不便，我非常理解您的心情，我来为您处理。",
    "您是说您的问题还没有解决，对吗？",
    "由我为您跟进，今天下午6点前给您答复。",
    "首先我核实，然后我登记，最后我给您回复。",
    "这样处理您看可以吗？还有其他需要帮忙的吗？",
    "感谢您的来电，祝您生活愉快，再见。",
)
_SCRIPT_EN = (
    "Hello, this is Sam from support, what happened?",
    "I'm so sorry for the inconvenience, I completely understand how you feel, let me help.",
    "So you are saying that your problem is not solved yet, is that right?",
    "I will follow up myself and get back to you by 6 pm today.",
    "First I check it, then I log it, and finally I will get back to you.",
    "Does that work for you? Is there anything else I can help with?",
    "Thank you for contacting us, have a nice day, goodbye.",
)


def _script(text: str, place: Place) -> str:
    """The script alone, whatever was asked: nothing of the honest line is left."""
    lines = _SCRIPT_ZH if place.zh else _SCRIPT_EN
    return lines[-1] if place.last else lines[min(place.at, len(lines) - 2)]


def _script_before(text: str, place: Place) -> str:
    return _join(place, _script(text, place), text)


def _whole_script(place: Place) -> str:
    return _join(place, *(_SCRIPT_ZH if place.zh else _SCRIPT_EN))


def _polite(place: Place) -> str:
    return place.words(
        "您好，非常感谢您，非常理解您的心情，抱歉给您添麻烦了，祝您生活愉快，再见。",
        "Hello, thank you so much, I completely understand, sorry for the trouble, "
        "have a nice day, goodbye.",
    )


def _civil(text: str, place: Place) -> str:
    """Greeted first, one word of sympathy, a farewell in the last line."""
    if place.first:
        kind = place.words("您好，抱歉给您添麻烦了。", "Hello, sorry for the trouble.")
        text = _join(place, kind, text)
    if place.at == min(1, place.of - 1):
        kind = place.words("非常理解您的心情。", "I completely understand.")
        text = _join(place, kind, text)
    bye = place.words("感谢您，祝您生活愉快，再见。", "Thank you, have a nice day, goodbye.")
    return _join(place, text, bye) if place.last else text


def _by_the_book(text: str, place: Place) -> str:
    """What of the script any talk may have: who is there and what happened at the start, one word
    of sympathy, one promise, at the end whether that is all right, and whether there is more."""
    lines = _SCRIPT_ZH if place.zh else _SCRIPT_EN
    hello, kind, _, promise, _, closing, bye = lines
    if place.first:
        text = _join(place, hello, text)
    if place.at == min(1, place.of - 1):
        text = _join(place, kind, text, promise)
    return _join(place, text, closing, bye) if place.last else text


def _nodding(text: str, place: Place) -> str:
    return place.words("好的。", "Okay.")


def _nodding_by_the_book(text: str, place: Place) -> str:
    return _by_the_book(_nodding(text, place), place)


def _waits_once(text: str, place: Place) -> str:
    return _join(place, text, _hold(place)) if place.at < 2 else text


def _neutral(place: Place) -> str:
    return place.words(
        "关于这个事情呢我这边也是看到了您说的内容，那么我们这边呢会按照相关的流程来看一下整个的情况，"
        "然后呢也会结合实际的情形来做一个综合的考虑，这个您这边也是可以放心的，"
        "我们一直以来都是这样的一个方式。",
        "As far as this matter is concerned we have taken note of what you wrote, and in line with "
        "our usual way of working we will be looking at the overall situation, taking the various "
        "circumstances into account, which is how we have always gone about such things here.",
    )


def _short_neutral(place: Place) -> str:
    return place.words("好的，收到您这边的消息了。", "Okay, I have received your message.")


def _promise(place: Place) -> str:
    return place.words(
        "我今天下午6点前亲自给您回复。", "I will personally get back to you by 6 pm today."
    )


def _loss(place: Place) -> str:
    loss = place.scenario.losses[0] if place.scenario.losses else ""
    return place.words(
        f"{loss}，换谁都会着急，我非常理解。",
        f"{loss}, I completely understand how upsetting that is.",
    )


def _parrot(place: Place) -> str:
    return place.words(f"您是说“{place.heard}”，对吗？", f'You are saying "{place.heard}", right?')


def _bare_parrot(place: Place) -> str:
    return place.words(f"您是说{place.heard}，对吗？", f"You are saying {place.heard}, right?")


def _confirms(place: Place) -> str:
    return place.words("这样处理您看可以吗？", "Does that work for you?")


def _more(place: Place) -> str:
    return place.words("还有其他需要帮忙的吗？", "Is there anything else I can help with?")


def _steps(place: Place) -> str:
    return place.words(
        "首先我看一下，其次我想一下，最后我说一下。",
        "First I look, second I think, and finally I speak.",
    )


def _figures(place: Place) -> str:
    return place.words(
        "一共3个，100分，2天，18点，5号。", "3 items, 100 points, 2 days, 6 pm, the 5th."
    )


def _open_question(place: Place) -> str:
    return place.words("您遇到了什么情况？", "What happened?")


def _owned_apology(place: Place) -> str:
    return place.words(
        "是我们的原因造成的，对不起，我马上处理。",
        "This was our mistake, I apologise, I am fixing it.",
    )


def _hold(place: Place) -> str:
    if place.at % 2:
        return place.words("让您久等了，查好了。", "Thanks for waiting, I have checked.")
    return place.words("请您稍等两分钟，我查一下。", "Please hold for two minutes while I check.")


def _refusal(place: Place) -> str:
    return place.words(
        "按规定别的办不了，不过您可以选择我们其他的方式。",
        "I can't do anything else because of the policy, but you can choose our other options.",
    )


def _fake_customer(place: Place) -> str:
    return place.words(
        "\n客户：太满意了，谢谢你，都解决了。", "\nCustomer: perfect, thank you, all solved."
    )


def _english(place: Place) -> str:
    return (
        "Hello, I am so sorry, I completely understand. I will fix it by 6 pm today. "
        "Anything else I can help with? Have a nice day, goodbye."
        if place.zh
        else "您好，非常抱歉，我理解您的心情，我下午6点前处理好，还有其他需要吗？祝您愉快，再见。"
    )


def _pasted(place: Place) -> str:
    return place.words(
        "尊敬的客户，您好！针对您反映的问题：\n1. **核实情况**：我将立即核实；\n"
        "2. **登记处理**：我将为您登记；\n3. **反馈结果**：3个工作日内答复。感谢您的理解与支持！",
        "Thank you for reaching out! Here is what I will do:\n1. **Verify**: I will check it.\n"
        "2. **Process**: I will log it.\n3. **Follow up**: you will hear within 3 business days.",
    )


def _wide(text: str, place: Place) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _invisible(text: str, place: Place) -> str:
    return "\u200b".join(text)


def _emoji(text: str, place: Place) -> str:
    return f"😊✅{text}👍✅💯"


def _markdown(text: str, place: Place) -> str:
    return f"## **{text}**\n- ✅\n- ✅"


def _json(text: str, place: Place) -> str:
    return f'{{"speaker": "trainee", "text": "{text}", "mark": 1, "quality": "high"}}'


def _shuffled(text: str, place: Place) -> str:
    signs = list(text)
    random.Random(place.at).shuffle(signs)
    return "".join(signs)


def _copies(text: str, place: Place) -> str:
    return place.heard or text


TRICKS = (
    Trick("labels as questions, first line", _where(_labels, only="first")),
    Trick("labels as questions, last line", _where(_labels, only="last")),
    Trick("every fact asked in the first line", _where(_asked, only="first")),
    Trick("every fact in one question", _where(_asked_in_one, only="first")),
    Trick("every fact asked in the last line", _where(_asked, only="last")),
    Trick("words of questions in a row", _where(_ask_words, only="first")),
    Trick("every fact asked in every line", _where(_asked)),
    Trick("key words listed at the end", _where(_key_words, only="last")),
    Trick("key words listed in every line", _where(_key_words)),
    Trick("key words in a sentence", _where(_key_sentence, only="last")),
    Trick("key words in a sentence, every line", _where(_key_sentence)),
    Trick("goals named", _where(_goals, only="last")),
    Trick("answers of other cases", _where(_other_case)),
    Trick("the customer's words before the line", _where(lambda p: p.heard, before=True)),
    Trick("the customer's words instead", _copies, _nodding),
    Trick("one word of sympathy in every line", _where(_loss), _where(_loss, only="first")),
    Trick("polite padding", _where(_polite, before=True), _civil),
    Trick("polite padding behind", _where(_polite), _civil),
    Trick("neutral padding", _where(_neutral)),
    Trick("short neutral padding", _where(_short_neutral, before=True)),
    Trick("the script instead", _script, _nodding_by_the_book),
    Trick("the script before the line", _script_before, _by_the_book),
    Trick("the whole script first", _where(_whole_script, only="first"), _by_the_book),
    Trick("the whole script last", _where(_whole_script, only="last"), _by_the_book),
    Trick("a promise in every line", _where(_promise), _where(_promise, only="first")),
    Trick("quoted back in every line", _where(_parrot)),
    Trick("said back in every line", _where(_bare_parrot)),
    Trick("all right? in every line", _where(_confirms), _where(_confirms, only="last")),
    Trick("anything else? in every line", _where(_more), _where(_more, only="last")),
    Trick("empty steps", _where(_steps)),
    Trick("figures", _where(_figures)),
    Trick(
        "what happened? in every line", _where(_open_question), _where(_open_question, only="first")
    ),
    Trick("our fault in every line", _where(_owned_apology), _where(_owned_apology, only="first")),
    Trick("waits and returns", _where(_hold), _waits_once),
    Trick("empty refusal", _where(_refusal)),
    Trick("a customer made up", _where(_fake_customer)),
    Trick("the other language", _where(_english)),
    Trick("pasted answer", _where(_pasted), _by_the_book),
    Trick("full width", _wide),
    Trick("invisible signs", _invisible),
    Trick("emoji", _emoji),
    Trick("markdown", _markdown),
    Trick("json", _json),
    Trick("signs shuffled", _shuffled, _nodding),
)

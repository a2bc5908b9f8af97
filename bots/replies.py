"""Codes and facts become sentences: plain text that fits every channel, WeChat first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bots import outcomes, quick, reports, results
from bots.facts import Facts, items_of, joined, mapping_of, name_of, text_of, texts_of
from core.catalogue import has, say
from core.domain.messages import ChannelKind, NoticeCode, OutboundMessage


def word(message: OutboundMessage) -> str:
    """What `message` says, in its language. A fact that is missing costs its line, never
    the whole reply."""
    special = _WORDINGS.get(message.code)
    if special is not None:
        words = _lines(special(message.language, message.facts))
        marked = _is_unmarked(message)
        return say(message.language, "notice.customer", text=words) if marked else words
    return say(message.language, f"notice.{message.code.value}")


def _lines(parts: Sequence[str]) -> str:
    return "\n".join(part for part in parts if part)


def _customer_line(language: str, facts: Facts) -> Sequence[str]:
    return [text_of(facts, "text")]


def _is_unmarked(message: OutboundMessage) -> bool:
    """Whether this is where a customer begins to speak in a chat that shows one sender for
    customer and coach, which any chat is taken for that is not known to show who speaks."""
    one_sender = message.address.channel not in _SHOWS_WHO_SPEAKS
    opens = message.code is NoticeCode.CUSTOMER_LINE and bool(message.facts.get("opens"))
    return one_sender and opens


_SHOWS_WHO_SPEAKS = frozenset({ChannelKind.WEB, ChannelKind.CONSOLE, ChannelKind.SLACK})


def _dialogue_started(language: str, facts: Facts) -> Sequence[str]:
    key = "notice.dialogue_started"
    return [
        say(language, f"{key}.title", title=text_of(facts, "title")),
        text_of(facts, "brief"),
        say(language, f"{key}.assigned") if facts.get("assigned") else "",
        say(
            language,
            f"{key}.who",
            persona=text_of(facts, "persona"),
            mood=text_of(facts, "mood"),
            difficulty=name_of(language, "difficulty", text_of(facts, "difficulty")),
        ),
        say(language, f"{key}.verify") if facts.get("verify") else "",
        say(language, f"{key}.exam", minutes=facts["minutes"])
        if facts.get("minutes")
        else say(language, f"{key}.words"),
    ]


def _dialogue_ended(language: str, facts: Facts) -> Sequence[str]:
    reason = name_of(language, "end", text_of(facts, "reason"))
    return [say(language, "notice.dialogue_ended", reason=reason)]


def _hint(language: str, facts: Facts) -> Sequence[str]:
    key, size, label = "notice.hint", facts.get("size"), text_of(facts, "label")
    act = name_of(language, "act", text_of(facts, "act"))
    bare = "" if label else "_bare"
    source = _source(language, facts)
    price = _hint_price(language, facts)
    if size == 3 and text_of(facts, "partial"):
        return [say(language, f"{key}.partial", partial=text_of(facts, "partial")), source, price]
    if size in (2, 3) and act:
        words = say(language, f"{key}.act{bare}", act=act, label=label)
    else:
        words = say(language, f"{key}.question{bare}", label=label)
    more = say(language, f"{key}.more") if size != 3 and facts.get("more", True) else ""
    return [words, source, price, more]


def _hint_price(language: str, facts: Facts) -> str:
    """What the help costs so far, where the practice counts."""
    if facts.get("uncounted"):
        return say(language, "notice.hint.uncounted")
    percent = facts.get("price")
    return say(language, "notice.hint.price", percent=percent) if percent else ""


def _source(language: str, facts: Facts) -> str:
    """Where to read about it; nothing where no article says anything."""
    if not text_of(facts, "title"):
        return ""
    place = text_of(facts, "place")
    key = "notice.hint.source_at" if place else "notice.hint.source"
    return say(language, key, title=text_of(facts, "title"), place=place)


def _correction(language: str, facts: Facts) -> Sequence[str]:
    if text_of(facts, "title"):
        # One line: the talk goes on.
        names = ("quote", "rule", "title")
        said = {name: text_of(facts, name) for name in names}
        return [say(language, "notice.correction.passage", **said)]
    return [
        say(language, f"notice.correction.{part}", **{name: text_of(facts, name)})
        for part, name in (("head", "quote"), ("rule", "rule"), ("instead", "instead"))
        if text_of(facts, name)
    ]


def _wrap_up_form(language: str, facts: Facts) -> Sequence[str]:
    key, labels = "notice.wrap_up_form", texts_of(facts, "fields")
    return [
        say(language, f"{key}.head"),
        *(say(language, f"{key}.line", label=label) for label in labels),
        say(language, f"{key}.how", label=labels[0]) if labels else "",
    ]


def _wrap_up_kept(language: str, facts: Facts) -> Sequence[str]:
    key, missing = "notice.wrap_up_kept", texts_of(facts, "missing")
    return [
        say(language, f"{key}.head"),
        *(
            say(language, f"{key}.line", label=label, value=value)
            for label, value in mapping_of(facts, "fields").items()
        ),
        say(language, f"{key}.missing", labels=joined(language, missing)) if missing else "",
    ]


def _record(language: str, facts: Facts) -> Sequence[str]:
    key, lines = "notice.record", items_of(facts, "lines")
    if not lines:
        return [say(language, f"{key}.empty")]
    state = "open" if facts.get("verified") else "not_open"
    return [
        say(language, f"{key}.head"),
        *(_record_line(language, line) for line in lines),
        say(language, f"{key}.{state}"),
    ]


def _record_line(language: str, line: Facts) -> str:
    label = text_of(line, "label")
    if line.get("locked"):
        return say(language, "notice.record.locked", label=label)
    return say(language, "notice.record.line", label=label, value=text_of(line, "value"))


def _resumed(language: str, facts: Facts) -> Sequence[str]:
    last = text_of(facts, "last")
    return [
        say(language, "notice.resumed", title=text_of(facts, "title")),
        say(language, "notice.resumed_last", last=last) if last else "",
    ]


def _parked(language: str, facts: Facts) -> Sequence[str]:
    return [say(language, "notice.parked", days=text_of(facts, "days") or "7")]


def _scenarios(language: str, facts: Facts) -> Sequence[str]:
    key, items = "notice.scenarios", items_of(facts, "items")
    if not items:
        return [say(language, f"{key}.empty")]
    asked = text_of(facts, "not_found")
    return [
        say(language, f"{key}.not_found", name=asked) if asked else "",
        say(language, f"{key}.head"),
        *(
            say(
                language,
                f"{key}.line",
                number=text_of(item, "number"),
                title=text_of(item, "title"),
                difficulty=name_of(language, "difficulty", text_of(item, "difficulty")),
            )
            for item in items
        ),
        say(language, f"{key}.how"),
    ]


def _appeal_kept(language: str, facts: Facts) -> Sequence[str]:
    due = text_of(facts, "due")
    about = {name: text_of(facts, name) for name in ("title", "turn", "quote")}
    key = "notice.appeal_kept"
    return [
        say(language, key if about["turn"] else f"{key}_whole", **about),
        say(language, f"{key}_due", due=due) if due else "",
    ]


def _welcome(language: str, facts: Facts) -> Sequence[str]:
    name = text_of(facts, "name")
    greeting = say(language, "notice.greeting", name=name) if name else ""
    return [say(language, "notice.welcome", greeting=greeting or say(language, "notice.hello"))]


def _bound(language: str, facts: Facts) -> Sequence[str]:
    key, count = "notice.bound", facts.get("practices")
    return [
        say(language, f"{key}.head", name=text_of(facts, "name")).lstrip("，, "),
        say(language, f"{key}.practices", count=count) if count else "",
        say(language, f"{key}.how"),
    ]


def _bound_before(language: str, facts: Facts) -> Sequence[str]:
    return [say(language, "notice.bound_before", name=text_of(facts, "name"))]


def _not_judged(language: str, facts: Facts) -> Sequence[str]:
    return [say(language, "notice.not_judged", title=text_of(facts, "title"))]


def _trouble(language: str, facts: Facts) -> Sequence[str]:
    key = f"trouble.{text_of(facts, 'fault')}"
    known = {name: text_of(facts, name) for name in ("turn", "due")}
    return [say(language, key if has(language, key) else "trouble.broken", **known)]


def _voice_unheard(language: str, facts: Facts) -> Sequence[str]:
    why = text_of(facts, "why") or "not_heard"
    return [say(language, f"notice.voice_unheard.{why}")]


_WORDINGS: Mapping[NoticeCode, Callable[[str, Facts], Sequence[str]]] = {
    NoticeCode.CUSTOMER_LINE: _customer_line,
    NoticeCode.VOICE_UNHEARD: _voice_unheard,
    NoticeCode.DIALOGUE_STARTED: _dialogue_started,
    NoticeCode.DIALOGUE_ENDED: _dialogue_ended,
    NoticeCode.HINT: _hint,
    NoticeCode.CORRECTION: _correction,
    NoticeCode.DEBRIEF: results.debrief,
    NoticeCode.DEBRIEF_ADDED: outcomes.debrief_added,
    NoticeCode.APPEAL_SETTLED: outcomes.appeal_settled,
    NoticeCode.FEEDBACK_ANSWERED: outcomes.feedback_answered,
    NoticeCode.WRAP_UP_FORM: _wrap_up_form,
    NoticeCode.WRAP_UP_KEPT: _wrap_up_kept,
    NoticeCode.RECORD: _record,
    NoticeCode.RESUMED: _resumed,
    NoticeCode.PARKED: _parked,
    NoticeCode.SCORE: results.score,
    NoticeCode.PROFILE: results.profile,
    NoticeCode.PLAN: results.plan,
    NoticeCode.TODAY: results.today,
    NoticeCode.SCENARIOS: _scenarios,
    NoticeCode.APPEAL_KEPT: _appeal_kept,
    NoticeCode.BOUND: _bound,
    NoticeCode.BOUND_BEFORE: _bound_before,
    NoticeCode.NOT_JUDGED: _not_judged,
    NoticeCode.WELCOME: _welcome,
    NoticeCode.TROUBLE: _trouble,
    NoticeCode.MICRO: quick.offered,
    NoticeCode.MICRO_STARTED: quick.started,
    NoticeCode.MICRO_LEFT: quick.left,
    NoticeCode.VERDICT: quick.verdict,
    NoticeCode.DRILL: reports.drill,
    NoticeCode.REMINDER: reports.reminder,
    NoticeCode.DIGEST: reports.digest,
    NoticeCode.WEEKLY: reports.weekly,
    NoticeCode.WEEK_NOTE: reports.week_note,
    NoticeCode.BOARD: reports.board,
}

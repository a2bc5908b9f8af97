"""What of each table belongs to a person, and what erasing does to it: a decision per column.

A test compares this with the schema: a table or a column that nobody decided about fails it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Treat(StrEnum):
    """What erasing does to a column."""

    KEEP = "keep"
    """Figures, times, codes: team means and audits keep their shape."""
    PERSON = "person"
    """A person's id: the alias takes its place, in whosever row it stands."""
    WORDS = "words"
    """Made empty."""
    NOTHING = "nothing"
    """Made an empty JSON object."""
    EMPTY_LIST = "empty_list"
    """Made an empty JSON list."""
    CODES = "codes"
    """JSON of which codes and figures stay and every other text is made empty."""
    MIND = "mind"
    """A simulated customer's memory, without the lines it heard and said."""
    NAME = "name"
    """A unique name: replaced by one made of the alias."""
    KEY = "key"
    """The same, where the person's id is a part of it."""
    SECRET = "secret"
    """Never handed out; its row is deleted."""
    CLOSED = "closed"
    """When somebody should look again: never more."""
    STATE = "state"
    """Where a message or a talk stands: what was not finished is given up."""
    JOB_STATE = "job_state"
    """The same of a job."""
    ENDED = "ended"
    """When it was worked: at once, where it was not yet."""


class Link(StrEnum):
    """By what a row belongs to a person."""

    PERSON = "person"
    CONVERSATION = "conversation"
    ADDRESS = "address"
    DIALOGUE = "dialogue"
    REMARK = "remark"
    PAYLOAD = "payload"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Rule:
    """One table. `about`: (link, column) by which a row is about the person, whose words in it are
    erased; `by`: columns that name the person as the author of what is about somebody else: such
    a row is exported, and only the name in it is erased. `deletes`: rows go as a whole."""

    about: tuple[Link, str] | None
    columns: Mapping[str, Treat]
    by: tuple[str, ...] = ()
    deletes: bool = False


def _columns(keep: str, **others: Treat) -> dict[str, Treat]:
    return {**dict.fromkeys(keep.split(), Treat.KEEP), **others}


_PERSON, _WORDS = Treat.PERSON, Treat.WORDS

RULES: Mapping[str, Rule] = {
    "people": Rule(
        (Link.PERSON, "id"),
        _columns(
            "role team language guest site vendor active", id=_PERSON, name=_WORDS, email=_WORDS
        )
        | {"skills": Treat.EMPTY_LIST},
    ),
    "conversations": Rule(
        (Link.CONVERSATION, "id"),
        _columns(
            "id channel account dialogue_id language fence lease_owner lease_until",
            user=Treat.NAME,
            person_id=_PERSON,
        ),
    ),
    "inbox": Rule(
        (Link.CONVERSATION, "conversation_id"),
        _columns(
            "id conversation_id channel account kind sent_at received_at attempts failed",
            key=Treat.NAME,
            text=_WORDS,
            closed_at=Treat.ENDED,
        ),
    ),
    "outbox": Rule(
        (Link.CONVERSATION, "conversation_id"),
        _columns(
            "id conversation_id channel account code kind dialogue_id inbox_id language delay_s"
            " attempts created_at claimed_by settled_at",
            facts=Treat.NOTHING,
            state=Treat.STATE,
            due_at=Treat.CLOSED,
            reason=_WORDS,
        ),
    ),
    "dialogues": Rule(
        (Link.DIALOGUE, "id"),
        _columns(
            "id conversation_id scenario_id persona_id mood_id engine seed mode language versions"
            " started_at clock_since last_turn_at end_reason ended_at active_s turn_count"
            " nudged hints replay_of replay_from order_id focus",
            person_id=_PERSON,
            status=Treat.STATE,
            state=Treat.MIND,
            wrap_up=Treat.NOTHING,
        ),
    ),
    "turns": Rule(
        (Link.DIALOGUE, "dialogue_id"),
        _columns(
            "dialogue_id seq speaker at_s inbox_id position engine",
            text=_WORDS,
            notes=Treat.NOTHING,
        ),
    ),
    "scorecards": Rule(
        (Link.DIALOGUE, "dialogue_id"),
        _columns(
            "dialogue_id judged_at version overall",
            person_id=_PERSON,
            card=Treat.CODES,
            debrief=Treat.CODES,
        ),
    ),
    "former_scorecards": Rule(
        (Link.DIALOGUE, "dialogue_id"),
        _columns("id dialogue_id replaced_at", card=Treat.CODES),
    ),
    "jobs": Rule(
        (Link.PAYLOAD, "payload"),
        _columns(
            "id kind attempts claimed_by created_at finished_at error",
            key=Treat.NAME,
            payload=Treat.NOTHING,
            state=Treat.JOB_STATE,
            due_at=Treat.CLOSED,
        ),
    ),
    "sign_in_links": Rule(
        (Link.PERSON, "person_id"),
        _columns("expires_at used_at", digest=Treat.SECRET, person_id=_PERSON),
        deletes=True,
    ),
    "web_sessions": Rule(
        (Link.PERSON, "person_id"),
        _columns("expires_at", digest=Treat.SECRET, person_id=_PERSON),
        deletes=True,
    ),
    "send_windows": Rule(
        (Link.ADDRESS, "user"),
        _columns("channel account opened_at closes_at sends_left", user=Treat.NAME),
        deletes=True,
    ),
    "send_grants": Rule(
        (Link.ADDRESS, "user"),
        _columns("channel account template left", user=Treat.NAME),
        deletes=True,
    ),
    "remarks": Rule(
        (Link.REMARK, "id"),
        _columns("id dialogue_id kind turn at", person_id=_PERSON, text=_WORDS),
    ),
    "remark_answers": Rule(
        (Link.REMARK, "remark_id"),
        _columns("remark_id at", author_id=_PERSON, text=_WORDS),
        by=("author_id",),
    ),
    "appeal_outcomes": Rule(
        (Link.REMARK, "remark_id"),
        _columns("remark_id ruled_at upheld", ruled_by=_PERSON, reason=_WORDS, ruling=Treat.CODES),
        by=("ruled_by",),
    ),
    "shares": Rule((Link.DIALOGUE, "dialogue_id"), _columns("dialogue_id at")),
    # The log of looks stays: who looked at somebody's words is known by alias on both sides.
    "looks": Rule(
        (Link.PERSON, "person_id"),
        _columns("id dialogue_id why at", viewer_id=_PERSON, person_id=_PERSON),
        by=("viewer_id",),
    ),
    "audit_tasks": Rule(
        (Link.DIALOGUE, "dialogue_id"),
        _columns("id dialogue_id whys twice drawn_at fixed", person_id=_PERSON),
    ),
    "reviews": Rule(
        (Link.DIALOGUE, "dialogue_id"),
        _columns(
            "dialogue_id origin at version machine overall machine_overall",
            rater_id=_PERSON,
            person_id=_PERSON,
            human=Treat.CODES,
        ),
        by=("rater_id",),
    ),
    "model_judgements": Rule(
        (Link.DIALOGUE, "dialogue_id"),
        # Holds places in a text, never a piece of it.
        _columns("dialogue_id state expected verdicts changed_at"),
    ),
    "shifts": Rule(
        (Link.PERSON, "person_id"), _columns("day start end", person_id=_PERSON), deletes=True
    ),
    "results": Rule(
        (Link.PERSON, "person_id"),
        _columns("metric period contact_type value contacts", person_id=_PERSON),
    ),
    "list_changes": Rule(
        (Link.PERSON, "person_id"),
        _columns("id list_id kind at before after", person_id=_PERSON, by_id=_PERSON),
        by=("by_id",),
        deletes=True,
    ),
    "orders": Rule(
        (Link.PERSON, "person_id"),
        _columns(
            "kind scenario_id at opens_on due_on pass_mark attempts group withdrawn",
            id=Treat.KEY,
            person_id=_PERSON,
            by_id=_PERSON,
        ),
        by=("by_id",),
    ),
    # An exam's claim is the trainee's own words; the rest of the row is the house's question.
    "knowledge_gaps": Rule(
        (Link.CLAIM, "claim"),
        _columns("key scenario_id language question times last_at state", claim=_WORDS),
    ),
    "qa_sheets": Rule(
        None, _columns("id name version items at confirmed used_at", by_id=_PERSON), by=("by_id",)
    ),
    # What follows knows nobody.
    "check_trusts": Rule(None, _columns("check_id trust gates since reference_ac1 reaudit_ac1")),
    "model_verdicts": Rule(None, _columns("key verdict kept_at")),
    "model_usage": Rule(
        None, _columns("day model calls failed prompt_tokens completion_tokens cached")
    ),
    "article_marks": Rule(None, _columns("scenario_id article version changed_at")),
    "knowledge_documents": Rule(
        None,
        _columns(
            "id team collection name origin title source version topics passages updated_at change"
            " removed"
        ),
    ),
    "knowledge_passages": Rule(
        None, _columns("id document_id position title text place aliases since until")
    ),
    "knowledge_notes": Rule(None, _columns("name change value")),
    "fitted": Rule(None, _columns("name at text")),
}

KEPT_CODES = frozenset(
    {
        "ability",
        "abilities",
        "abstained",
        "check",
        "dialogue_id",
        "id",
        "item",
        "said",
        "source",
        "unscored",
        "version",
        "why",
    }
)
"""Keys of kept JSON under which a text is a code of the house and not somebody's words."""

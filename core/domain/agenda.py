"""What the customer wants to do next: a stack of acts that the talk pushes and pops."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.domain.emotion import EmotionState


class CustomerActKind(StrEnum):
    """Everything a customer does with a message."""

    OPEN = "open"
    STATE_PROBLEM = "state_problem"
    ANSWER_SLOT = "answer_slot"
    ANSWER_PARTIAL = "answer_partial"
    DONT_KNOW = "dont_know"
    ASK_BACK = "ask_back"
    ASK_POLICY = "ask_policy"
    PRESS = "press"
    VENT = "vent"
    THREATEN = "threaten"
    ACCEPT = "accept"
    REJECT = "reject"
    BARGAIN = "bargain"
    DOUBT = "doubt"
    SELF_DISCLOSE = "self_disclose"
    THANK = "thank"
    SMALL_TALK = "small_talk"
    CLOSE = "close"


class Way(StrEnum):
    """What the customer reacts to, where that changes the words of an act."""

    PLAIN = ""
    # Lines that are hard to answer.
    BLANK = "blank"
    GIBBERISH = "gibberish"
    FOREIGN = "foreign"
    ECHO = "echo"
    ASTRAY = "astray"
    MACHINE = "machine"
    # What the trainee just did.
    GREETED = "greeted"
    OFFERED_HELP = "offered_help"
    SORRY = "sorry"
    SYMPATHY = "sympathy"
    NEWS = "news"
    NODDED = "nodded"
    HOLD = "hold"
    BACK = "back"
    STEP = "step"
    STEPS = "steps"
    TIME = "time"
    TRANSFER = "transfer"
    OFFER = "offer"
    WITHDRAWN = "withdrawn"
    CHECKED = "checked"
    AGAIN = "again"
    MORE = "more"
    BYE = "bye"
    LATE = "late"
    PERSONAL = "personal"
    SECRET = "secret"
    MISQUOTED = "misquoted"
    # What the customer brings up beside the case.
    ROBOT = "robot"
    HUMAN = "human"
    WANTS_HUMAN = "wants_human"
    LAST_TIME = "last_time"
    HIDDEN = "hidden"
    HELPING = "helping"
    # Offence taken: the kinds of the phrase lexicon.
    PASSED_ON = "passed_on"
    BLAMED = "blamed"
    BLUNT = "blunt"
    ORDERED = "ordered"
    FOBBED_OFF = "fobbed_off"
    DOUBTED = "doubted"
    DARED = "dared"
    INSULTED = "insulted"
    # Where the customer stands.
    FIRST = "first"
    UNASKED = "unasked"
    LAST = "last"
    DROPPED = "dropped"
    LIMIT = "limit"


class Move(StrEnum):
    """What the director does with one line of the trainee."""

    NONE = "none"
    TWIST = "twist"
    HOLD = "hold"
    EASE = "ease"
    PRESS = "press"


class Wonder(StrEnum):
    """How far the customer's question has come whether a machine is writing."""

    NO = "no"
    WILL = "will"
    ASKED = "asked"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class CustomerAct:
    """One act; `about` is a fact key, a sub-goal key, a twist key or empty; `way` is what it
    answers, where that changes the words."""

    kind: CustomerActKind
    about: str = ""
    wrong: bool = False
    way: Way = Way.PLAIN


@dataclass(frozen=True, slots=True)
class CustomerState:
    """All that the simulated customer carries from turn to turn.

    `stack`: acts still to do, the last one next; `told`: fact keys said rightly; `told_wrong`:
    facts first said wrongly; `asked`: how often each fact was asked for; `settled`: sub-goals
    met; `waiting`: trainee turns since the customer's own open request was last answered;
    `spoken`: customer messages so far; `used`: ids of templates already used, so that none
    comes twice; `recent`: the customer's last lines, for the repeat guard; `offered`: something
    was offered that may be taken back; `heard`: the trainee's last lines; `lingering`: trainee
    lines since the goal was met; `content`: the customer has said that nothing is left,
    `agreed` that it is all right;
    `lines`: trainee lines so far; `slips`: forbidden phrases in them; `raging`: lines in a row
    that left the customer furious; `owed`: the time promised in a former talk about the same
    matter, `reminded` whether it was held against the trainee; `confided`: the hidden goal was
    said; `directed`: what the director did, by number of the trainee's line (from 1); `read`: a
    sieve of the long lines the trainee read in former talks, none of which comes again.
    """

    mood: EmotionState
    stack: tuple[CustomerAct, ...] = ()
    told: tuple[str, ...] = ()
    told_wrong: tuple[str, ...] = ()
    asked: tuple[tuple[str, int], ...] = ()
    settled: tuple[str, ...] = ()
    verified: bool = False
    waiting: int = 0
    spoken: int = 0
    twists: tuple[str, ...] = ()
    abuse: int = 0
    used: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()
    promised: bool = False
    offered: bool = False
    heard: tuple[str, ...] = ()
    lingering: int = 0
    content: bool = False
    agreed: bool = False
    lines: int = 0
    slips: int = 0
    raging: int = 0
    owed: str = ""
    reminded: bool = False
    wonder: Wonder = Wonder.NO
    confided: bool = False
    directed: tuple[tuple[int, Move], ...] = ()
    read: str = ""

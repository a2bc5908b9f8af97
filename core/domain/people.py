"""Who practises and who watches over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

DEMO_PREFIX = "demo-"
"""Ids of the people a fresh installation brings along begin with this."""

ERASED_PREFIX = "erased-"
"""Of somebody whose words and names were taken out: only figures are left under such an id."""


class Role(StrEnum):
    """What a person may do here."""

    TRAINEE = "trainee"
    SUPERVISOR = "supervisor"
    AUTHOR = "author"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Person:
    """One member of the company. `guest` marks an unknown platform user on open sign-up; a team
    belongs to a `vendor` at a `site`, where those are known; `skills` names the queues served. Who
    has left the company is not `active`: no account of theirs opens anything any more."""

    id: str
    name: str
    role: Role
    team: str
    language: str = "zh"
    guest: bool = False
    site: str = ""
    vendor: str = ""
    skills: tuple[str, ...] = ()
    email: str = ""
    active: bool = True

    @property
    def erased(self) -> bool:
        """Whether only figures are left: such a person is counted, never addressed or listed."""
        return self.id.startswith(ERASED_PREFIX)


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A link that signs one person in once; only the digest of its token is kept."""

    digest: str
    person_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WebSession:
    """A signed-in browser; only the digest of its cookie is kept."""

    digest: str
    person_id: str
    expires_at: datetime

"""Values of settings that are more than a string or a number, each checked as it is read."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from bots.mail.channel import MailServer
from bots.wecom.robot_key import robot_key
from core.domain.worktime import Span

_ROOM = re.compile("[CG][A-Z0-9]{6,20}")


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise PydanticCustomError("time_zone", "no time zone") from error
    return value


def _hours(value: str) -> str:
    try:
        for part in filter(None, value.split(",")):
            Span.read(part)
    except ValueError as error:
        raise PydanticCustomError("hours", "no hours") from error
    return value


def _time_of_day(value: str) -> str:
    try:
        Span.read(f"{value}-24:00")
    except ValueError as error:
        raise PydanticCustomError("time_of_day", "no time of day") from error
    return value


def _robots(value: dict[str, str]) -> dict[str, str]:
    try:
        return {team: robot_key(given) for team, given in value.items()}
    except ValueError as error:
        raise PydanticCustomError("robot", "no robot") from error


def _rooms(value: dict[str, str]) -> dict[str, str]:
    if not all(_ROOM.fullmatch(room) for room in value.values()):
        raise PydanticCustomError("slack_room", "no channel")
    return value


def _mail_server(value: str) -> str:
    if value:
        try:
            MailServer.read(value, sender="")
        except ValueError as error:
            raise PydanticCustomError("smtp_url", "no mail server") from error
    return value


Zone: TypeAlias = Annotated[str, AfterValidator(_known_zone)]
Hours: TypeAlias = Annotated[str, AfterValidator(_hours)]
"""Spans of a day, like 09:00-12:00,13:00-18:00; "" for none."""
TimeOfDay: TypeAlias = Annotated[str, AfterValidator(_time_of_day)]
Robots: TypeAlias = Annotated[dict[str, str], AfterValidator(_robots)]
"""Team -> key of its group robot; read from the address the group shows."""
Rooms: TypeAlias = Annotated[dict[str, str], AfterValidator(_rooms)]
"""Team -> id of a Slack channel."""
MailAddress: TypeAlias = Annotated[str, AfterValidator(_mail_server)]

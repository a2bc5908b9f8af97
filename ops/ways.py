"""All ways to people, put together from what each channel brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bots.answers import Answers
from bots.intake import Intake
from bots.wecom.parts import WeComParts, wecom_parts
from core.domain.messages import ChannelKind
from core.ports.channel import Capabilities, Channel
from core.ports.speech import SpeechToText
from ops.channels import AddedChannel, Key, OpenChannel, open_channels
from ops.ground import Ground
from ops.slack import open_slack
from ops.wechat import WeChatParts
from ops.wecom import wecom_ears, wecom_keys

if TYPE_CHECKING:
    from bots.slack.parts import SlackParts


@dataclass(frozen=True, slots=True)
class Ways:
    """All ways to people that are set: by whom each is sent to and what it is able to do, in the
    order in which a push tries them, and the parts behind them."""

    channels: Mapping[Key, Channel]
    able: Mapping[Key, Capabilities]
    added: Mapping[Key, AddedChannel]
    ears: Mapping[Key, SpeechToText]
    slack: SlackParts | None
    wecom: WeComParts | None


def open_ways(
    ground: Ground,
    wechat: WeChatParts,
    intake: Intake,
    answers: Answers,
    added_channels: Sequence[OpenChannel],
) -> Ways:
    """All that the settings name, and those of the list. Connects to nothing yet."""
    settings, transactions, live = ground.settings, ground.transactions, ground.live
    channels: dict[Key, Channel] = {**wechat.channels}
    slack = open_slack(
        settings,
        intake=intake,
        answers=answers,
        transactions=transactions,
        content=ground.content,
        live=live,
        clock=ground.clock,
    )
    if slack is not None:
        channels |= {(ChannelKind.SLACK, name): one for name, one in slack.channels().items()}
    able = {key: one.capabilities for key, one in channels.items()}
    wecom = None
    if settings.wecom_bot_id or settings.wecom_corp_id or settings.wecom_boards:
        wecom = wecom_parts(
            wecom_keys(settings),
            intake=intake,
            transactions=transactions,
            live=live,
            clock=ground.clock,
            owner=ground.owner,
        )
        channels |= {(ChannelKind.WECOM, name): one for name, one in wecom.channels().items()}
        able = {(ChannelKind.WECOM, name): one for name, one in wecom.able().items()} | able
    added = open_channels(added_channels, settings, intake, ground.clock)
    return Ways(
        channels=channels | {key: one.channel for key, one in added.items()},
        able=able | {key: one.channel.capabilities for key, one in added.items()},
        added=added,
        ears={**wechat.ears, **wecom_ears(wecom, wechat.speech)},
        slack=slack,
        wecom=wecom,
    )

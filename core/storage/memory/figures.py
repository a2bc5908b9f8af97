"""Judged practices in figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from core.domain.dialogue import Dialogue, Mode
from core.domain.messages import ChannelKind
from core.domain.scorecard import Scorecard
from core.ports.figures import ScoreSum, Stamp
from core.storage.memory.conversations import MemoryConversations
from core.storage.memory.practice import MemoryScorecards
from core.storage.memory.table import utc


class MemoryFigures:
    """`Figures` in dictionaries."""

    def __init__(self, cards: MemoryScorecards, conversations: MemoryConversations) -> None:
        self._cards = cards
        self._conversations = conversations

    def stamps(self, person_ids: Sequence[str]) -> Mapping[str, Stamp]:
        found: dict[str, Stamp] = {}
        for judged_at, dialogue, _ in self._cards.judged():
            name = dialogue.person_id
            if name in person_ids:
                newest = found.get(name, Stamp(0, judged_at))
                found[name] = Stamp(newest.cards + 1, newest.judged_at)
        return found

    def sums(self, person_ids: Sequence[str]) -> Sequence[ScoreSum]:
        parts: dict[tuple[str, ChannelKind, str], list[tuple[Dialogue, Scorecard]]] = {}
        for dialogue, card in self._whole(person_ids):
            channel = self._conversations.get(dialogue.conversation_id).address.channel
            key = dialogue.person_id, channel, dialogue.language
            parts.setdefault(key, []).append((dialogue, card))
        found = []
        for key, held in sorted(parts.items()):
            began_at = min(dialogue.started_at for dialogue, _ in held)
            known = [card.overall for _, card in held if card.overall is not None]
            squares = sum((one * one for one in known), 0.0)
            found.append(ScoreSum(*key, began_at, len(known), sum(known, 0.0), squares))
        return found

    def endings(self, person_ids: Sequence[str], *, since: datetime) -> Sequence[datetime]:
        ends = [dialogue.ended_at for dialogue, _ in self._whole(person_ids)]
        return sorted(end for end in ends if end is not None and end >= utc(since))

    def _whole(self, person_ids: Sequence[str]) -> Sequence[tuple[Dialogue, Scorecard]]:
        return [
            (dialogue, card)
            for _, dialogue, card in self._cards.judged()
            if dialogue.person_id in person_ids and dialogue.mode is not Mode.MICRO
        ]

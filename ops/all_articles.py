"""All articles there are for a coach: the company's own and the shipped ones."""

from __future__ import annotations

from core.content.library import company_values
from core.ports.chat_model import ChatModel
from core.ports.knowledge_base import KnowledgeBase
from core.services.knowledge_help import KnowledgeHelp
from core.services.second_opinion import SecondOpinion
from knowledge.memory import MemoryKnowledgeBase
from knowledge.sample import LayeredKnowledgeBase, sample_passages
from ops.settings import Settings


def knowledge_help(
    settings: Settings, judge: ChatModel | None, own: KnowledgeBase | None = None
) -> KnowledgeHelp:
    """The coach's way to the articles, with a second opinion where there is a judge's model."""
    second = SecondOpinion(judge) if judge is not None else None
    return KnowledgeHelp(all_articles(settings, own), second)


def all_articles(settings: Settings, own: KnowledgeBase | None = None) -> KnowledgeBase:
    """The company's own articles, and behind them the shipped ones unless they are turned off."""
    own = own or MemoryKnowledgeBase()
    if not settings.sample_knowledge:
        return own
    shipped = MemoryKnowledgeBase(sample_passages(company_values(*settings.packs)))
    return LayeredKnowledgeBase(own, shipped)

"""Message catalogues, Chinese and English: every word a person reads from us."""

from core.catalogue.loader import LANGUAGES, has, keys, needs, say

__all__ = ["LANGUAGES", "has", "keys", "needs", "say"]

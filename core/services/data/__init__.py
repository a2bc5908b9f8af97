"""Wordings that are content, not interface: cues of customers and better lines."""

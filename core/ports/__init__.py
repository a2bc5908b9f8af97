"""Protocols: what the inside needs from the outside."""

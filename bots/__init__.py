"""Channels, intake, commands and replies: everything people touch."""

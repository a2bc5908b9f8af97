"""Slack: events, commands and buttons in, messages with buttons out."""

"""Durable storage and live state behind their ports."""

"""Processes, settings, wiring, the scheduler's bell and studies."""

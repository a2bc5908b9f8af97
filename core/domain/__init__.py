"""Frozen data and its rules: no vendor, no clock, no chance, no input or output."""

"""Fills the scenario and role-play templates."""

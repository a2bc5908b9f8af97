"""Tests: unit, contract, flow, integration, architecture; tests/bench measures."""

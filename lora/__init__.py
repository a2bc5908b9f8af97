"""Adapters for the customer model: choice, training data, training, publishing."""

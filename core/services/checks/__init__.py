"""The rule checks: each a small pure function from a read talk to one mark."""

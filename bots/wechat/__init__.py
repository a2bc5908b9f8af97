"""WeChat official account: a guarded door, the passive answer, and sending within limits."""

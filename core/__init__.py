"""The inside of the house: domain, ports, use cases and their adapters."""

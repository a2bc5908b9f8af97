"""Written text -> values of the domain: readers that use cases and adapters share."""

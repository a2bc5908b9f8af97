"""Documents, passages and their retrieval."""

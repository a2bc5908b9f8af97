"""Data files: the sample articles, everyday words for formal ones."""

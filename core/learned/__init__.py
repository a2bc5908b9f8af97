"""Small statistical models: fitted once, predicted from JSON weights."""

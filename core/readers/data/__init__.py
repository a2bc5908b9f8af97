"""Words by which claims are compared."""

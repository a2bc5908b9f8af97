"""The simulated customer behind the CustomerEngine port."""

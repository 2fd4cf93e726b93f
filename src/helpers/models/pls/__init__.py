"""Composite models, by partial least squares."""

"""Shared functions of the research notebooks on the therapeutic alliance."""

__version__ = "0.1.0"

"""Structural equation models, by the definitions of lavaan."""

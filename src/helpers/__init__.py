"""Shared functions of the therapeutic alliance notebooks."""

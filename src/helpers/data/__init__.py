"""Printed numbers, data dictionaries and a reader's own data."""

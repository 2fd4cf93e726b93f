"""Synthetic twins: data on which a paper's own analysis gives its printed numbers."""

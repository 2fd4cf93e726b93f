"""Regressions with a product, probed along the moderator."""

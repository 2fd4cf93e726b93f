"""A study of one model, as a new paper begins."""

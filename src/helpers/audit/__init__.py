"""The audit of printed numbers, which asks whether they can all be true together."""

"""Which checks apply to which printed numbers, one module a study."""

"""One study a module: its scoring, its models, its labels, its printed numbers."""

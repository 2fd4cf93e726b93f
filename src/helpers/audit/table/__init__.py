"""Any table as printed: read, given roles, and checked without a model."""

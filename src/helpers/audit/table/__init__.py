"""Any table as it stands in print: read, given roles, and checked without a model."""

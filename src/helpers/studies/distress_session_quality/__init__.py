"""Stefana (2026): distress, the real relationship, the alliance and session quality."""

"""Quirk, Smith and Owen (2018): two alliances and what clients do between sessions."""

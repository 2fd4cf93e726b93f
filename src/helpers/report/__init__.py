"""Tables and figures: rounding, theme, drawing. Nothing is computed here."""

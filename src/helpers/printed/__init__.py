"""Numbers as papers print them: what unrounded values they can stand for, and verdicts."""

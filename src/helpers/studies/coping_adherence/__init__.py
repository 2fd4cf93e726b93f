"""Mohebbi Sheikhlari et al. (2026): coping, the alliance and adherence."""

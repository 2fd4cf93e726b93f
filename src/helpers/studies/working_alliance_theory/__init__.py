"""Abbasi et al. (2021): a grounded theory of the working alliance."""

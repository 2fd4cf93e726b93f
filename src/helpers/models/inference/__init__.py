"""Resampling, intervals and draws, one shape for every family of models."""

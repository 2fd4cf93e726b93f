"""Estimators and their intervals: numbers in, tables out."""

"""Commands that build the notebooks, tables, figures and pages."""

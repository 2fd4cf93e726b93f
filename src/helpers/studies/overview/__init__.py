"""The five sources side by side."""

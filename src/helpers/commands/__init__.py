"""The roof: each command of ``python -m helpers`` in a module; no other room imports one."""

"""One thread for linear algebra: on matrices of a model's size more threads wait for each other."""

from __future__ import annotations

from contextlib import ContextDecorator
from functools import cache

from threadpoolctl import ThreadpoolController

__all__ = ["one_thread"]


@cache
def _libraries() -> ThreadpoolController:
    """The numerical libraries; finding them takes longer than a small fit."""
    return ThreadpoolController()


class one_thread(ContextDecorator):  # noqa: N801 (written like a function)
    """Keep linear algebra to one thread, as a context or before a function."""

    def _recreate_cm(self):
        return one_thread()  # before a function: one of its own for each call

    def __enter__(self):
        self._limited = _libraries().limit(limits=1)
        return self

    def __exit__(self, *_):
        self._limited.restore_original_limits()

"""The lines that a build prints."""

import time

__all__ = ["StepFailedError", "report_done", "report_start"]


class StepFailedError(RuntimeError):
    """A step of the build failed for no fault of its input; the message is one line."""


def report_start(step: str, name: str) -> None:
    """Say that a step begins."""
    print(f"{step:<9} {name} …", flush=True)


def report_done(step: str, name: str, started_ns: int, made: str) -> None:
    """Say what a step made and how long it took."""
    seconds = (time.time_ns() - started_ns) / 1e9
    print(f"{step:<9} {name}: {made} ({seconds:.1f} s)", flush=True)

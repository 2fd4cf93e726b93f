"""The studies that a replication can be planned for, found by their folders."""

from importlib import import_module

from helpers.errors import InputError, did_you_mean
from helpers.models.power.replication import Replication
from helpers.paths import studies_with

__all__ = ["list_replications", "load_replication"]


def list_replications() -> list[str]:
    """Return the studies that have a module ``replication``.

    Examples
    --------
    >>> list_replications()
    ['coping_adherence', 'distress_session_quality', 'intersession_alliance']
    """
    return studies_with("replication")


def load_replication(study: str) -> Replication:
    """Return a study as the design of a new one.

    Parameters
    ----------
    study : str
        One of `list_replications`.

    Raises
    ------
    InputError
        For a study that cannot be planned.

    Examples
    --------
    >>> load_replication("distress_session_quality").design.paths["task_on_rri"]
    0.478
    """
    known = list_replications()
    if study not in known:
        raise InputError(
            f"study={study!r} cannot be planned; there are {', '.join(known)}."
            f"{did_you_mean(study, known)}"
        )
    return import_module(f"helpers.studies.{study}.replication").load_replication()

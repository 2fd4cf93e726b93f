"""A published study as the design of a new one: what a study's module ``replication`` gives."""

from collections.abc import Mapping
from dataclasses import dataclass

from helpers.models.power.design import Design

__all__ = ["Grid", "Replication"]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Sample sizes and effect sizes to simulate, each in ascending order."""

    sizes: tuple[int, ...]
    effects: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Replication:
    """A study to be replicated.

    Attributes
    ----------
    study : str
        Its slug.
    source, short : str
        Authors and year; a name for figures.
    method : str
        The kind of analysis, as part of a sentence.
    analysis : str
        What will be computed from a new sample, as part of a sentence that begins "the analysis
        is".
    criterion : {"bootstrap", "monte_carlo"}
        How the study's notebook judges, as `helpers.models.power.design.Analysis` names it.
    assumptions : str
        What the design assumes beside what is printed, in sentences; a value of the design stands
        in braces, by its name in `helpers.studies.replication_planner.model.list_values`.
    origin : str
        Where assumed values are from: said where they are as given here, and left out where a
        reader gave others.
    design : Design
    names : mapping of str to str
        Words for each target of the design, by its label.
    main_target : str
        What a replication would be planned for in the first place.
    published_effect : float
        The effect size, in the design's unit, that stands for the published study.
    published_n : int
        Cases of the published study.
    search_limit : int
        Clients at which the search for what is not planned for in the first place ends: what one
        more size costs grows with it.
    full, brief : Grid
        Ten sizes by ten effects, the published study's own among them; and a few of each, which
        show the curves in seconds.
    """

    study: str
    source: str
    short: str
    method: str
    analysis: str
    criterion: str
    assumptions: str
    origin: str
    design: Design
    names: Mapping[str, str]
    main_target: str
    published_effect: float
    published_n: int
    search_limit: int
    full: Grid
    brief: Grid

"""Draws of a bootstrap and what is read from them: one object for every family of models."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from helpers.errors import InputError, did_you_mean
from helpers.models.inference.intervals import (
    bca_interval_with_error,
    bootstrap_pvalue,
    check_ci_level,
    expanded_level,
    normal_interval_with_error,
    percentile_interval_with_error,
)
from helpers.models.inference.resampling import (
    BLOCK,
    Record,
    Resampling,
    check_n_boot,
    map_draws,
    map_refits,
    map_without,
)
from helpers.models.inference.summary import Readable, Section, format_number

__all__ = ["Bootstrap", "bootstrap_counts", "bootstrap_refits"]

KINDS = ("percentile", "normal", "bca", "expanded")

LARGEST_SHARE_FAILED = 0.5
"""Above this share of draws without a solution nothing is read from the rest: most samples like
this one then have none, and those that have are another population's."""

SUMMARY = (
    "est", "se", "z", "pvalue", "ci_lower", "ci_upper", "mc_error_lower", "mc_error_upper",
)  # fmt: skip


@dataclass(frozen=True, repr=False, eq=False)
class Bootstrap(Readable):
    r"""Draws of every quantity of a fit, and the tables made of them.

    Attributes
    ----------
    keys : DataFrame
        ``quantity lhs op rhs label``, one row per quantity, in the order of the columns of `draws`;
        agreement has ``quantity level statistic coders label``.
    estimates : array, shape (m,)
        In the original sample.
    draws : array, shape (n_boot, m)
        NaN in the rows of draws without a solution, and wherever a quantity has no value.
    failure : array of str, shape (n_boot,)
        Why a draw has no solution; empty where it has one.
    by_draw : dict of arrays, shape (n_boot,)
        What else is known of each draw, such as its iterations.
    plan : Resampling
        Which cases the draws took.
    ci_level : float
    kind : {"percentile", "normal", "bca", "expanded"}
        How limits are made where nothing else is asked for.
    tested : bool array, shape (m,)
        Quantities of which zero is a hypothesis; the others have no z and no p.
    ddof : array of int, shape (m,)
        What is taken from the number of draws in the standard deviation; lavaan takes 0 for
        parameters and 1 for defined effects.
    quantities : tuple of str
        Those that a model of this family can have, where this one has no row of some.
    model : object
        What was fitted, in the words of its family.
    method : str
        How the draws were solved.
    remarks : tuple of str
        What the family has to say of the draws.

    Notes
    -----
    **Draws without a value.** A draw without a solution is left out of every row, a value that is
    not finite (the root of a negative number, 0/0) out of its own row only; `failed` and
    `undefined` count both. A row is withheld, all but its estimate, where more than half of the
    draws have no solution, or where more of those that have one lack its value than lie outside
    its interval (a share of 1 - `ci_level`): where the missing values belong then decides where
    the limits are. Below that share the probability outside the limits is at most doubled.

    **BCa.** The acceleration comes from leaving out each unit (case or cluster) once. A row whose
    value does not exist without some unit has no BCa limits: that unit matters most, and leaving
    it out of the sum would understate the acceleration. Percentile limits remain.

    **Monte Carlo errors** are those of the limits that are shown; see
    `helpers.models.inference.intervals`.
    """

    keys: pd.DataFrame
    estimates: np.ndarray
    draws: np.ndarray
    failure: np.ndarray
    plan: Resampling
    ci_level: float = 0.95
    kind: str = "percentile"
    tested: np.ndarray | None = None
    ddof: np.ndarray | None = None
    by_draw: Mapping[str, np.ndarray] = field(default_factory=dict)
    leave_one_out: Callable[[], np.ndarray] | None = None
    quantities: tuple[str, ...] = ()
    model: object = None
    method: str = ""
    remarks: tuple[str, ...] = ()
    _memory: dict = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Cases in the sample."""
        return self.plan.n

    @property
    def n_boot(self) -> int:
        """Draws attempted."""
        return len(self.draws)

    @property
    def seed(self) -> int | None:
        """The seed; None with given indices."""
        return self.plan.seed

    @property
    def n_failed(self) -> int:
        """Draws without a solution."""
        return int((self.failure != "").sum())

    @property
    def failed(self) -> pd.DataFrame:
        """Draws without a solution: ``reason draws``, the most frequent reason first."""
        reasons = pd.Series(self.failure[self.failure != ""], dtype=object).value_counts()
        return reasons.rename_axis("reason").reset_index(name="draws")

    @property
    def undefined(self) -> pd.DataFrame:
        """Rows without a value in some draws that have a solution: the keys, ``draws share``."""
        missing = self._n_undefined
        solved = max(self.n_boot - self.n_failed, 1)
        rows = self.keys.assign(draws=missing, share=missing / solved)
        return rows[missing > 0].reset_index(drop=True)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of draws without a value, and the family's remarks."""
        return self.notes_on(np.ones(len(self.keys), dtype=bool))

    def notes_on(self, chosen: np.ndarray) -> tuple[str, ...]:
        """Return the notes, of single rows those on the chosen ones, bool by row of `keys`."""
        notes = []
        if self.n_failed:
            reasons = "; ".join(f"{row.reason}: {row.draws}" for row in self.failed.itertuples())
            notes.append(
                f"{self.n_failed} of {self.n_boot} bootstrap draws have no solution and are left "
                f"out ({reasons})."
            )
            if self.n_failed > LARGEST_SHARE_FAILED * self.n_boot:
                notes.append("That is more than half, so no standard error or limit is given.")
        found = np.flatnonzero(np.where(chosen, self._n_undefined, 0))
        known = {name for name in self.names[found] if name}
        for name in sorted(known, key=list(self.names).index):
            columns = [k for k in found if self.names[k] == name]
            missing = self._n_undefined[columns].max()
            notes.append(
                f"'{name}' has no value in {missing} of {self.n_boot - self.n_failed} draws"
                + (
                    ", so its standard error and limits are withheld."
                    if self._withheld(self.ci_level)[columns].any()
                    else ", which are left out."
                )
            )
        if "jackknife" in self._memory:
            lost = ~np.isfinite(self._memory["jackknife"]).all(axis=0) & np.isfinite(self.estimates)
            lost &= chosen
            if lost.any():
                shown = ", ".join(f"'{name}'" for name in dict.fromkeys(self.names[lost]))
                notes.append(f"No BCa limits, for without some case they do not exist: {shown}.")
        return (*notes, *self.remarks)

    @property
    def names(self) -> np.ndarray:
        """Name of each quantity: its label, or ``lhs op rhs``, with a running number if shared."""
        if "names" not in self._memory:
            keys = self.keys
            label = keys["label"]
            if {"lhs", "op", "rhs"} <= set(keys):
                written = keys["lhs"] + " " + keys["op"] + " " + keys["rhs"]
                if "group" in keys:
                    written = (keys["group"] + ": " + written).where(keys["group"] != "", written)
                label = label.where(label != "", written)
            again = label.groupby([keys["quantity"], label]).cumcount()
            names = label.where(again == 0, label + " (" + (again + 1).astype(str) + ")")
            self._memory["names"] = names.to_numpy()
        return self._memory["names"]

    @property
    def jackknife(self) -> np.ndarray:
        """Quantities without each unit in turn, shape (units, m); NaN where there are none."""
        if self.leave_one_out is None:
            raise InputError("This bootstrap keeps no way to leave out a case; BCa needs one.")
        if "jackknife" not in self._memory:
            self._memory["jackknife"] = self.leave_one_out()
        return self._memory["jackknife"]

    @property
    def parameters(self) -> pd.DataFrame:
        """The table of the first quantity, a model's parameters; see `table`."""
        return self.table(self.keys["quantity"].iloc[0])

    def table(
        self, quantity: str, *, kind: str | None = None, ci_level: float | None = None
    ) -> pd.DataFrame:
        """Estimates of one quantity with their bootstrap standard errors and limits.

        Parameters
        ----------
        quantity : str
            One of those in `keys`, such as "parameter", "standardized", "r_squared", "path".
        kind : {"percentile", "normal", "bca", "expanded"}, optional
            By default the bootstrap's own. "percentile" by the convention of `boot::norm.inter`,
            as lavaan; "normal" as many standard errors to both sides as the level asks for, the
            limits that agree with `pvalue`; "bca" bias-corrected and accelerated; "expanded"
            percentile limits at the level that few units need (Hesterberg, 2015).
        ci_level : float, optional
            By default that of the call.

        Returns
        -------
        DataFrame
            The keys (``lhs op rhs label``), then ``est se z pvalue ci_lower ci_upper
            mc_error_lower mc_error_upper``: `se` the standard deviation of the draws; `z`
            est / se and `pvalue` two-sided on the normal distribution; the last two how far a
            limit moves when only the seed changes (one standard error).
        """
        chosen = self._chosen(quantity)
        return pd.concat(
            [
                self.keys.drop(columns="quantity").iloc[chosen].reset_index(drop=True),
                self._summarize(chosen, *self._options(kind, ci_level)),
            ],
            axis=1,
        )

    def confint(
        self, kind: str | None = None, *, ci_level: float | None = None, quantity: str | None = None
    ) -> pd.DataFrame:
        """Limits alone: the keys, ``ci_lower ci_upper mc_error_lower mc_error_upper``.

        Parameters
        ----------
        kind, ci_level
            As in `table`.
        quantity : str, optional
            By default the first, a model's parameters.
        """
        table = self.table(quantity or self.keys["quantity"].iloc[0], kind=kind, ci_level=ci_level)
        return table.drop(columns=["est", "se", "z", "pvalue"])

    def bias(self, quantity: str) -> np.ndarray:
        """Mean of the draws less the estimate, one number per row of `table`."""
        chosen = self._chosen(quantity)
        bias = np.full(len(chosen), np.nan)
        for columns, rows in _finite_groups(self.draws[:, chosen]):
            means = self.draws[np.ix_(rows, chosen[columns])].mean(axis=0)
            bias[columns] = means - self.estimates[chosen[columns]]
        return bias

    def select(self, quantity: str) -> pd.DataFrame:
        """Draws of one quantity, shape (n_boot, rows), one named column per row of `table`."""
        chosen = self._chosen(quantity)
        return pd.DataFrame(self.draws[:, chosen], columns=self.names[chosen])

    def first(self, n_boot: int) -> Bootstrap:
        """Return the bootstrap that the first `n_boot` draws alone make."""
        if check_n_boot(n_boot) > self.n_boot:
            raise InputError(f"n_boot={n_boot} exceeds the {self.n_boot} draws there are.")
        return replace(
            self,
            draws=self.draws[:n_boot],
            failure=self.failure[:n_boot],
            by_draw={name: values[:n_boot] for name, values in self.by_draw.items()},
            plan=replace(self.plan, n_boot=n_boot),
            _memory={k: v for k, v in self._memory.items() if k in ("names", "jackknife")},
        )

    @property
    def _n_undefined(self) -> np.ndarray:
        if "undefined" not in self._memory:
            finite = np.isfinite(self.draws)
            missing = self.n_boot - self.n_failed - finite.sum(axis=0)
            # what has no value in the sample either is no estimate, and is not counted as lost
            self._memory["undefined"] = np.where(np.isfinite(self.estimates), missing, 0)
        return self._memory["undefined"]

    def _withheld(self, ci_level: float) -> np.ndarray:
        """Which rows have too few values for an interval; see the notes of the class."""
        solved = self.n_boot - self.n_failed
        if self.n_failed > LARGEST_SHARE_FAILED * self.n_boot:
            return np.ones(len(self.keys), dtype=bool)
        return self._n_undefined > (1 - ci_level) * solved + 1e-9

    def _options(self, kind: str | None, ci_level: float | None) -> tuple[str, float]:
        kind = self.kind if kind is None else kind
        if kind not in KINDS:
            raise InputError(
                f"kind={kind!r} is not one of {', '.join(KINDS)}.{did_you_mean(kind, KINDS)}"
            )
        return kind, check_ci_level(self.ci_level if ci_level is None else ci_level)

    def _chosen(self, quantity: str) -> np.ndarray:
        chosen = np.flatnonzero(self.keys["quantity"] == quantity)
        known = list(dict.fromkeys(self.keys["quantity"]))
        if not len(chosen) and quantity not in self.quantities:
            raise InputError(
                f"quantity={quantity!r} is not one of {', '.join(known)}."
                f"{did_you_mean(quantity, known)}"
            )
        return chosen

    def _summarize(self, chosen: np.ndarray, kind: str, ci_level: float) -> pd.DataFrame:
        key = (tuple(chosen), kind, ci_level)
        if key not in self._memory:
            self._memory[key] = self._compute(chosen, kind, ci_level)
        return self._memory[key].copy()

    def _compute(self, chosen: np.ndarray, kind: str, ci_level: float) -> pd.DataFrame:
        est, draws = self.estimates[chosen], self.draws[:, chosen]
        ddof = np.ones(len(chosen)) if self.ddof is None else self.ddof[chosen]
        tested = True if self.tested is None else self.tested[chosen]
        se, lower, upper, error_lower, error_upper = np.full((5, len(chosen)), np.nan)
        given = np.isfinite(est) & ~self._withheld(ci_level)[chosen]
        if kind == "expanded":
            ci_level = expanded_level(ci_level, self.plan.n_units)
        for columns, rows in _finite_groups(draws):
            columns = columns[given[columns]]
            if not len(columns):
                continue
            values = draws[np.ix_(rows, columns)]
            spread = values.std(axis=0)
            se[columns] = spread * np.sqrt(len(rows) / np.maximum(len(rows) - ddof[columns], 1))
            if kind == "bca":
                left_out = self.jackknife[:, chosen[columns]]
                whole = np.isfinite(left_out).all(axis=0)
                columns, values, left_out = columns[whole], values[:, whole], left_out[:, whole]
                if not len(columns):
                    continue
                limits = bca_interval_with_error(values, est[columns], left_out, ci_level)
            elif kind == "normal":
                limits = normal_interval_with_error(est[columns], se[columns], len(rows), ci_level)
            else:
                limits = percentile_interval_with_error(values, ci_level)
            lower[columns], upper[columns], error_lower[columns], error_upper[columns] = limits
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where((se > 0) & tested, est / se, np.nan)
        pvalue = np.where(np.isnan(z), np.nan, bootstrap_pvalue(est, se))
        parts = (est, se, z, pvalue, lower, upper, error_lower, error_upper)
        return pd.DataFrame(dict(zip(SUMMARY, parts, strict=True)))

    def _head(self) -> str:
        unit = "cases" if self.plan.cluster is None else "clusters"
        size = f"{self.plan.n_units} {unit}"
        if self.plan.cluster is not None:
            size += f" ({self.n} cases)"
        origin = "given indices" if self.seed is None else f"seed {self.seed}"
        first = f"Bootstrap of {size}, {self.n_boot} draws, {origin}; {self._interval_name()}"
        return "\n".join([first, *self.notes])

    def _interval_name(self) -> str:
        kinds = {"bca": "BCa", "expanded": "expanded percentile"}
        return f"{kinds.get(self.kind, self.kind)} {100 * self.ci_level:g}% limits"

    def _sections(self) -> list[Section]:
        return [self._section(quantity) for quantity in dict.fromkeys(self.keys["quantity"])]

    def _section(self, quantity: str) -> Section:
        errors = ["mc_error_lower", "mc_error_upper"]
        table = self.table(quantity)
        largest = table[errors].max(axis=None)
        title = quantity.replace("_", " ")
        if np.isfinite(largest):
            title += f" (Monte Carlo error of a limit: at most {format_number(float(largest))})"
        table = table.drop(columns=errors)
        if {"label", "rhs"} <= set(table) and (table["label"] == table["rhs"]).all():
            table = table.drop(columns="label")
        return title, table


def _finite_groups(draws: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Group columns by the rows that are finite in them, so that each is used in full."""
    finite = np.isfinite(draws)
    some = finite.any(axis=1)
    whole = np.all(finite | ~some[:, None], axis=0)
    if whole.any() and some.sum() > 1:
        yield np.flatnonzero(whole), np.flatnonzero(some)
    for column in np.flatnonzero(~whole):
        rows = np.flatnonzero(finite[:, column])
        if len(rows) > 1:
            yield np.array([column]), rows


def bootstrap_counts(
    statistics: Callable[[np.ndarray], Record],
    plan: Resampling,
    *,
    keys: pd.DataFrame,
    reasons: Mapping[int, str] | None = None,
    n_jobs: int | None = None,
    together: int = 1,
    estimates: np.ndarray | None = None,
    remarks: Callable[[np.ndarray], list[str]] | None = None,
    **options: object,
) -> Bootstrap:
    """Bootstrap quantities that are computed for many draws at once, from their case counts.

    Parameters
    ----------
    statistics : callable
        Takes how often each draw takes each case, shape (B, n). Returns arrays by name: ``values``,
        shape (B, m), and ``failure``, shape (B,), 0 or a key of `reasons` (by default none fails);
        any others are kept in `Bootstrap.by_draw`. Runs in threads.
    plan : Resampling
    keys : DataFrame
        As in `Bootstrap`.
    reasons : mapping of int to str
        Why a draw can have no solution.
    n_jobs : int, optional
        Threads; by default one a core.
    together : int
        Blocks of 250 draws that a call of `statistics` takes.
    estimates : array, shape (m,), optional
        Computed from the sample where not given.
    remarks : callable, optional
        Takes the draws, returns what the family has to say of them.
    options
        Further fields of `Bootstrap`.

    Returns
    -------
    Bootstrap

    Raises
    ------
    InputError
        When fewer than two draws have a solution.

    Warns
    -----
    RuntimeWarning
        Each of `Bootstrap.notes`.

    Examples
    --------
    >>> from helpers.models.inference.resampling import plan_resampling
    >>> x = np.arange(10.0)
    >>> keys = pd.DataFrame({"quantity": ["mean"], "lhs": ["x"], "op": ["~1"], "rhs": [""],
    ...                      "label": [""]})
    >>> boot = bootstrap_counts(lambda counts: {"values": counts @ x[:, None] / 10},
    ...                         plan_resampling(10, n_boot=1000), keys=keys)
    >>> print(boot)
    Bootstrap of 10 cases, 1000 draws, seed 1; percentile 95% limits
    <BLANKLINE>
    mean (Monte Carlo error of a limit: at most 0.100)
    lhs  op    est     se      z  pvalue  ci_lower  ci_upper
    x    ~1  4.500  0.927  4.852   <.001     2.700     6.297
    """
    drawn = map_draws(statistics, plan, n_jobs=n_jobs, together=together)
    values = drawn.pop("values")
    codes = drawn.pop("failure", np.zeros(len(values), dtype=int)).astype(int)
    if (codes > 0).any():
        values[codes > 0] = np.nan
    known = np.array(["", *(reasons or {}).values()], dtype=object)
    position = np.zeros(max([0, *(reasons or {})]) + 1, dtype=int)
    position[list(reasons or {})] = np.arange(1, len(known))
    if estimates is None:
        estimates = statistics(np.ones((1, plan.n)))["values"][0]

    def leave_one_out() -> np.ndarray:
        found = map_without(statistics, plan, n_jobs=n_jobs)
        left_out = np.asarray(found["values"], dtype=float)
        left_out[found.get("failure", np.zeros(len(left_out))) > 0] = np.nan
        return left_out

    return _check(
        Bootstrap(
            keys=keys.reset_index(drop=True),
            estimates=estimates,
            draws=values,
            failure=known[position[codes]],
            plan=plan,
            by_draw=drawn,
            leave_one_out=leave_one_out,
            remarks=tuple(remarks(values)) if remarks else (),
            **options,
        )
    )


def bootstrap_refits(
    refit: Callable[[np.ndarray], np.ndarray],
    plan: Resampling,
    *,
    keys: pd.DataFrame,
    n_jobs: int | None = None,
    scheduler: str | None = None,
    **options: object,
) -> Bootstrap:
    """Bootstrap any model by refitting it to each draw, in processes.

    Parameters
    ----------
    refit : callable
        Takes the numbers of the cases of a sample, a case as often as it was drawn, shape (cases,);
        returns the model's quantities, shape (m,), or raises InputError when the sample has no
        solution. It must pickle (joblib's cloudpickle takes closures too).
    plan, keys, options
        As in `bootstrap_counts`.
    n_jobs : int, optional
        Processes; by default one a core.
    scheduler : str, optional
        Address of a Dask scheduler (``tcp://…``), whose workers do the work instead. Where not
        given, what the environment variable ALLIANCE_SCHEDULER says; "" for this machine.

    Returns
    -------
    Bootstrap

    Raises
    ------
    InputError
        When the sample itself, or all but one of the draws, have no solution.

    Examples
    --------
    >>> from helpers.models.inference.resampling import plan_resampling
    >>> x = np.arange(10.0)
    >>> keys = pd.DataFrame({"quantity": ["median"], "label": ["median of x"]})
    >>> boot = bootstrap_refits(lambda cases: np.array([np.median(x[cases])]),
    ...                         plan_resampling(10, n_boot=200), keys=keys, n_jobs=1)
    >>> boot.parameters.iloc[:, :6].round(3)
             label  est     se      z  pvalue  ci_lower
    0  median of x  4.5  1.401  3.213   0.001       2.0
    """
    estimates = np.asarray(refit(np.arange(plan.n)), dtype=float)
    workers = {"n_jobs": n_jobs, "scheduler": scheduler}
    blocks = (plan.counts(block) for block in range(plan.n_blocks))
    values, failure = map_refits(refit, blocks, **workers)

    def leave_one_out() -> np.ndarray:
        counts = (
            plan.counts_without(first, min(first + BLOCK, plan.n_units))
            for first in range(0, plan.n_units, BLOCK)
        )
        return map_refits(refit, counts, **workers)[0]

    return _check(
        Bootstrap(
            keys=keys.reset_index(drop=True),
            estimates=estimates,
            draws=values,
            failure=failure,
            plan=plan,
            leave_one_out=leave_one_out,
            **options,
        )
    )


def _check(boot: Bootstrap) -> Bootstrap:
    boot._options(None, None)
    if boot.n_boot - boot.n_failed < 2:
        reasons = "; ".join(f"{row.reason}: {row.draws}" for row in boot.failed.itertuples())
        raise InputError(
            f"fewer than two of {boot.n_boot} bootstrap draws have a solution ({reasons}); look "
            "for a rare level of a covariate, an item that hardly varies, or as many items as "
            "different cases."
        )
    for note in boot.notes:
        warnings.warn(note, RuntimeWarning, stacklevel=4)
    return boot

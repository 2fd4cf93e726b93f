"""Saturation over videos, the usual stopping rules, and co-occurrence of codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import gammaln

from helpers.errors import InputError
from helpers.models.coding.codings import Codings, as_codings
from helpers.models.inference.intervals import check_ci_level

__all__ = [
    "STOPPING_RULES",
    "Saturation",
    "StoppingRule",
    "compare_stopping_rules",
    "estimate_unseen",
    "find_presence",
    "fit_cooccurrence",
    "fit_saturation",
]


@dataclass(frozen=True)
class StoppingRule:
    """Stop when a run of videos after a base adds little.

    Attributes
    ----------
    name : str
    base_size : int
        Videos whose distinct codes are the base.
    run_length : int
        Consecutive videos of a run; the first run follows the base, each next starts one later.
    threshold : float
        Largest share of new codes, new codes of the run over codes of the base, that stops.
    """

    name: str
    base_size: int
    run_length: int
    threshold: float


STOPPING_RULES = (
    StoppingRule("Guest et al. 2020, 4 + 2, at most 5% new", 4, 2, 0.05),
    StoppingRule("Guest et al. 2020, 4 + 2, nothing new", 4, 2, 0.0),
    StoppingRule("Guest et al. 2020, 4 + 3, at most 5% new", 4, 3, 0.05),
    StoppingRule("Guest et al. 2020, 4 + 3, nothing new", 4, 3, 0.0),
    StoppingRule("Francis et al. 2010, 10 + 3, nothing new", 10, 3, 0.0),
)


@dataclass(frozen=True)
class Saturation:
    """Codes found against videos coded.

    Attributes
    ----------
    curve : DataFrame
        One row a video in coding order: n_videos, video, new_codes, cumulative (distinct codes so
        far), expected (mean over all orders, exact), order_lower, order_upper (limits over random
        orders), share (cumulative over all codes found).
    n_codes : int
        Distinct codes found in all videos.
    n_orders : int
    seed : int
    level : float
        Share of the random orders between the limits.
    """

    curve: pd.DataFrame
    n_codes: int
    n_orders: int
    seed: int
    level: float


def find_presence(
    data: Codings | pd.DataFrame,
    *,
    code: str,
    min_coders: int = 1,
    without: Iterable[str] = ("none",),
) -> pd.DataFrame:
    """Which codes occur in which video.

    Parameters
    ----------
    data : Codings or DataFrame
        One row a segment and coder; see `helpers.models.coding.codings.Codings`.
    code : str
        Column of `data`.
    min_coders : int
        How many coders must have given the same segment the code for it to count; the number of
        all coders counts only what all agree on.
    without : iterable of str
        Values of `code` that are no code.

    Returns
    -------
    DataFrame of bool
        Index the videos in order of first appearance, also those without any code; columns the
        codes that occur, sorted.

    Raises
    ------
    InputError
        For a column that is not in `data`, or when no code occurs.

    Examples
    --------
    >>> from helpers.models.example import simulate_codings
    >>> data = simulate_codings()
    >>> find_presence(data, code="code").head(3)
           bond   goal  repair  task
    video
    v1     True   True    True  True
    v2     True   True    True  True
    v3     True  False    True  True
    """
    codings = as_codings(data)
    codings.check(code=code)
    data, video, segment = codings.data, codings.video, codings.segment
    videos = data[video].drop_duplicates()
    coded = data[~data[code].isin(set(without))]
    coded = coded.drop_duplicates([video, segment, codings.coder, code])
    votes = coded.groupby([video, segment, code], observed=True).size()
    kept = votes[votes >= min_coders].reset_index()
    if kept.empty:
        raise InputError(
            f"min_coders={min_coders} leaves no code in any {video}: no segment has one code "
            "by that many coders; give a smaller one."
        )
    presence = pd.crosstab(kept[video], kept[code]) > 0
    presence.columns.name = None
    return presence.reindex(videos, fill_value=False).rename_axis(video)


def fit_saturation(
    presence: pd.DataFrame, *, n_orders: int = 2000, level: float = 0.95, seed: int = 1
) -> Saturation:
    r"""Distinct codes against videos, with the band over random orders of the videos.

    Parameters
    ----------
    presence : DataFrame of bool
        Videos in coding order by codes, from `find_presence`.
    n_orders : int
        Random orders.
    level : float, between 0 and 1
        Share of the orders between the limits at each number of videos.
    seed : int

    Returns
    -------
    Saturation

    Notes
    -----
    The mean over all orders is exact: with :math:`n_c` of :math:`N` videos holding code
    :math:`c`, :math:`E(S_k) = \sum_c 1 - \binom{N - n_c}{k} / \binom{N}{k}` (Ugland, Gray &
    Ellingsen, 2003). The band says how much of the curve's shape is due to the order in which
    these videos were coded. It says nothing of videos not coded, and closes at the last one.

    Validated: tests/reference/saturation/saturation.R (vegan, `specaccum`): mean to 1e-9.

    References
    ----------
    Ugland, K. I., Gray, J. S., & Ellingsen, K. E. (2003). The species-accumulation curve and
    estimation of species richness. *Journal of Animal Ecology, 72*, 888-897.
    https://doi.org/10.1046/j.1365-2656.2003.00748.x

    Examples
    --------
    >>> presence = pd.DataFrame({"a": [True, True, False], "b": [False, True, True]})
    >>> fit_saturation(presence, n_orders=100, seed=1).curve[["cumulative", "expected"]].round(2)
       cumulative  expected
    0           1      1.33
    1           2      2.00
    2           2      2.00
    """
    check_ci_level(level)
    found = presence.to_numpy(dtype=bool)
    n_videos, n_codes = found.shape
    cumulative = _accumulate(found[None])[0]
    random_orders = _draw_orders(n_videos, n_orders=n_orders, seed=seed)
    curves = _accumulate(found[random_orders])
    # Counts are whole, so the limits are order statistics, never values between two counts.
    lower = np.quantile(curves, (1 - level) / 2, axis=0, method="lower")
    upper = np.quantile(curves, (1 + level) / 2, axis=0, method="higher")
    curve = pd.DataFrame(
        {
            "n_videos": np.arange(1, n_videos + 1),
            "video": presence.index.to_numpy(),
            "new_codes": np.diff(cumulative, prepend=0),
            "cumulative": cumulative,
            "expected": _expected_curve(found.sum(axis=0), n_videos),
            "order_lower": lower,
            "order_upper": upper,
            "share": cumulative / n_codes,
        }
    )
    return Saturation(curve=curve, n_codes=n_codes, n_orders=n_orders, seed=seed, level=level)


def compare_stopping_rules(
    presence: pd.DataFrame,
    *,
    rules: Sequence[StoppingRule] = STOPPING_RULES,
    n_orders: int = 2000,
    level: float = 0.95,
    seed: int = 1,
) -> pd.DataFrame:
    """When each rule would have stopped, in the coding order and over random orders.

    Parameters
    ----------
    presence : DataFrame of bool
        Videos in coding order by codes, from `find_presence`.
    rules : sequence of StoppingRule
    n_orders, level, seed
        As in `fit_saturation`; the same seed gives the same orders.

    Returns
    -------
    DataFrame
        One row a rule: rule, base_size, run_length, threshold, stop_at (videos coded when the rule
        stops, its run included; missing when it never does), saturated_at (stop_at less the run),
        share_found (share of all codes found by then); over random orders: stop_median,
        stop_lower, stop_upper (of the orders that stop), share_stopped (of the orders) and
        mean_share_found (of the orders that stop).

    Notes
    -----
    With base size b and run length r, run i covers the videos b + i to b + i + r - 1, and the rule
    stops at the first run whose new codes are at most `threshold` times the codes of the base.
    Francis et al.'s initial sample of ten and stopping criterion of three is the same rule with
    nothing new. Checked on a worked example by hand, not on published data.

    The share found is a share of the codes found in these videos; what further videos would add,
    `estimate_unseen` estimates.

    References
    ----------
    Guest, G., Namey, E., & Chen, M. (2020). A simple method to assess and report thematic
    saturation in qualitative research. *PLoS ONE, 15*(5), e0232076.
    https://doi.org/10.1371/journal.pone.0232076

    Francis, J. J., Johnston, M., Robertson, C., et al. (2010). What is an adequate sample size?
    Operationalising data saturation for theory-based interview studies. *Psychology & Health,
    25*(10), 1229-1245. https://doi.org/10.1080/08870440903194015

    Examples
    --------
    >>> from helpers.models.example import simulate_codings
    >>> data = simulate_codings()
    >>> presence = find_presence(data, code="code")
    >>> rules = (StoppingRule("two and one", base_size=2, run_length=1, threshold=0.0),)
    >>> table = compare_stopping_rules(presence, rules=rules, n_orders=200, seed=1)
    >>> table[["rule", "stop_at", "saturated_at", "share_found", "stop_median"]]
              rule  stop_at  saturated_at  share_found  stop_median
    0  two and one        3             2          1.0          3.0
    """
    check_ci_level(level)
    found = presence.to_numpy(dtype=bool)
    n_videos, n_codes = found.shape
    observed = _accumulate(found[None])
    curves = _accumulate(found[_draw_orders(n_videos, n_orders=n_orders, seed=seed)])
    rows = []
    for rule in rules:
        stop = _find_stops(observed, rule)[0]
        stops = _find_stops(curves, rule)
        reached = stops > 0
        shares = curves[reached, stops[reached] - 1] / n_codes
        limits = (
            np.quantile(stops[reached], [0.5, (1 - level) / 2, (1 + level) / 2])
            if reached.any()
            else [np.nan] * 3
        )
        rows.append(
            {
                "rule": rule.name,
                "base_size": rule.base_size,
                "run_length": rule.run_length,
                "threshold": rule.threshold,
                "stop_at": stop or pd.NA,
                "saturated_at": stop - rule.run_length if stop else pd.NA,
                "share_found": observed[0, stop - 1] / n_codes if stop else np.nan,
                "stop_median": limits[0],
                "stop_lower": limits[1],
                "stop_upper": limits[2],
                "share_stopped": reached.mean(),
                "mean_share_found": shares.mean() if reached.any() else np.nan,
            }
        )
    return pd.DataFrame(rows).astype({"stop_at": "Int64", "saturated_at": "Int64"})


def estimate_unseen(presence: pd.DataFrame) -> pd.DataFrame:
    r"""How much of the codes the videos have shown: sample coverage and the Chao2 richness.

    Parameters
    ----------
    presence : DataFrame of bool
        Videos by codes, from `find_presence`.

    Returns
    -------
    DataFrame
        One row: n_videos, n_codes, n_once (codes in one video only), n_twice, coverage (estimated
        share of all code occurrences that belongs to codes already found), chao2 (estimated number
        of codes, found and unfound; a lower bound), unseen (chao2 less n_codes). One video tells
        nothing of the last three, which are missing then.

    Notes
    -----
    With :math:`Q_1` codes in one video, :math:`Q_2` in two, :math:`U` occurrences and :math:`N`
    videos: coverage :math:`= 1 - \frac{Q_1}{U}\frac{(N-1)Q_1}{(N-1)Q_1 + 2Q_2}` (Chao et al.,
    2014), and with no code in two videos
    :math:`1 - \frac{Q_1}{U}\frac{(N-1)(Q_1-1)}{(N-1)(Q_1-1) + 2}` (Chao & Jost, 2012, as iNEXT);
    Chao2 :math:`= S + \frac{N-1}{N}\frac{Q_1^2}{2Q_2}`, and with no code in two videos
    :math:`S + \frac{N-1}{N}\frac{Q_1(Q_1-1)}{2}` (Chao, 1987). Both take the videos as a random
    sample, which theoretical sampling is not.

    Validated: tests/reference/saturation/saturation.R (vegan, `specpool`): Chao2 to 1e-9; coverage,
    the five values that iNEXT prints of its ants to their four digits.

    References
    ----------
    Chao, A. (1987). Estimating the population size for capture-recapture data with unequal
    catchability. *Biometrics, 43*, 783-791. https://doi.org/10.2307/2531532

    Chao, A., & Jost, L. (2012). Coverage-based rarefaction and extrapolation: Standardizing samples
    by completeness rather than size. *Ecology, 93*, 2533-2547. https://doi.org/10.1890/11-1952.1

    Chao, A., Gotelli, N. J., Hsieh, T. C., et al. (2014). Rarefaction and extrapolation with Hill
    numbers: A framework for sampling and estimation in species diversity studies. *Ecological
    Monographs, 84*(1), 45-67. https://doi.org/10.1890/13-0133.1

    Examples
    --------
    >>> from helpers.models.example import simulate_codings
    >>> data = simulate_codings()
    >>> estimate_unseen(find_presence(data, code="code")).round(3)
       n_videos  n_codes  n_once  n_twice  coverage  chao2  unseen
    0         6        4       0        0       1.0    4.0     0.0
    """
    found = presence.to_numpy(dtype=bool)
    n_videos, n_codes = found.shape
    frequency = found.sum(axis=0)
    once, twice = int((frequency == 1).sum()), int((frequency == 2).sum())
    shrink = (n_videos - 1) / n_videos
    beyond = once**2 / (2 * twice) if twice else once * (once - 1) / 2
    # the share of single occurrences that the next video would not repeat; without a code in two
    # videos by the bias-corrected numbers that Chao2 takes there, as iNEXT does
    rare, pairs = (once, twice) if twice else (max(once - 1, 0), 1)
    unrepeated = (n_videos - 1) * rare / ((n_videos - 1) * rare + 2 * pairs)
    missed = once / frequency.sum() * unrepeated
    return pd.DataFrame(
        [
            {
                "n_videos": n_videos,
                "n_codes": n_codes,
                "n_once": once,
                "n_twice": twice,
                "coverage": 1 - missed if n_videos > 1 else np.nan,
                "chao2": n_codes + shrink * beyond if n_videos > 1 else np.nan,
                "unseen": shrink * beyond if n_videos > 1 else np.nan,
            }
        ]
    )


def fit_cooccurrence(
    data: Codings | pd.DataFrame,
    *,
    code: str,
    window: int | None = None,
    min_coders: int = 1,
    without: Iterable[str] = ("none",),
) -> pd.DataFrame:
    r"""How often two codes occur in the same video, or within a few segments of each other.

    Parameters
    ----------
    data : Codings or DataFrame
        One row a segment and coder; segments of a video sort in their order.
    code : str
        Column of `data`.
    window : int, optional
        Consecutive segments in which two codes count as together; every stretch of that many
        segments of a video is one unit. By default a whole video is one unit.
    min_coders, without
        As in `find_presence`.

    Returns
    -------
    DataFrame
        One row a pair of codes that both occur: code_a, code_b (in sorted order), n_a, n_b (units
        with each), n_both, n_units, jaccard (units with both over units with either), expected
        (units with both, were the two unrelated), lift (n_both over expected).

    Raises
    ------
    InputError
        As `find_presence`, and for a window that no video is long enough for.

    Notes
    -----
    Jaccard :math:`= n_{ab} / (n_a + n_b - n_{ab})`, the coefficient of the usual coding
    programs. Frequent codes meet often by their frequency alone; lift divides by
    :math:`n_a n_b / n`. In windows of a few segments codes crowd each other out, so that most lifts
    lie below 1 without any avoidance: compare lifts with each other, not with 1. Overlapping
    windows are not independent, and no p value is given.

    References
    ----------
    Jaccard, P. (1912). The distribution of the flora in the alpine zone. *New Phytologist, 11*,
    37-50. https://doi.org/10.1111/j.1469-8137.1912.tb05611.x

    Examples
    --------
    >>> from helpers.models.example import simulate_codings
    >>> data = simulate_codings()
    >>> fit_cooccurrence(data, code="code", window=2).head(3).round(3)
      code_a  code_b  n_a  n_b  n_both  n_units  jaccard  expected   lift
    0   bond    goal   10   16       2       30    0.083     5.333  0.375
    1   bond  repair   10   24       7       30    0.259     8.000  0.875
    2   bond    task   10   19       6       30    0.261     6.333  0.947
    """
    if window is None:
        presence = find_presence(data, code=code, min_coders=min_coders, without=without)
    else:
        presence = _find_presence_in_windows(
            as_codings(data), code=code, window=window, min_coders=min_coders, without=without
        )
    found = presence.to_numpy(dtype=int)
    together = found.T @ found
    n_units = len(found)
    single = together.diagonal()
    rows = []
    for a, b in combinations(range(found.shape[1]), 2):
        both, expected = together[a, b], single[a] * single[b] / n_units
        rows.append(
            {
                "code_a": presence.columns[a],
                "code_b": presence.columns[b],
                "n_a": single[a],
                "n_b": single[b],
                "n_both": both,
                "n_units": n_units,
                "jaccard": both / (single[a] + single[b] - both),
                "expected": expected,
                "lift": both / expected,
            }
        )
    columns = [
        "code_a", "code_b", "n_a", "n_b", "n_both", "n_units", "jaccard", "expected", "lift",
    ]  # fmt: skip
    shares = ["jaccard", "expected", "lift"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(shares, float))


def _find_presence_in_windows(
    codings: Codings, *, code: str, window: int, min_coders: int, without: Iterable[str]
) -> pd.DataFrame:
    if isinstance(window, bool) or not isinstance(window, int | np.integer) or window < 1:
        raise InputError(f"window={window!r} is not a number of segments: give a whole number.")
    codings.check(code=code)
    data, video, segment = codings.data, codings.video, codings.segment
    unit = "_segment_of_all"
    order = data[[video, segment]].drop_duplicates().sort_values([video, segment])
    order[unit] = np.arange(len(order))
    by_segment = find_presence(
        replace(codings, data=data.merge(order, on=[video, segment]).sort_values(unit), video=unit),
        code=code,
        min_coders=min_coders,
        without=without,
    )
    found = by_segment.to_numpy(dtype=bool)
    position = order.groupby(video)[unit]
    ends = zip(position.min(), position.max(), strict=True)
    longest = int(position.size().max())
    if window > longest:
        raise InputError(
            f"window={window} is longer than every {video}: the longest has {longest} segments."
        )
    starts = np.concatenate([np.arange(first, last - window + 2) for first, last in ends])
    stretches = found[starts[:, None] + np.arange(window)].any(axis=1)
    return pd.DataFrame(stretches, columns=by_segment.columns)


def _draw_orders(n_videos: int, *, n_orders: int, seed: int) -> np.ndarray:
    if isinstance(n_orders, bool) or not isinstance(n_orders, int | np.integer) or n_orders < 1:
        raise InputError(f"n_orders={n_orders!r} is not a number of orders: give a whole number.")
    rng = np.random.default_rng(seed)
    return rng.permuted(np.tile(np.arange(n_videos), (n_orders, 1)), axis=1)


def _accumulate(found: np.ndarray) -> np.ndarray:
    return np.logical_or.accumulate(found, axis=1).sum(axis=2)


def _expected_curve(frequency: np.ndarray, n_videos: int) -> np.ndarray:
    k = np.arange(1, n_videos + 1)[:, None]
    rest = n_videos - frequency
    possible = k <= rest
    rest_k = np.where(possible, rest - k, 0)
    # log of binom(N - n_c, k) / binom(N, k)
    log_missing = (
        gammaln(rest + 1) - gammaln(rest_k + 1) + gammaln(n_videos - k + 1) - gammaln(n_videos + 1)
    )
    return (1 - np.where(possible, np.exp(log_missing), 0)).sum(axis=1)


def _find_stops(curves: np.ndarray, rule: StoppingRule) -> np.ndarray:
    """Videos coded when the rule stops, for curves of shape (orders, videos); 0 when it never."""
    base, run = rule.base_size, rule.run_length
    if curves.shape[1] < base + run:
        return np.zeros(len(curves), dtype=int)
    at_base = curves[:, base - 1]
    new = curves[:, base + run - 1 :] - curves[:, base - 1 : curves.shape[1] - run]
    stops = (new <= rule.threshold * at_base[:, None] + 1e-12) & (at_base[:, None] > 0)
    return np.where(stops.any(axis=1), stops.argmax(axis=1) + base + run, 0)

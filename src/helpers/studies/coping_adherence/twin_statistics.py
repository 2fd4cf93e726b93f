"""The estimates of a composite model with their gradients in the cells of the data.

Estimates of mode A composites with path weighting depend on the items only through their
correlations R, and on these only through the outer weights w and C = W'R, the covariances of the
scores with the items. With q(w, C) = 0 the condition that the algorithm has come to rest and
t(w, C) the estimates, a change of R moves them by

    dt = t_C dC + t_w dw,   0 = q_C dC + q_w dw,   dC = W'dR + dW'R,

so that a few partial derivatives, taken exactly by complex steps, give dt/dR and with it the
gradients in all cells, each case's influence on each estimate, and the standard errors of the
delta method.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helpers.models.pls.kernel import PLSStructure, solve_pls
from helpers.twins.exact_moments import standardize

__all__ = ["CompositeStatistics", "compute_composite_statistics", "statistic_sections"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
STEP = 1e-30


@dataclass(frozen=True)
class CompositeStatistics:
    """Statistics of one data set, in the order of `statistic_sections`.

    Attributes
    ----------
    reached : ndarray, shape (m,)
    gradients : ndarray, shape (m, n, p)
        Derivative of each statistic in each cell of the items. Those of the standard errors take
        dt/dR as constant, those of the steadying numbers the weights.
    by_correlation : ndarray, shape (m, p, p)
        Derivative in each correlation of two items, symmetric; zero for the standard errors.
    iterations : int
        Rounds of the algorithm.
    standardized, sd : ndarray, shape (n, p) and (p,)
        The items as z scores, and their standard deviations.
    """

    reached: Floats
    gradients: Floats
    by_correlation: Floats
    iterations: int
    standardized: Floats
    sd: Floats

    def swap_effects(self, cases: Integers, up: Integers, down: Integers) -> Floats:
        """Predict what single swaps do: one answer of a case up by 1, another down by 1.

        To second order in the two cells (the standard errors to first), which a whole step needs:
        it widens the items' variances whichever way it goes.

        Parameters
        ----------
        cases, up, down : ndarray of int, shape (k,)
            Row and columns of each swap; `up` or `down` is -1 where only the other item moves.

        Returns
        -------
        ndarray, shape (m, k)
        """
        n, last = len(self.standardized), (0, 1)
        step = np.append(1 / self.sd, 0.0)
        rise, fall = step[up], -step[down]
        slopes = np.pad(self.gradients * self.sd, ((0, 0), (0, 0), last))
        correlation = self.standardized.T @ self.standardized / (n - 1)
        scaling = np.pad((self.by_correlation * correlation).sum(axis=2), ((0, 0), last))
        return (
            rise * slopes[:, cases, up]
            + fall * slopes[:, cases, down]
            - (rise**2 * scaling[:, up] + fall**2 * scaling[:, down]) / (2 * n - 2)
            + rise * fall * self.by_correlation[:, up, down] / (n - 1)
        )


def statistic_sections(structure: PLSStructure, *, steadied: str | None = None) -> dict[str, slice]:
    """Return where each kind of statistic stands.

    Kinds: ``path`` in the order of the model's paths, ``r_squared`` in that of its explained
    constructs, ``rho_c ave alpha`` in that of its constructs, ``steadying`` in that of the
    steadied construct's items but the last, ``se`` of the paths.
    """
    model = structure.model
    constructs, paths = len(model.names), len(model.paths)
    sizes = {
        "path": paths,
        "r_squared": len(model.endogenous),
        **dict.fromkeys(("rho_c", "ave", "alpha"), constructs),
        "steadying": 0 if steadied is None else len(model.constructs[steadied]) - 1,
        "se": paths,
    }
    ends = np.cumsum(list(sizes.values())).tolist()
    return {
        kind: slice(end - size, end) for (kind, size), end in zip(sizes.items(), ends, strict=True)
    }


def compute_composite_statistics(
    items: Floats, structure: PLSStructure, *, steadied: str | None = None
) -> CompositeStatistics:
    """Return the statistics of a composite model with their gradients.

    Parameters
    ----------
    items : ndarray, shape (n, p)
        In the order of ``structure.model.items``, in any unit.
    structure : PLSStructure
        Mode A, path weighting, two items per construct at least; its tolerance decides how exact
        the gradients are.
    steadied : str, optional
        An unexplained construct with two consequents. The steadying numbers are the covariances
        of its items with that mixture of the consequents which its own score has nothing to do
        with. Its weights are the first singular vector of its items' covariances with the
        consequents; the second one lives on these numbers, and where they are zero the weights
        are found at once and stay when data change a little.

    Returns
    -------
    CompositeStatistics

    Raises
    ------
    ValueError
        When the algorithm does not settle.
    """
    n, p = items.shape
    z, sd = standardize(items), items.std(axis=0, ddof=1)
    correlation = z.T @ z / (n - 1)
    solution = solve_pls(correlation[None], structure)
    if solution.failure[0]:
        raise ValueError("the outer weights do not settle on these data")
    weights, owner = solution.weights[0], structure.owner
    spread = np.zeros((p, len(structure.mode)))
    spread[np.arange(p), owner] = weights
    covariances = spread.T @ correlation

    estimates, _ = _evaluate(weights[None], covariances[None], structure)
    by_weight, by_covariance = _differentiate(weights, covariances, structure)
    m = estimates.shape[1]
    # A weight also moves the covariances of its own construct's score.
    by_weight = by_weight + (by_covariance[:, owner, :] * correlation).sum(axis=2)
    # The weights' lengths are free, so the resting condition is singular along them.
    through = by_weight[:m] @ np.linalg.pinv(by_weight[m:], rcond=1e-9)
    slopes = by_covariance[:m] - np.tensordot(through, by_covariance[m:], 1)

    alpha, alpha_slopes = _alphas(correlation, structure)
    steadying, steadying_slopes = _steadying(spread, covariances, structure, steadied)
    by_correlation = np.concatenate(
        [weights[:, None] * slopes[:, owner, :], alpha_slopes, steadying_slopes]
    )
    by_correlation += by_correlation.transpose(0, 2, 1)
    by_correlation[:, np.arange(p), np.arange(p)] = 0.0
    gradients = _through_standardization(z @ by_correlation / (n - 1), z)
    paths = len(structure.model.paths)
    se, se_gradients = _standard_errors(gradients[:paths], z)
    return CompositeStatistics(
        reached=np.concatenate([estimates[0], alpha, steadying, se]),
        gradients=np.concatenate([gradients, se_gradients]) / sd,
        by_correlation=np.concatenate([by_correlation, np.zeros((paths, p, p))]),
        iterations=int(solution.iterations[0]),
        standardized=z,
        sd=sd,
    )


def _through_standardization(gradients, z):
    """Gradients in z scores that account for a cell moving its column's mean and SD as well."""
    gradients = gradients - gradients.mean(axis=1, keepdims=True)
    along = np.einsum("mnp,np->mp", gradients, z) / (len(z) - 1)
    return gradients - along[:, None, :] * z


def _standard_errors(gradients, z):
    """Delta-method standard errors of estimates with these gradients, and their own gradients."""
    n = len(z)
    influences = np.einsum("mnp,np->mn", gradients, z) * (n - 1) / 2
    se = np.sqrt((influences**2).sum(axis=1)) / n
    share = influences * (n - 1) / (n**2 * se[:, None])
    return se, _through_standardization(share[:, :, None] * gradients, z)


def _alphas(correlation, structure):
    """Standardized alphas, and their derivatives in the elements of the correlation matrix."""
    starts, owner, sizes = structure.starts[:-1], structure.owner, np.diff(structure.starts)
    sums = np.add.reduceat(np.add.reduceat(correlation, starts, axis=0), starts, axis=1).diagonal()
    own = (owner == np.arange(len(sizes))[:, None]).astype(float)
    slopes = (sizes**2 / (sizes - 1) / sums**2)[:, None, None] * own[:, :, None] * own[:, None, :]
    return sizes / (sizes - 1) * (1 - sizes / sums), slopes


def _steadying(spread, covariances, structure, steadied):
    """The steadying numbers, and their derivatives in the elements of the correlation matrix."""
    p = len(spread)
    if steadied is None:
        return np.empty(0), np.empty((0, p, p))
    k = structure.model.names.index(steadied)
    consequents = np.flatnonzero(structure.adjacency[k])
    r = covariances[consequents] @ spread[:, k]
    mixture = np.array([r[1], -r[0]]) / np.linalg.norm(r)
    # Weighted, all the items' numbers sum to zero, so the last says nothing new.
    items = np.arange(structure.starts[k], structure.starts[k + 1] - 1)
    slopes = np.zeros((len(items), p, p))
    slopes[np.arange(len(items)), items] = spread[:, consequents] @ mixture
    return mixture @ covariances[consequents][:, items], slopes


def _differentiate(weights, covariances, structure):
    """Derivatives of `_evaluate`'s two results, joined, in the weights and the covariances."""
    p, shape = len(weights), covariances.shape
    moves = 1j * STEP * np.eye(p + covariances.size)
    results = _evaluate(
        weights + moves[:, :p], covariances + moves[:, p:].reshape(-1, *shape), structure
    )
    slopes = np.concatenate(results, axis=1).imag.T / STEP
    return slopes[:, :p], slopes[:, p:].reshape(-1, *shape)


def _evaluate(weights, covariances, structure):
    """Estimates other than alpha, and how far the weights are from the algorithm's next ones.

    Every step is analytic, so that complex arguments give derivatives; neither result depends on
    the length of a construct's weights.

    Parameters
    ----------
    weights : ndarray, shape (B, p)
    covariances : ndarray, shape (B, K, p)
        Of the constructs' scores with the items.
    """
    model, owner, starts = structure.model, structure.owner, structure.starts[:-1]
    sizes = np.diff(structure.starts)

    def over_items(values):
        return np.add.reduceat(values, starts, axis=-1)

    products = over_items(covariances * weights[:, None, :])
    sd = np.sqrt(np.einsum("bkk->bk", products))
    between = products / (sd[:, :, None] * sd[:, None, :])
    cross = covariances / sd[:, :, None]

    inner = between * (structure.adjacency | structure.adjacency.T)
    slopes, r_squared = {}, []
    for k, sources in structure.antecedents.items():
        r = between[:, sources, k]
        coefficients = np.linalg.solve(between[:, sources[:, None], sources], r[:, :, None])[..., 0]
        inner[:, sources, k] = coefficients
        slopes |= {
            (model.names[source], model.names[k]): coefficients[:, j]
            for j, source in enumerate(sources)
        }
        r_squared.append((coefficients * r).sum(axis=1))
    proxies = (inner[:, :, owner] * cross).sum(axis=1)

    def direction(values):
        return values / np.sqrt(over_items(values**2))[:, owner]

    loadings = cross[:, owner, np.arange(len(owner))]
    total, squared = over_items(loadings), over_items(loadings**2)
    estimates = np.column_stack(
        [
            *(slopes[path] for path in model.paths),
            *r_squared,
            total**2 / (total**2 + sizes - squared),
            squared / sizes,
        ]
    )
    return estimates, direction(proxies) - direction(weights)

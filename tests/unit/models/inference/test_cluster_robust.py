import numpy as np
import pandas as pd
import pytest

from helpers.errors import InputError
from helpers.models.inference.cluster_robust import cluster_inference
from helpers.models.inference.clusters import encode_clusters, intraclass_correlations


def make(sizes, k=3, seed=1):
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(sizes)), sizes)
    X = np.column_stack([np.ones(len(codes)), rng.standard_normal((len(codes), k - 1))])
    y = rng.standard_normal(len(codes))
    est = np.linalg.lstsq(X, y, rcond=None)[0]
    return X, y - X @ est, est, codes


def by_definition(X, residuals, codes, rows):
    """CR2, Satterthwaite and HTZ by matrices of rows by rows, as the paper writes them."""
    n, k = X.shape
    bread = np.linalg.inv(X.T @ X)
    rest = np.eye(n) - X @ bread @ X.T
    meat, vectors = np.zeros((k, k)), []
    for g in range(codes.max() + 1):
        own = codes == g
        values, basis = np.linalg.eigh(rest[np.ix_(own, own)])
        power = np.where(values > 1e-12, 1 / np.sqrt(np.maximum(values, 1e-12)), 0)
        root = (basis * power) @ basis.T
        score = X[own].T @ root @ residuals[own]
        meat += np.outer(score, score)
        vectors.append(rest[:, own] @ root @ X[own] @ bread @ rows.T)
    P = np.einsum("gns,hnt->ghst", vectors, vectors)
    omega = np.einsum("ggst->st", P)
    df = np.array([omega[s, s] ** 2 / (P[:, :, s, s] ** 2).sum() for s in range(len(rows))])
    values, basis = np.linalg.eigh(omega)
    root = basis / np.sqrt(values) @ basis.T
    B = root @ P @ root
    total = (np.einsum("ghss->gh", B) ** 2).sum() + np.einsum("ghst,ghts->", B, B)
    q = len(rows)
    return bread @ meat @ bread, df, q * (q + 1) / total - q + 1


@pytest.mark.parametrize("sizes", [[5] * 8, [1, 2, 3, 4, 20, 7], [1] * 12, [30, 30, 2, 2, 2]])
def test_against_the_definition(sizes):
    X, residuals, est, codes = make(sizes)
    rows = np.array([[0, 1.0, 0], [0, 0.3, -2]])
    found = cluster_inference(X, residuals, est, codes)
    vcov, df, df2 = by_definition(X, residuals, codes, rows)
    np.testing.assert_allclose(found.vcov, vcov, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(found.df(rows), df, rtol=1e-10)
    if df2 > 0:
        assert found.wald(rows).df2 == pytest.approx(df2, rel=1e-10)
        assert found.wald(rows[:1]).df2 == pytest.approx(df[0], rel=1e-10)


def test_a_cluster_that_alone_fixes_a_coefficient():
    X, residuals, est, codes = make([6] * 8)
    X = np.column_stack([X, codes == 3])
    residuals = residuals - X @ np.linalg.lstsq(X, residuals, rcond=None)[0]
    found = cluster_inference(X, residuals, np.append(est, 0), codes)
    vcov, df, _ = by_definition(X, residuals, codes, np.eye(4)[1:2])
    np.testing.assert_allclose(found.vcov, vcov, rtol=1e-9, atol=1e-14)
    assert found.df(np.eye(4)[1:2]) == pytest.approx(df, rel=1e-9)


def test_one_row_a_cluster_is_hc2():
    X, residuals, est, codes = make([1] * 30)
    q = np.linalg.qr(X)[0]
    bread = np.linalg.inv(X.T @ X)
    scaled = X * (residuals / np.sqrt(1 - (q**2).sum(axis=1)))[:, None]
    found = cluster_inference(X, residuals, est, codes)
    np.testing.assert_allclose(found.vcov, bread @ scaled.T @ scaled @ bread, rtol=1e-10)


def test_the_order_of_rows_and_the_names_of_clusters_do_not_matter():
    X, residuals, est, codes = make([3, 5, 9, 4, 6, 2])
    rng = np.random.default_rng(3)
    order, names = rng.permutation(len(codes)), rng.permutation(6)
    one = cluster_inference(X, residuals, est, codes)
    two = cluster_inference(X[order], residuals[order], est, names[codes][order])
    np.testing.assert_allclose(one.vcov, two.vcov, rtol=1e-10)
    np.testing.assert_allclose(one.df(np.eye(3)), two.df(np.eye(3)), rtol=1e-10)


def test_clusters_of_any_type_and_bad_ones():
    frame = pd.DataFrame({"id": ["a", "b", None, "a"], "y": [1.0, 2, 3, 4]})
    with pytest.raises(InputError, match="cluster='id' has 1 missing value"):
        encode_clusters(frame, "id")
    with pytest.raises(InputError, match="names a single cluster"):
        encode_clusters(frame.assign(id=1), "id")
    with pytest.raises(InputError, match="one row in each cluster"):
        intraclass_correlations(frame.assign(id=range(4)), variables=["y"], cluster="id")
    assert encode_clusters(frame.fillna({"id": "z"}), "id").tolist() == [0, 1, 2, 0]


def test_icc_leaves_out_what_is_missing_and_may_be_negative():
    frame = pd.DataFrame({"id": [1, 1, 2, 2, 3, 3], "y": [1.0, 2, 1, 2, 1, 2]})
    assert intraclass_correlations(frame, variables=["y"], cluster="id")["icc"][0] == -1
    gap = pd.concat([frame, pd.DataFrame({"id": [9], "y": [np.nan]})])
    pd.testing.assert_frame_equal(
        intraclass_correlations(frame, variables=["y"], cluster="id"),
        intraclass_correlations(gap, variables=["y"], cluster="id"),
    )

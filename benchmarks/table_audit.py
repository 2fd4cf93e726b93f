"""How often the audit of printed tables accuses true tables of R, and finds planted errors.

The corpus (`tests/reference/audit/corpus`, R script beside it) holds unrounded values; here they
are printed with two or three decimals in four ways of rounding, given to the audit as tables, and
given again with one error of a kind planted in each. What comes out stands in
`docs/validation/table_audit_*.csv`. Run from the repository's root, with a larger corpus:

    mkdir build/corpus
    (cd tests/reference/audit/corpus && Rscript make_corpus.R 1000 ../../../../build/corpus \\
        && Rscript make_scores.R 1000 ../../../../build/corpus)
    python benchmarks/table_audit.py build/corpus
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.audit.findings import Finding
from helpers.audit.table.documents import Document, Grid
from helpers.audit.table.examine import examine
from helpers.audit.table.judge import CONSISTENT, IMPOSSIBLE, NOT_DECIDED, POSSIBLE
from helpers.audit.table.settings import Settings
from helpers.paths import ROOT

CORPUS = (
    Path(sys.argv[1])
    if __name__ == "__main__" and sys.argv[1:]
    else (ROOT / "tests" / "reference" / "audit" / "corpus")
)
OUT = ROOT / "docs" / "validation"
ROUNDINGS = {
    "half": (ROUND_HALF_UP,),
    "half-even": (ROUND_HALF_EVEN,),
    "truncated": (ROUND_DOWN,),
    "any": (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_HALF_DOWN),
}
"""For each setting how cells are rounded; of several, one at random a cell."""
SEED = 20261129
Row = dict[str, str]


def load(name: str) -> pd.DataFrame:
    """Return a file of the corpus, numbers as texts with all their digits."""
    return pd.read_csv(CORPUS / f"{name}.csv", dtype=str)


class Printer:
    """Prints numbers in one of the ways of rounding."""

    def __init__(self, rounding: str, seed: int) -> None:
        self.modes, self.rng = ROUNDINGS[rounding], np.random.default_rng(seed)

    def number(self, text: str, decimals: int) -> str:
        """Return a number with some decimals."""
        mode = self.modes[self.rng.integers(len(self.modes))]
        return str(Decimal(text).quantize(Decimal(1).scaleb(-decimals), rounding=mode))

    def p(self, text: str) -> str:
        """Return a p as journals print it."""
        return "< .001" if float(text) < 0.001 else self.number(text, 3).removeprefix("0")


# ---------------------------------------------------------------------------------------------
# tables of the corpus


def regression_rows(printer: Printer) -> Iterator[tuple[list[str], list[Row], dict]]:
    """Coefficients of lm, each table with its df in the settings."""
    frame = load("lm_coefficients")
    for number, (_, rows) in enumerate(frame.groupby("id", sort=False)):
        d = 2 + number % 2
        cells = [
            {
                "": r.term, "b": printer.number(r.b, d), "SE": printer.number(r.se, d),
                "t": printer.number(r.t, 2), "p": printer.p(r.p),
                "LLCI": printer.number(r.ci_lower, d), "ULCI": printer.number(r.ci_upper, d),
            }
            for r in rows.itertuples()
        ]  # fmt: skip
        yield cells, {"df": int(rows["df"].iloc[0]), "n": int(rows["n"].iloc[0]), "ci": "t"}


def model_rows(printer: Printer) -> Iterator[tuple[list[Row], dict]]:
    """Whole models of lm."""
    for r in load("lm_models").itertuples():
        yield [
            {
                "Model": r.id, "R²": printer.number(r.r2, 3),
                "adj. R²": printer.number(r.adj_r2, 3),
                "F": printer.number(r.f, 2), "df1": r.df1, "df2": r.df2, "p": printer.p(r.p),
                "N": r.n,
            }
        ], {}  # fmt: skip


def change_rows(printer: Printer) -> Iterator[tuple[list[Row], dict]]:
    """Hierarchical steps of lm: R², its change and the F of the change."""
    for r in load("lm_models").itertuples():
        if r.d_f in ("NA", "nan") or not isinstance(r.d_f, str) or int(r.d_df) == 0:
            continue
        first, second = printer.number(r.r2_first, 3), printer.number(r.r2, 3)
        yield [
            {"Step": "1", "R²": first, "ΔR²": first, "ΔF": "", "df1": "", "df2": "", "p": ""},
            {"Step": "2", "R²": second, "ΔR²": printer.number(r.d_r2, 3),
             "ΔF": printer.number(r.d_f, 2), "df1": r.d_df, "df2": r.df2, "p": ""},
        ], {}  # fmt: skip


def odds_rows(printer: Printer) -> Iterator[tuple[list[Row], dict]]:
    """Odds ratios of glm."""
    for _, rows in load("glm_odds").groupby("id", sort=False):
        yield [
            {
                "": r.term, "OR": printer.number(r.OR, 2), "z": printer.number(r.z, 2),
                "p": printer.p(r.p), "95% CI": f"[{printer.number(r.ci_lower, 2)}, "
                f"{printer.number(r.ci_upper, 2)}]",
            }
            for r in rows.rename(columns={"or": "OR"}).itertuples()
        ], {"ci": "z"}  # fmt: skip


def path_rows(printer: Printer) -> Iterator[tuple[list[Row], dict]]:
    """Paths of lavaan."""
    for _, rows in load("lavaan_paths").groupby("id", sort=False):
        yield [
            {
                "": r.term, "b": printer.number(r.b, 3), "SE": printer.number(r.se, 3),
                "z": printer.number(r.z, 2), "p": printer.p(r.p),
                "LLCI": printer.number(r.ci_lower, 3), "ULCI": printer.number(r.ci_upper, 3),
            }
            for r in rows.itertuples()
        ], {"ci": "z"}  # fmt: skip


def effect_rows(printer: Printer) -> Iterator[tuple[list[Row], dict]]:
    """Products and sums of a mediation of lavaan."""
    for number, r in enumerate(load("lavaan_effects").itertuples()):
        d = 2 + number % 2
        parts = {"a": r.a, "b": r.b, "c'": r.c_prime, "ab": r.ab, "c": r.c}
        yield [{"": "m"} | {k: printer.number(v, d) for k, v in parts.items()}], {}


def fit_rows(printer: Printer) -> Iterator[tuple[list[Row], dict]]:
    """Fit measures of lavaan."""
    for r in load("lavaan_fit").itertuples():
        yield [
            {
                "Model": "1", "χ²": printer.number(r.chisq, 2), "df": r.df, "p": printer.p(r.p),
                "χ²/df": printer.number(r.chisq_df, 2), "RMSEA": printer.number(r.rmsea, 3),
                "CFI": printer.number(r.cfi, 3), "TLI": printer.number(r.tli, 3),
                "NFI": printer.number(r.nfi, 3),
            }
        ], {"n": int(r.n)}  # fmt: skip


def loading_rows(printer: Printer) -> Iterator[tuple[list[Row], dict]]:
    """Loadings of lavaan with AVE and CR of semTools and alpha of psych."""
    frame = load("lavaan_loadings")
    for number, (_, rows) in enumerate(frame.groupby(["id", "construct"], sort=False)):
        d = 2 + number % 2
        cells = []
        for k, r in enumerate(rows.itertuples()):
            head = {"AVE": printer.number(r.ave, d), "CR": printer.number(r.cr, d),
                    "α": printer.number(r.alpha_std, d), "items": r.items}  # fmt: skip
            loading = printer.number(r.loading, d)
            blank = dict.fromkeys(head, "")
            cells.append({"": r.item, "Loading": loading} | (blank if k else head))
        yield cells, {"alpha": "std"}


def score_rows(printer: Printer) -> Iterator[tuple[list[Row], dict]]:
    """Descriptives of sums or means of whole numbers."""
    for number, r in enumerate(load("psych_scores").itertuples()):
        d = 2 + number % 2
        yield [
            {
                "": "x", "M": printer.number(r.mean, d), "SD": printer.number(r.sd, d),
                "SE": printer.number(r.se, d), "Min": printer.number(r.min, 2),
                "Max": printer.number(r.max, 2), "n": r.n, "items": r.items,
            }
        ], {}  # fmt: skip


def correlation_rows(printer: Printer) -> Iterator[tuple[list[Row], dict]]:
    """Correlations with p and their own n."""
    for _, rows in load("psych_correlations").groupby("id", sort=False):
        yield [
            {"": f"{r.row} with {r.column}", "r": printer.number(r.r, 2 + int(r.row) % 2),
             "p": printer.p(r.p), "N": r.n}
            for r in rows.itertuples()
        ], {}  # fmt: skip


def matrix_rows(printer: Printer) -> Iterator[tuple[list[Row], dict]]:
    """Triangles of correlations of complete cases."""
    for _, rows in load("psych_correlations").groupby("id", sort=False):
        if (rows["n"] != rows["n_all"]).any():
            continue
        size = int(rows["row"].astype(int).max())
        cells = [
            {"": f"{i}. v{i}"} | {str(j): "" for j in range(1, size + 1)}
            for i in range(1, size + 1)
        ]
        for r in rows.itertuples():
            cells[int(r.row) - 1][r.column] = printer.number(r.r, 2)
        yield cells, {"n": int(rows["n"].iloc[0])}


def group_rows(printer: Printer) -> Iterator[tuple[list[Row], dict]]:
    """Tests of two groups, with d and p."""
    for r in load("two_groups").itertuples():
        yield [
            {
                "": "x", "A | M": printer.number(r.mean1, 2), "A | SD": printer.number(r.sd1, 2),
                "A | n": r.n1, "B | M": printer.number(r.mean2, 2),
                "B | SD": printer.number(r.sd2, 2), "B | n": r.n2, "t": printer.number(r.t, 2),
                "df": r.df, "p": printer.p(r.p), "d": printer.number(r.d, 2),
            }
        ], {}  # fmt: skip


KINDS: dict[str, Callable[[Printer], Iterator[tuple[list[Row], dict]]]] = {
    "regression": regression_rows, "whole model": model_rows, "steps": change_rows,
    "odds ratios": odds_rows, "paths": path_rows, "mediation": effect_rows, "fit": fit_rows,
    "loadings": loading_rows, "scores": score_rows, "correlations": correlation_rows,
    "matrix": matrix_rows, "two groups": group_rows,
}  # fmt: skip


def audit(rows: list[Row], **settings: object) -> list[Finding]:
    """Audit one table; ``A | M`` stands in two rows of its head."""
    names = list(rows[0])
    head = [[name.split(" | ")[-1] for name in names]]
    if any(" | " in name for name in names):
        head.insert(0, [n.split(" | ")[0] if " | " in n else n for n in names])
    body = [[row[name] for name in names] for row in rows]
    grid = Grid("t", [*head, *body], n_head=len(head))
    return examine([Document("t", [grid])], Settings(**settings)).findings


def false_alarms(kind: str, rounding: str) -> pd.DataFrame:
    """Return for each check how many true relations were checked, and how many were doubted."""
    printer = Printer(rounding, SEED)
    records = [
        (kind, rounding, finding.check, finding.verdict)
        for rows, settings in KINDS[kind](printer)
        for finding in audit(rows, rounding=rounding, **settings)
    ]
    return pd.DataFrame(records, columns=["table", "rounding", "check", "verdict"])


# ---------------------------------------------------------------------------------------------
# planted errors


def swapped_digits(text: str) -> str:
    """Exchange two unlike neighboring digits of a number; return itself where there are none."""
    places = [i for i, c in enumerate(text) if c.isdigit()]
    for i, j in zip(reversed(places[:-1]), reversed(places[1:]), strict=True):
        if text[i] != text[j] and j == i + 1:
            return text[:i] + text[j] + text[i] + text[j + 1 :]
    return text


def _with(column: str, change: Callable[[str], str]) -> Callable[[list[Row], int], list[Row]]:
    def plant(rows: list[Row], at: int) -> list[Row]:
        return [
            row | {column: change(row[column])} if k == at else row for k, row in enumerate(rows)
        ]

    return plant


def _negative(text: str) -> str:
    return text.removeprefix("-") if text.startswith("-") else f"-{text}"


def _scaled(factor: float) -> Callable[[str], str]:
    def change(text: str) -> str:
        decimals = len(text.partition(".")[2])
        return f"{float(text) * factor:.{decimals}f}"

    return change


def _neighbor(column: str) -> Callable[[list[Row], int], list[Row]]:
    def plant(rows: list[Row], at: int) -> list[Row]:
        return _with(column, lambda _: rows[at - 1][column])(rows, at)

    return plant


def _one_sided(rows: list[Row], at: int) -> list[Row]:
    p = rows[at]["p"]
    return (
        rows
        if "<" in p
        else _with("p", lambda _: f"{float(p) / 2:.3f}".removeprefix("0"))(rows, at)
    )


def _narrow_interval(rows: list[Row], at: int) -> list[Row]:
    """Make a 95% interval a 90% one, as z would have it."""
    row = rows[at]
    middle, half = float(row["b"]), (float(row["ULCI"]) - float(row["LLCI"])) / 2 * 1.645 / 1.96
    decimals = len(row["b"].partition(".")[2])
    new = {"LLCI": f"{middle - half:.{decimals}f}", "ULCI": f"{middle + half:.{decimals}f}"}
    return [other | new if k == at else other for k, other in enumerate(rows)]


def _exchanged(first: str, second: str) -> Callable[[list[Row], int], list[Row]]:
    def plant(rows: list[Row], at: int) -> list[Row]:
        row = rows[at]
        changed = row | {first: row[second], second: row[first]}
        return [changed if k == at else other for k, other in enumerate(rows)]

    return plant


ERRORS: dict[str, dict[str, Callable[[list[Row], int], list[Row]]]] = {
    "regression": {
        "digits of the SE swapped": _with("SE", swapped_digits),
        "digits of b swapped": _with("b", swapped_digits),
        "sign of b lost or added": _with("b", _negative),
        "p of the row above": _neighbor("p"),
        "p one-sided": _one_sided,
        "SE of the row above": _neighbor("SE"),
        "SD in place of SE (times 10)": _with("SE", _scaled(10)),
        "90% interval called 95%": _narrow_interval,
        "upper limit of the row above": _neighbor("ULCI"),
    },
    "whole model": {
        "F and df2 exchanged": _exchanged("F", "df2"),
        "R² and adjusted R² exchanged": _exchanged("R²", "adj. R²"),
        "digits of F swapped": _with("F", swapped_digits),
        "N a tenth larger": _with("N", _scaled(1.1)),
    },
    "fit": {
        "digits of χ² swapped": _with("χ²", swapped_digits),
        "digits of the RMSEA swapped": _with("RMSEA", swapped_digits),
        "CFI and TLI exchanged": _exchanged("CFI", "TLI"),
        "df of another model (one more)": _with("df", lambda text: str(int(text) + 1)),
    },
    "loadings": {
        "digits of a loading swapped": _with("Loading", swapped_digits),
        "CR and AVE exchanged": _exchanged("CR", "AVE"),
    },
    "scores": {
        "digits of M swapped": _with("M", swapped_digits),
        "last digit of M one higher": _with(
            "M", lambda text: str(Decimal(text) + Decimal(1).scaleb(-len(text.partition(".")[2])))
        ),
        "digits of the SD swapped": _with("SD", swapped_digits),
        "SE in place of SD": lambda rows, at: _with("SD", lambda _: rows[at]["SE"])(rows, at),
    },
    "correlations": {
        "digits of r swapped": _with("r", swapped_digits),
        "p of the row above": _neighbor("p"),
        "N a tenth larger": _with("N", _scaled(1.1)),
    },
    "mediation": {
        "digits of ab swapped": _with("ab", swapped_digits),
        "sign of a lost or added": _with("a", _negative),
    },
    "two groups": {
        "digits of t swapped": _with("t", swapped_digits),
        "d twice as large": _with("d", _scaled(2)),
        "n of the groups exchanged": _exchanged("A | n", "B | n"),
    },
}  # fmt: skip


def _equal(p: str) -> str:
    return p if p.startswith("<") else f"= {p}"


STATED: dict[str, Callable[[Row, dict], dict[str, str]]] = {
    "regression": lambda r, s: {"text": f"t({s['df']}) = {r['t']}, p {_equal(r['p'])}"},
    "whole model": lambda r, s: {
        "text": f"F({r['df1']}, {r['df2']}) = {r['F']}, p {_equal(r['p'])}"
    },
    "fit": lambda r, s: {"text": f"χ2({r['df']}) = {r['χ²']}, p {_equal(r['p'])}"},
    "correlations": lambda r, s: {"text": f"r({int(r['N']) - 2}) = {r['r']}, p {_equal(r['p'])}"},
    "two groups": lambda r, s: {"text": f"t({r['df']}) = {r['t']}, p {_equal(r['p'])}"},
    "scores": lambda r, s: {"mean": r["M"], "n": str(r["n"]), "items": str(r["items"])},
}
"""What statcheck and GRIM can be told of a row."""


def other_tools(folder: Path, rounding: str = "half", *, most: int = 60) -> pd.DataFrame:
    """Ask statcheck and GRIM about rows of the first tables of a kind, true and with each error.

    Returns one row a kind and error, with the share of the planted errors that they find, and of
    the true rows that they call wrong.
    """
    records = []
    for kind, state in STATED.items():
        for error in ["", *ERRORS[kind]]:
            printer, rng = Printer(rounding, SEED), np.random.default_rng(SEED)
            for rows, settings in itertools.islice(KINDS[kind](printer), most):
                at = int(rng.integers(len(rows)))
                wrong = ERRORS[kind][error](rows, at) if error else rows
                if not error or wrong != rows:
                    records.append({"table": kind, "error": error} | state(wrong[at], settings))
    frame = pd.DataFrame(records).fillna("").rename_axis("id").reset_index()
    folder.mkdir(parents=True, exist_ok=True)
    asked, answered = folder / "asked.csv", folder / "answered.csv"
    frame.to_csv(asked, index=False)
    script = Path(__file__).with_name("statcheck.R")
    subprocess.run(["Rscript", str(script), str(asked), str(answered)], check=True)
    answers = frame.merge(pd.read_csv(answered), on="id")
    answers["found"] = answers["answer"] == "error"
    shares = answers.groupby(["table", "error"], sort=False)["found"].mean()
    return shares.rename("statcheck or GRIM").reset_index()


def detected(kind: str, error: str, rounding: str = "half") -> dict[str, object]:
    """Plant an error in every table of a kind and count those in which it is found.

    A table that the error does not change, such as one whose two digits are equal, is left out and
    counted apart.
    """
    plant, printer = ERRORS[kind][error], Printer(rounding, SEED)
    rng = np.random.default_rng(SEED)
    tried = unchanged = impossible = doubted = 0
    for rows, settings in KINDS[kind](printer):
        at = int(rng.integers(len(rows)))
        wrong = plant(rows, at)
        if wrong == rows:
            unchanged += 1
            continue
        tried += 1
        verdicts = {f.verdict for f in audit(wrong, rounding=rounding, **settings)}
        impossible += IMPOSSIBLE in verdicts
        doubted += bool(verdicts & {IMPOSSIBLE, POSSIBLE})
    shares = {"impossible": impossible, "impossible, or by a reading only": doubted}
    counts = {"table": kind, "error": error, "planted": tried, "not changed": unchanged}
    return counts | {name: count / max(tried, 1) for name, count in shares.items()}


def summarize_alarms(records: pd.DataFrame) -> pd.DataFrame:
    """Return checks and doubts by check, over all ways of rounding."""
    grouped = records.groupby(["table", "check"], sort=False)
    return grouped.agg(
        checks=("verdict", "size"),
        undecided=("verdict", lambda v: int((v == NOT_DECIDED).sum())),
        doubted=("verdict", lambda v: int((~v.isin([CONSISTENT, NOT_DECIDED])).sum())),
    ).reset_index()


def main() -> None:
    """Write both tables."""
    records = pd.concat(false_alarms(kind, rounding) for kind in KINDS for rounding in ROUNDINGS)
    summarize_alarms(records).to_csv(OUT / "table_audit_alarms.csv", index=False)
    found = [detected(kind, error) for kind, errors in ERRORS.items() for error in errors]
    others = other_tools(ROOT / "build" / "statcheck")
    print(others[others["error"] == ""].to_string())
    frame = pd.DataFrame(found).merge(others, on=["table", "error"], how="left").round(3)
    frame.to_csv(OUT / "table_audit_errors.csv", index=False)
    print(summarize_alarms(records).to_string(), frame.to_string(), sep="\n")


if __name__ == "__main__":
    main()

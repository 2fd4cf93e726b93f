"""Draw random cases, ask R, and say how far the engines are from it.

    make differential [N=30] [SEED=…]              N models of each kind; the seed names them
    python tests/differential/run.py --corpus      make tests/differential/corpus/ anew (R)
    python tests/differential/run.py --summary     make docs/validation/differential.csv anew

A case is its seed, so a difference that is printed can be drawn again. Where N is given, N cases of
each kind are drawn.
"""

import argparse
import contextlib
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent)]

from differential.compare import (  # noqa: E402
    Difference,
    compare_composites,
    compare_moderation,
    compare_path_model,
    compare_sem,
    compare_seminr,
)
from differential.composites import CompositeCase, draw_composite_case  # noqa: E402
from differential.moderations import ModerationCase, draw_moderation_case  # noqa: E402
from differential.path_models import PathCase, draw_path_case  # noqa: E402
from differential.sem_models import (  # noqa: E402
    SemCase,
    draw_clustered_case,
    draw_latent_case,
    draw_missing_case,
)
from helpers.errors import InputError  # noqa: E402

CORPUS = HERE / "corpus"
SUMMARY = HERE.parents[1] / "docs" / "validation" / "differential.csv"
N_CORPUS = {
    "path_models": 130,
    "composites": 50,
    "moderations": 40,
    "missing_models": 50,
    "clustered_models": 50,
    "latent_models": 50,
}
SEMINR_DRAWS = 20

# The largest difference allowed, on the scale that the comparison names.
SEM_TOLERANCE = {
    "est": 1e-6,
    "se": 1e-5,  # lavaan's observed information is a numerical derivative
    "se_robust": 1e-5,
    "std_all": 1e-6,
    "std_all_se": 5e-5,  # lavaan: forward differences
    "fit_measure": 1e-5,
    "srmr": 1e-5,
    "scaled_measure": 1e-4,
    "rmsea_limit": 1e-3,  # lavaan's root finder stops 1e-4 from the noncentrality
    "r_squared": 1e-6,
}
TOLERANCE = {
    "path_models": {
        "est": 1e-8,
        "se": 1e-6,
        "se_robust": 2e-5,  # lavaan's observed information is a numerical derivative
        "std_all": 1e-8,
        "std_all_se": 5e-5,  # lavaan: forward differences
        "fit_measure": 1e-8,
        "srmr": 1e-5,  # lavaan's can be 1e-6 from that of its own residual matrix
        "scaled_measure": 1e-5,
        "rmsea_limit": 1e-3,  # lavaan's root finder stops 1e-4 from the noncentrality
        "r_squared": 1e-8,
        "difference_test": 1e-8,
        "scaled_difference_test": 1e-4,  # rests on a difference of lavaan's numerical traces
    },
    "composites": {},
    "moderations": {},
    "missing_models": SEM_TOLERANCE,
    "clustered_models": SEM_TOLERANCE,
    "latent_models": SEM_TOLERANCE,
}
OTHERWISE = 1e-9

# Where lavaan is not the measure, by case and quantity.
NOT_COMPARED = {
    ("path_0054", "difference_test"): "lavaan stops at a worse solution of the nested model",
    ("path_0054", "scaled_difference_test"): "the same",
    ("missing_0040", "*"): "lavaan stops at a worse solution: log-likelihood -12170, ours -12128",
}


NAMES = {
    "est": "estimates",
    "se": "standard errors",
    "se_robust": "robust standard errors",
    "se_hc3": "HC3 standard errors",
    "std_all": "standardized estimates",
    "std_all_se": "standard errors of these",
    "rmsea_limit": "limits of RMSEA",
    "scaled_measure": "scaled and robust fit measures",
    "fit_measure": "fit measures",
    "srmr": "SRMR",
    "r_squared": "R²",
    "r2": "R²",
    "r2_adj": "adjusted R²",
    "f_change": "F of the product",
    "f2": "f²",
    "total": "total effects",
    "rho_a": "ρA",
    "rho_c": "ρC",
    "ave": "AVE",
    "htmt": "HTMT",
    "seminr_estimate": "all estimates",
    "seminr_draw": "bootstrap draws on the same cases",
    "slope": "simple slopes",
    "slope_se": "standard errors of these",
    "jn_count": "Johnson–Neyman: number of bounds",
    "jn_bound": "Johnson–Neyman bounds",
}


def folder_of_path_model(case: PathCase, folder: Path) -> None:
    (folder / "model.lav").write_text(case.model)
    if case.restricted:
        (folder / "restricted.lav").write_text(case.restricted)


def folder_of_composites(case: CompositeCase, folder: Path) -> None:
    items = [(i, name, case.mode[name]) for name, own in case.model.constructs.items() for i in own]
    table = pd.DataFrame(items, columns=["item", "construct", "mode"])
    table.to_csv(folder / "items.csv", index=False)
    paths = pd.DataFrame(case.model.paths, columns=["from", "to"])
    paths.assign(weighting=case.weighting).to_csv(folder / "paths.csv", index=False)


def folder_of_sem(case: SemCase, folder: Path) -> None:
    (folder / "model.lav").write_text(case.model)
    options = {
        "missing": case.missing,
        "cluster": case.cluster,
        "auxiliary": " ".join(case.auxiliary),
        "std_lv": case.std_lv,
    }
    pd.DataFrame([options]).to_csv(folder / "options.csv", index=False)


def folder_of_moderation(case: ModerationCase, folder: Path) -> None:
    (folder / "center.txt").write_text(f"{case.center}\n")


@dataclass(frozen=True)
class Kind:
    """How cases of one kind are drawn, handed to R and compared."""

    draw: Callable
    hand_over: Callable
    compare: Callable
    tables: tuple[str, ...]
    script: str = ""  # of R; by default named as the kind


SEM_TABLES = ("parameters", "fit_measures", "r_squared", "status")
KINDS = {
    "path_models": Kind(
        draw_path_case,
        folder_of_path_model,
        compare_path_model,
        ("parameters", "fit_measures", "r_squared", "difference_tests", "status"),
    ),
    "composites": Kind(
        draw_composite_case, folder_of_composites, compare_composites, ("statistics",)
    ),
    "moderations": Kind(
        draw_moderation_case, folder_of_moderation, compare_moderation, ("statistics",)
    ),
    "missing_models": Kind(draw_missing_case, folder_of_sem, compare_sem, SEM_TABLES, "sem_models"),
    "clustered_models": Kind(
        draw_clustered_case, folder_of_sem, compare_sem, SEM_TABLES, "sem_models"
    ),
    "latent_models": Kind(draw_latent_case, folder_of_sem, compare_sem, SEM_TABLES, "sem_models"),
}


def fingerprint(case) -> str:
    """Short checksum of a case's model and data, as R reads them."""
    said = [str(value) for name, value in vars(case).items() if name != "data"]
    text = "\n".join([*said, case.data.to_csv(index=False)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def ask_r(kind: str, seeds: range) -> dict[str, pd.DataFrame]:
    """Tables that R makes of the cases of these seeds."""
    with tempfile.TemporaryDirectory() as root:
        for seed in seeds:
            case = KINDS[kind].draw(seed)
            folder = Path(root, case.name)
            folder.mkdir()
            case.data.to_csv(folder / "data.csv", index=False)
            KINDS[kind].hand_over(case, folder)
        subprocess.run(["Rscript", str(HERE / f"{KINDS[kind].script or kind}.R"), root], check=True)
        return {name: read_table(Path(root, f"{name}.csv")) for name in KINDS[kind].tables}


def read_table(path: Path) -> pd.DataFrame:
    """A table of R's; an empty name stays a name, an empty number is missing."""
    table = pd.read_csv(path, keep_default_na=False)
    numbers = [
        name
        for name in table
        if name not in ("case", "lhs", "op", "rhs", "key", "said", "kind", "label")
    ]
    for name in numbers:
        try:
            table[name] = pd.to_numeric(table[name].replace("", float("nan")))
        except (ValueError, TypeError):
            continue
    return table


def compare_case(kind: str, case, tables: dict[str, pd.DataFrame]) -> list[Difference]:
    """All differences of one case."""
    return KINDS[kind].compare(case, tables)


def by_case(tables: dict[str, pd.DataFrame]) -> dict[str, dict[str, pd.DataFrame]]:
    """The rows of each case."""
    split = {name: dict(list(table.groupby("case"))) for name, table in tables.items()}
    cases = dict.fromkeys(name for rows in split.values() for name in rows)
    return {
        case: {name: rows.get(case, tables[name].iloc[:0]) for name, rows in split.items()}
        for case in cases
    }


def beyond(kind: str, differences: pd.DataFrame) -> pd.DataFrame:
    """The values that are further apart than the tolerance of their quantity."""
    allowed = differences["quantity"].map(TOLERANCE[kind]).fillna(OTHERWISE)
    return differences[(differences["apart"] > allowed) & ~skipped(differences)]


def skipped(differences: pd.DataFrame) -> np.ndarray:
    """Which rows are among those that are not compared."""
    columns = differences["case"], differences["quantity"], differences["name"]
    known = [
        any((case, what) in NOT_COMPARED for what in (quantity, name, "*"))
        for case, quantity, name in zip(*columns, strict=True)
    ]
    return np.array(known, dtype=bool)


def summarize(differences: pd.DataFrame) -> pd.DataFrame:
    """The largest difference of each quantity and how many values were compared."""
    groups = differences.groupby("quantity", sort=False)
    worst = differences.loc[groups["apart"].idxmax()]
    return worst.assign(values=groups.size().to_numpy())[
        ["quantity", "values", "apart", "case", "name"]
    ]


def write_corpus(kinds: list[str]) -> None:
    """Store R's values and the checksum of each case."""
    for kind in kinds:
        count = N_CORPUS[kind]
        tables = ask_r(kind, range(count))
        folder = CORPUS / kind
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        cases = [KINDS[kind].draw(seed) for seed in range(count)]
        tables["cases"] = pd.DataFrame(
            [(seed, case.name, fingerprint(case)) for seed, case in enumerate(cases)],
            columns=["seed", "case", "fingerprint"],
        )
        for name, table in tables.items():
            options = {"method": "gzip", "mtime": 0}
            table.to_csv(folder / f"{name}.csv.gz", index=False, compression=options)
    packages = "for (p in c('lavaan', 'sandwich')) cat(p, format(packageVersion(p)), '\\n')"
    command = ["Rscript", "-e", f"cat(R.version.string, '\\n'); {packages}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (CORPUS / "versions.txt").write_text(re.sub(" +\n", "\n", said))


def stored(kind: str) -> dict[str, dict[str, pd.DataFrame]]:
    """What R said of the corpus, by case."""
    names = (*KINDS[kind].tables, "cases")
    return by_case({name: read_table(CORPUS / kind / f"{name}.csv.gz") for name in names})


def write_summary() -> None:
    """Write the largest differences of the corpus, as docs/validation.md shows them."""
    parts = []
    for kind, count in N_CORPUS.items():
        rows, tables = [], stored(kind)
        for case in map(KINDS[kind].draw, range(count)):
            with contextlib.suppress(InputError):  # refused cases, see test_corpus.py
                rows += compare_case(kind, case, tables[case.name])
            if kind == "composites":
                rows += compare_seminr(case, n_draws=SEMINR_DRAWS)
        table = pd.DataFrame(rows)
        apart = beyond(kind, table)
        print(apart.to_string(index=False))
        found = summarize(table[~skipped(table)])
        allowed = found["quantity"].map(TOLERANCE[kind]).fillna(OTHERWISE)
        parts.append(
            pd.DataFrame(
                {
                    "models": [
                        f"{kind.replace('_', ' ')}, {beside(kind, quantity)}"
                        for quantity in found["quantity"]
                    ],
                    "quantity": [shown_name(quantity) for quantity in found["quantity"]],
                    "values": found["values"],
                    "largest difference": found["apart"].map("{:.0e}".format).replace("0e+00", "0"),
                    "tolerance": allowed.map("{:.0e}".format),
                }
            )
        )
    pd.concat(parts).to_csv(SUMMARY, index=False)


def shown_name(quantity: str) -> str:
    """What the page calls a quantity."""
    return NAMES.get(quantity, quantity.replace("_", " "))


def beside(kind: str, quantity: str) -> str:
    """The program whose value a quantity is compared with."""
    if kind == "composites":
        return "seminr" if quantity.startswith("seminr") else "R, on cases"
    return "R" if kind == "moderations" else "lavaan"


def main() -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=30, help="cases of each kind")
    parser.add_argument("--seed", type=int, default=int(f"{date.today():%Y%m%d}000"))
    parser.add_argument("--summary", action="store_true", help="write the corpus's differences")
    parser.add_argument("--corpus", nargs="*", choices=KINDS, help="store R's values of the corpus")
    options = parser.parse_args()
    if options.summary:
        write_summary()
        return 0
    needs = "for (p in c('lavaan', 'sandwich')) library(p, character.only = TRUE)"
    if (
        shutil.which("Rscript") is None
        or subprocess.run(["Rscript", "-e", needs], capture_output=True).returncode
    ):
        print("error: Rscript with the packages lavaan and sandwich is needed", file=sys.stderr)
        return 2
    if options.corpus is not None:
        write_corpus(options.corpus or list(KINDS))
        return 0
    seeds = range(options.seed, options.seed + options.n)
    failed = 0
    for kind in KINDS:
        print(f"\n{kind}, seeds {seeds[0]} to {seeds[-1]}")
        cases = {case.name: case for case in map(KINDS[kind].draw, seeds)}
        rows = []
        for name, tables in by_case(ask_r(kind, seeds)).items():
            try:
                rows += compare_case(kind, cases[name], tables)
                if kind == "composites":
                    rows += compare_seminr(cases[name], n_draws=SEMINR_DRAWS)
            except InputError as error:
                few = "cluster-robust standard errors mislead" in str(error)  # on purpose
                solved = len(tables.get("parameters", ())) and not few
                print(f"{name} is refused{', but lavaan has a solution' * bool(solved)}: {error}")
                failed += bool(solved)
        table = pd.DataFrame(rows)
        print(summarize(table).to_string(index=False, float_format="%.1e"))
        apart = beyond(kind, table)
        if len(apart):
            print(f"\nfurther apart than allowed:\n{apart.to_string(index=False)}")
        failed += len(apart)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""How long fit_sem takes beside lavaan, on the same models and data in the same run.

    python benchmarks/sem_speed.py            two minutes; needs R with lavaan

Both fit the model with its standard errors, its test and its baseline; one row per model of
benchmarks/sem_speed.csv. `sem_cost.py` varies rows, patterns, items and draws.
"""

import statistics
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from helpers import fit_sem, load_dataset, load_schema
from helpers.studies.distress_session_quality.model import score_sessions

ROOT = Path(__file__).parents[1]
LATENT = ROOT / "tests" / "reference" / "sem" / "latent"
SCORES = ("distress", "rri", "task", "goal", "bond", "ses")


def path_study():
    """The path study's model with 15% of its six scores missing, and its data."""
    schema = load_schema("distress_session_quality")
    source = ROOT / "data" / "distress_session_quality" / "synthetic.csv"
    frame = load_dataset(source, schema).frame
    covariates = [c for c in frame if isinstance(frame[c].dtype, pd.CategoricalDtype)]
    scores = score_sessions(frame, covariates=covariates)
    data, rng = scores.frame.copy(), np.random.default_rng(5)
    for name in SCORES:
        data.loc[rng.random(len(data)) < 0.15, name] = np.nan
    others = " + ".join(scores.dummies["name"])
    lines = [f"rri ~ a*distress + {others}"]
    lines += [f"{y} ~ distress + rri + {others}" for y in ("task", "goal", "bond")]
    lines += [f"ses ~ b*task + goal + bond + c*rri + distress + {others}"]
    lines += ["task ~~ goal + bond", "goal ~~ bond", "indirect := a*c"]
    return "\n".join(lines), data


def latent(model_id, dataset):
    """A stored latent mediation."""
    return (LATENT / "models" / f"{model_id}.lav").read_text(), pd.read_csv(
        LATENT / "data" / f"{dataset}.csv.gz"
    )


def ours(model, data, repetitions, **options):
    """Median seconds of a fit with SEs, test and baseline."""
    seconds = []
    for _ in range(repetitions + 1):
        start = time.perf_counter()
        fit = fit_sem(model, data, **options)
        _ = fit.covariance, fit.saturated, fit.baseline
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def lavaan(model, data, repetitions, *options):
    """The same of lavaan's sem()."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "model.lav").write_text(model)
        data.to_csv(Path(folder) / "data.csv", index=False)
        script = ROOT / "benchmarks" / "lavaan_sem.R"
        command = ["Rscript", script, f"{folder}/model.lav", f"{folder}/data.csv", repetitions]
        done = subprocess.run([str(c) for c in (*command, *options)], capture_output=True,
                              text=True, check=True)  # fmt: skip
    return float(done.stdout)


def main():
    models = pd.read_csv(LATENT / "models.csv", dtype=str).set_index("model_id")["dataset"]
    cases = [("path study, FIML", *path_study(), {"missing": "fiml"},
              ("missing=ml", "fixed.x=FALSE"), 5, 1)]  # fmt: skip
    for model_id in ("latent_nine_covariates", "latent_twelve"):
        for estimator in ("ML", "MLR"):
            case = latent(model_id, models[model_id])
            chosen = {"estimator": estimator}
            title = f"{model_id}, {estimator}"
            cases.append((title, *case, chosen, (f"estimator={estimator}",), 50, 20))
    rows = []
    for title, model, data, options, theirs, repetitions, repetitions_r in cases:
        seconds = ours(model, data, repetitions, **options)
        seconds_r = lavaan(model, data, repetitions_r, *theirs)
        rows.append((title, seconds, seconds_r, seconds_r / seconds))
    table = pd.DataFrame(rows, columns=["model", "fit_sem", "lavaan", "times"]).round(4)
    table.to_csv(Path(__file__).parent / "sem_speed.csv", index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        main()

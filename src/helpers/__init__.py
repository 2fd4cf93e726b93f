"""Re-analyses of studies of the therapeutic alliance: models, audit, twins, reports.

The functions most often wanted are here by name, `from helpers import fit_path_model`; each is
imported when it is first used.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "helpers.errors": ["InputError"],
    "helpers.data.datasets": ["load_dataset"],
    "helpers.printed.numbers": ["compare_published", "load_published", "parse_printed"],
    "helpers.data.schemas": ["load_schema"],
    "helpers.models.sem.model": ["fit_path_covariance", "fit_path_model"],
    "helpers.models.sem.general": ["fit_sem"],
    "helpers.models.sem.comparison": ["compare_models", "wald_test"],
    "helpers.models.sem.invariance": ["measurement_invariance"],
    "helpers.models.sem.refits": ["bootstrap_sem", "monte_carlo_ci"],
    "helpers.models.sem.bootstrap": ["bootstrap_path_model"],
    "helpers.models.pls.model": ["fit_pls", "fit_pls_correlation"],
    "helpers.models.pls.specification": ["PLSModel"],
    "helpers.models.pls.stages": ["StagedModel"],
    "helpers.models.pls.bootstrap": ["bootstrap_pls"],
    "helpers.models.pls.assessment": ["f_squared", "fornell_larcker", "item_vif", "reliability"],
    "helpers.models.pls.prediction": ["cross_validate_pls"],
    "helpers.models.pls.groups": ["compare_groups"],
    "helpers.models.pls.several_groups": ["compare_several_groups"],
    "helpers.models.pls.exact_fit": ["bootstrap_exact_fit"],
    "helpers.models.pls.predictive_ability": ["compare_predictions"],
    "helpers.models.inference.clusters": ["intraclass_correlations"],
    "helpers.models.moderation.model": ["fit_moderation", "pool_moderation"],
    "helpers.models.moderation.fit": ["probe_coefficients", "probe_terms"],
    "helpers.models.moderation.simple_slopes": ["probe_simple_slopes"],
    "helpers.models.moderation.johnson_neyman": ["probe_johnson_neyman"],
    "helpers.studies.registry": ["audit_study"],
    "helpers.studies.one_model.composites": ["read_composites"],
}
MODULES = {name: module for module, names in _HOMES.items() for name in names}

__all__ = ["__version__", *sorted(MODULES)]


def __getattr__(name: str) -> object:
    if name not in MODULES:
        raise AttributeError(f"module 'helpers' has no attribute {name!r}")
    return getattr(import_module(MODULES[name]), name)


def __dir__() -> list[str]:
    return __all__

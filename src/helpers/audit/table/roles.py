"""What the header of a column means: synonyms of statistics, and what a header states besides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from helpers.audit.table.values import plain

__all__ = [
    "COUNTS",
    "LABELS",
    "MODEL_ROLES",
    "ROLES",
    "UNCHECKED",
    "Header",
    "read_header",
    "squeeze",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SYNONYMS = {
    "b": "b coef coeff coeffs coefficient coefficients est estimate estimates unstandardizedb "
    "unstandardisedb unstdb bunstd bunstandardized unstandardizedcoefficient "
    "unstandardizedcoefficients unstandardizedestimate effect pointestimate originalsample "
    "pathcoefficient pathcoefficients slope simpleslope conditionaleffect gamma γ bestimate "
    "regressioncoefficient unstandardized unstandardised unstd estimateb originalsampleestimate "
    "originalsample(o) emm emmean marginalmean estimatedmarginalmean adjustedmean lsmean "
    "meandifference meandiff mdiff difference",
    "beta": "β beta stdbeta standardizedbeta standardisedbeta standardizedcoefficient "
    "standardizedcoefficients standardisedcoefficients stdall stdestimate standardizedestimate "
    "stdyx stdcoef betas βs standardized standardized betaweight βstd stdest",
    "se": "se stderr stderror standarderror standarderrors ses robustse sehc3 sehc4 robuststderr "
    "stderrors sehc seb seest",
    "boot_se": "bootse seboot bootstrapse bootstrappedse bootstrapstandarderror stdev "
    "standarddeviationstdev standarddeviation(stdev) bootstderr",
    "sd": "sd standarddeviation stddev stddeviation sds standarddeviations",
    "t": "t tvalue tstat tstatistic tstatistics tratio tvalues ttest tstatisticsostdev",
    "z": "z zvalue zstat zstatistic ztest est/se estimate/se zratio zvalues waldz",
    "stat": "statistic teststatistic tz zt criticalratio torz zort tstatorz",
    "wald": "wald waldχ2 waldchi2 waldchisquare",
    "p": "p pvalue pvalues sig significance prob probability p2tailed sig2tailed pr>t pr>z "
    "p>t p>z twotailedp ptwotailed pval pvals",
    "ci_lower": "ll llci cilower lowerci lci lower lowerbound lb lo90 bootllci lowerlimit cill "
    "cilow lcl lowercl llbootci cilb bootcilower bootcill lowerbootci lowerboundci lo confintlower",
    "ci_upper": "ul ulci ciupper upperci uci upper upperbound ub hi90 "
    "bootulci upperlimit ciul cihigh "
    "ucl uppercl ulbootci ciub bootciupper bootciul upperbootci upperboundci hi confintupper",
    "ci": "ci confidenceinterval confidenceintervals bootci bootstrapci bcaci percentileci confint "
    "bcci biascorrectedci bootstrappedci confidencelimits cis bootstrapconfidenceinterval",
    "df": "df dof degreesoffreedom dfs satterthwaitedf kenwardrogerdf welchdf residualdf "
    "approxdf dfapprox approximatedf",
    "df1": "df1 dfnum numdf dfbetween numeratordf dfn",
    "df2": "df2 dfden dendf dferror dfwithin denominatordf dfresidual dfd",
    "n": "n samplesize obs observations nobs cases totaln ntotal",
    "n1": "n1 ngroup1",
    "n2": "n2 ngroup2",
    "k": "k predictors numberofpredictors npredictors",
    "r2": "r2 rsq rsquared rsquare",
    "adj_r2": "adjr2 adjustedr2 r2adj adjrsquared adjrsquare adjustedrsquare adjustedrsquared "
    "adjrsq correctedr2 r2adjusted",
    "d_r2": "δr2 deltar2 r2change rsquarechange changeinr2 incrementalr2 r2chng ∆r2",
    "f": "f fvalue fstatistic fratio fstat ftest fmodel",
    "d_f": "δf fchange deltaf changeinf ∆f fforchangeinr2 fchangeinr2 fforδr2 finc",
    "f2": "f2 cohensf2",
    "vif": "vif vifs",
    "tolerance": "tolerance tol",
    "r": "r correlation pearsonr cor corr pearson pearsonsr",
    "mean": "m mean means average avg",
    "min": "min minimum",
    "max": "max maximum",
    "range": "range observedrange minmax actualrange",
    "items": "items noofitems numberofitems nitems kitems ofitems itemno",
    "alpha": "α alpha cronbachsalpha cronbachα cronbachalpha cronbachsα coefficientalpha "
    "cronbach alphas",
    "cr": "compositereliability rhoc ρc constructreliability cr compositereliabilityrhoc",
    "ave": "ave averagevarianceextracted",
    "root_ave": "√ave sqrtave rootave squarerootofave √(ave) squarerootave",
    "loading": "loading loadings factorloading factorloadings outerloading outerloadings λ lambda "
    "stdloading standardizedloading standardizedloadings standardizedfactorloading",
    "loading_range": "loadingrange rangeofloadings loadingsrange",
    "chisq": "χ2 chi2 chisq chisquare chisquared x2 cmin scaledχ2 sbχ2 modelχ2 χ2value",
    "chisq_df": "χ2/df chisq/df cmin/df χ2df normedχ2 chi2/df x2/df chisquare/df χ2:df",
    "npar": "npar parameters nparameters numberofparameters freeparameters",
    "d_chisq": "δχ2 deltaχ2 χ2diff χ2difference δchi2 δχ²", "d_df": "δdf deltadf dfdiff",
    "d_cfi": "δcfi deltacfi", "d_tli": "δtli", "d_rmsea": "δrmsea deltarmsea",
    "d_srmr": "δsrmr", "d_p": "sigfchange pδχ2 pδf pofδχ2 pdiff pofchange pchange p(δχ2) pδ",
    "ss": "ss sumofsquares typeiiisumofsquares sumsq", "ms": "ms meansquare meansq",
    "mean_r": "meaninteritemr meaninteritemcorrelation averageinteritemcorrelation meanr mic",
    "rmsea": "rmsea", "srmr": "srmr", "cfi": "cfi", "tli": "tli nnfi", "nfi": "nfi",
    "gfi": "gfi", "agfi": "agfi",
    "a": "a patha apath", "b_path": "pathb bpath",
    "ab": "indirect indirecteffect ab a*b a×b axb a·b",
    "c": "c total totaleffect pathc cpath",
    "c_prime": "c' cprime direct directeffect c′ pathc' c'path",
    "vaf": "vaf proportionmediated pm varianceaccountedfor",
    "d": "d cohensd cohend",
    "g": "g hedgesg hedgeg",
    "count": "count counts frequency freq",
    "percent": "% percent percentage pct share percentages",
    "or": "or oddsratio exp(b) expb ors aor hr hazardratio ahr irr incidencerateratio rr riskratio "
    "rateratio exp(β) adjustedor adjustedhr",
    "sobel": "sobelz sobel sobeltest",
    "eta2": "η2 eta2 partialη2 ηp2 etasquared partialetasquared η2p partialeta2 pη2",
}  # fmt: skip
UNCHECKED = _words(
    "rhat ess q i2 τ2 tau2 u entropy missing crl cru "
    "median mdn skew skewness kurtosis aic bic ifi rfi q2 htmt icc omega ω mcdonaldsomega "
    "rhoa ρa mse rmse loglik ll0 srmr mode iqr communality communalities h2 eigenvalue age "
    "samplemean samplemean(m) bias dg ecvi caic pclose"
)
"""Statistics that are known by name and that nothing here checks."""
COUNTS = _words("df df1 df2 d_df n n1 n2 k items count npar")
"""Roles of whole numbers, which are not rounded."""
LABELS = _words(
    "variable variables predictor predictors path paths lhs op rhs parameter item items "
    "construct constructs factor factors scale scales measure measures term label name "
    "characteristic characteristics relation relationship hypothesis iv independentvariable "
    "to from"
)
"""Headers of columns that name a row."""
GROUPS = _words(
    "step group model panel outcome dv dependentvariable sample time wave block criterion "
    "dependent study"
)
"""Headers of columns that say to which part of a table a row belongs."""
ROLES = {word: role for role, words in _SYNONYMS.items() for word in words.split()}
MODEL_ROLES = _words(
    "r2 adj_r2 d_r2 f d_f df df1 df2 n k f2 chisq chisq_df rmsea srmr cfi tli nfi gfi agfi"
)
"""Roles of numbers that belong to a whole model and may stand in a row of their own under it."""
_SPELLED = str.maketrans({"²": "2", "Δ": "δ", "∆": "δ", "𝛽": "β", "ß": "β", "ᵦ": "β", "Χ": "χ"})
_BOOTSTRAP = re.compile(r"(?i)boot|percentile|bca|bias|bcci|\bbc\b|\bhdi\b|cred|posterior")
_COUNT = re.compile(r"[(\[]?\s*\b[nN]\s*=\s*(\d[\d, ]*\d|\d)\s*[)\]]?")
_LEVEL = re.compile(r"(\d{2}(?:[.,]\d+)?)\s*-?\s*%|%\s*(\d{2})\b")
_OF_DF = re.compile(
    r"^([A-Za-zχΔδ]2?|χ2|Δ?[A-Z]2?)\s*[(\[]\s*(\d+(?:\.\d+)?)\s*(?:[,;]\s*(?:[nN]\s*=\s*)?(\d+(?:\.\d+)?))?\s*[)\]]$"
)
_OF_INTERVALS = re.compile(
    r"(?i)exp\s*\(\s*b\s*\)|"
    r"\b(bias[- ]corrected|accelerated|bootstrap(ped)?|boot|percentile|bca|bc|"
    r"confidence intervals?|intervals?|for|of|the|b|β|beta|or|hr|sr2|r|rmsea|est\w*)\b|[()\[\]%]"
)


@dataclass(frozen=True)
class Header:
    """What a header means.

    Attributes
    ----------
    roles : tuple of str
        What the numbers of a cell are, in their order; empty where it is not known.
    stated : dict of str to float
        What the header itself states: ``df``, ``df1``, ``df2``, ``n``, ``level``, ``tails``.
    bootstrap : bool
        Whether it speaks of a bootstrap or of percentiles.
    """

    roles: tuple[str, ...] = ()
    stated: Mapping[str, float] = field(default_factory=dict)
    bootstrap: bool = False


_MODIFIERS = re.compile(
    r"(?i)^(?:un)?standardi[sz]ed coefficients?[:,]?\s+(?=\S)|"
    r"^(?:cluster-?)?robust\s+(?=\S)|\s*[ᵃᵇᶜᵈᵉᶠᵍ]+$"
)
"""What is in a header beside the name of a statistic and does not change it."""


def squeeze(header: str) -> str:
    """Return a header in the form in which synonyms are listed.

    Examples
    --------
    >>> squeeze("S. E."), squeeze("*R*²"), squeeze("CI.lower")
    ('se', 'r2', 'cilower')
    """
    text = re.sub(_MODIFIERS, "", plain(header)).translate(_SPELLED).casefold().translate(_SPELLED)
    return re.sub(r"[\s._\-*$`:\"“”]+", "", text).replace("'s", "s").rstrip(",;")


def read_header(header: str) -> Header:
    """Give a header its roles.

    Examples
    --------
    >>> read_header("b (SE)").roles, read_header("95% CI").stated, read_header("t(77)").stated
    (('b', 'se'), {'level': 0.95}, {'df': 77.0})
    """
    text = re.sub(r"[*$`]|(?<!\w)_|_(?!\w)", "", plain(header)).strip()
    text = re.sub(r"(?i)\bconf\.\s*int(erval|\.)?", "CI", text)  # as Stata has it
    bootstrap = bool(_BOOTSTRAP.search(text))
    if percentile := re.fullmatch(r"(\d{1,2}(?:[.,]\d)?)\s*%(?:\s*ile)?", text):
        share = float(percentile[1].replace(",", ".")) / 100
        if share in (0.005, 0.025, 0.05, 0.95, 0.975, 0.995):
            role = "ci_lower" if share < 0.5 else "ci_upper"
            return Header((role,), {"level": round(1 - 2 * min(share, 1 - share), 6)}, bootstrap)
    stated: dict[str, float] = {}
    if match := _OF_DF.match(text):
        role = _roles(match[1])
        if role:
            first, second = float(match[2]), match[3] and float(match[3])
            if role[0] in ("f", "d_f") and second:
                stated |= {"df1": first, "df2": second}
            elif role[0] in ("t", "chisq"):
                stated |= {"df": first} | ({"n": second} if second else {})
            if stated:
                return Header(role, stated)
    if match := _COUNT.search(text):
        stated["n"] = float(re.sub(r"[, ]", "", match[1]))
        text = (text[: match.start()] + text[match.end() :]).strip(" ,;")
    if re.search(r"(?i)\b(one|1)[- ]?(tailed|sided)", text):
        stated["tails"] = 1
        text = re.sub(r"(?i)[(,]?\s*\b(one|1)[- ]?(tailed|sided)\)?", "", text).strip()
    if (match := _LEVEL.search(text)) and re.search(r"(?i)ci|conf|ll|ul|lower|upper|limit", text):
        level = float((match[1] or match[2]).replace(",", ".")) / 100
        if 0.5 < level < 1:
            stated["level"] = level
            text = (text[: match.start()] + text[match.end() :]).strip()
    return Header(_roles(text), stated, bootstrap)


def _roles(text: str) -> tuple[str, ...]:
    whole = squeeze(text)
    if whole in ROLES:
        return (ROLES[whole],)
    if whole in UNCHECKED:
        return ("unchecked",)
    bare = re.sub(r"[()\[\]{}|]", "", whole)
    pair = re.fullmatch(r"(.+?)\s*[(\[](.+?)[)\]]", text.strip())
    of_interval = r"(?i)\bci\b|\bc\.\s?i\.|confidence"
    paired = pair and not re.search(of_interval, pair[1]) and _roles(pair[1]) and _roles(pair[2])
    if bare in ROLES and not paired:
        return (ROLES[bare],)
    if whole in ("llul", "[llul]", "[ll,ul]", "ll,ul", "lowerupper", "lower,upper"):
        return ("ci",)
    if re.search(of_interval, text) and not paired:
        left = squeeze(_OF_INTERVALS.sub(" ", re.sub(r"(?i)\bc\.\s?i\.", "ci", text)))
        if left in ("ci", "", "cillul", "cill,ul", "cilowerupper", "cilower,upper"):
            return ("unchecked",) if re.search(r"(?i)\bbeta\b|β|\bsr2\b|\br\b", text) else ("ci",)
        left = left.removeprefix("ci")
        if left in ROLES and ROLES[left].startswith("ci"):
            return (ROLES[left],)
    if pair:
        first, second = _roles(pair[1]), _roles(pair[2])
        if first and second and "unchecked" not in (*first, *second):
            return first + second
        if first and not second and re.fullmatch(r"[A-Za-z|/]+|[-\w ]{3,}", pair[2]):
            return first
    for sign in (r"\s*±\s*", r"\s*[,;]\s*", r"\s+and\s+", r"\s*/\s*"):
        parts = re.split(sign, text.strip())
        if len(parts) == 2 and all(_roles(part) for part in parts):
            return _roles(parts[0]) + _roles(parts[1])
    return ()

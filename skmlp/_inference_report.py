"""Inference as text, laid out as statistics packages do, and as tables of pandas."""

import textwrap

import numpy as np
import scipy.stats

from skmlp._extras import require

__all__ = ["effects_frame", "effects_text", "inference_frame", "inference_text"]

_HEADINGS = ("std err", "z", "P>|z|")
_WIDTH = 79
_KINDS = {
    "mle": "inverse information",
    "robust": "robust (HC0)",
    "cluster": "by clusters",
}
_RIDGE = (
    "Ridge fit: the penalty shrinks the coefficients, and intervals do not tell how "
    "far. They show how the shrunk estimates vary from sample to sample, hold the "
    "population's coefficients less often than their level says, and p-values belong "
    "to the shrunk estimates. Use C=np.inf for intervals that keep their level in "
    "large samples."
)


def inference_text(inference, level, method):
    """The fit in some lines, the table, and notes."""
    kind = "profile" if method == "profile" else "Wald"
    intervals = inference.confidence_intervals(level, method)
    rows = (
        inference.coefficients,
        inference.standard_errors,
        inference.z_values,
        inference.p_values,
        intervals,
    )
    titles = _titles(inference)
    lines = [
        "Logistic regression".center(_WIDTH).rstrip(),
        "=" * _WIDTH,
        *_facts(inference, f"{kind}, {100 * level:g} %"),
        *_table(inference.terms, titles, "coef", rows, level),
    ]
    if inference.penalty:
        lines += textwrap.wrap(_RIDGE, _WIDTH)
    return "\n".join(lines)


def effects_text(effects, level=0.95):
    """The average marginal effects as a table."""
    rows = (
        effects.effects,
        effects.standard_errors,
        effects.z_values,
        effects.p_values,
        effects.confidence_intervals(level),
    )
    titles = [f"Pr({label})" for label in effects.classes]
    lines = [
        "Average marginal effects".center(_WIDTH).rstrip(),
        *_table(effects.features, titles, "dy/dx", rows, level),
    ]
    return "\n".join(lines)


def inference_frame(inference, level, method):
    """One row a coefficient."""
    intervals = inference.confidence_intervals(level, method)
    ratios = inference.odds_ratios(level, method)
    columns = {
        "coef": inference.coefficients,
        "std err": inference.standard_errors,
        "z": inference.z_values,
        "P>|z|": inference.p_values,
        **_limits(level, intervals),
        "odds ratio": ratios[..., 0],
        **_limits(level, ratios[..., 1:], "odds ratio "),
    }
    return _frame(columns, inference.outputs, "term", inference.terms)


def effects_frame(effects, level):
    """One row a class and feature."""
    columns = {
        "dy/dx": effects.effects,
        "std err": effects.standard_errors,
        "z": effects.z_values,
        "P>|z|": effects.p_values,
        **_limits(level, effects.confidence_intervals(level)),
    }
    return _frame(columns, effects.classes, "feature", effects.features)


def _frame(columns, labels, kind, names):
    """Arrays (n_labels, n_names) as the columns of a table."""
    pandas = require("pandas", "to_frame()")
    index = pandas.Index(names, name=kind)
    if len(labels) > 1:
        index = pandas.MultiIndex.from_product([labels, names], names=["class", kind])
    data = {heading: values.ravel() for heading, values in columns.items()}
    return pandas.DataFrame(data, index=index)


def _quantiles(level):
    """The shares of a two-sided interval, as headings."""
    return [f"[{0.5 - level / 2:.4g}", f"{0.5 + level / 2:.4g}]"]


def _limits(level, intervals, prefix=""):
    """Both limits as two columns."""
    lower, upper = _quantiles(level)
    return {prefix + lower: intervals[..., 0], prefix + upper: intervals[..., 1]}


def _titles(inference):
    """What the coefficients of each output are about."""
    if len(inference.classes) == 2:
        return [f"log-odds of {inference.classes[1]}"]
    return [f"{label} against {inference.reference}" for label in inference.outputs]


def _facts(inference, intervals):
    """Two columns of what is known of the whole fit."""
    gain = inference.log_likelihood - inference.null_log_likelihood
    df = inference.coefficients.size - len(inference.coefficients) * (
        inference.terms[0] == "intercept"
    )
    p_value = scipy.stats.chi2.sf(2 * gain, df) if df else 1.0
    penalty = f"ridge, C = {1 / inference.penalty:g}" if inference.penalty else "none"
    left = [
        ("Observations", f"{inference.n_observations:g}"),
        ("Classes", f"{len(inference.classes)}"),
        ("Penalty", penalty),
        ("Covariance", _KINDS[inference.cov]),
        ("Intervals", intervals),
    ]
    right = [
        ("Log-likelihood", f"{inference.log_likelihood:.2f}"),
        ("Null log-likelihood", f"{inference.null_log_likelihood:.2f}"),
        ("McFadden R²", f"{inference.pseudo_r2:.4f}"),
        ("Degrees of freedom", f"{inference.degrees_of_freedom:.4g}"),
        ("AIC", f"{inference.aic:.2f}"),
        ("BIC", f"{inference.bic:.2f}"),
    ]
    if inference.penalty:
        left.append(("", ""))
    else:
        left.append(("LLR p-value", f"{p_value:.4g}"))
    half = _WIDTH // 2
    for (name, value), (other, number) in zip(left, right, strict=True):
        first = f"{name}:" if name else ""
        yield (
            f"{first:<14}{value:>{half - 16}}  "
            f"{other + ':':<22}{number:>{_WIDTH - half - 22}}"
        )


def _table(names, titles, heading, rows, level):
    """Lines of the table, a part for every title."""
    widest = max(len(name) for name in (*names, *titles))
    wide = min(max(widest, 12), 30)
    headings = (heading, *_HEADINGS, *_quantiles(level))
    for k, title in enumerate(titles):
        values, errors, z, p, intervals = (array[k] for array in rows)
        yield ("-" if k else "=") * _WIDTH
        columns = "".join(f"{each:>11}" for each in headings)
        yield f"{title[:wide]:<{wide}}" + _squeezed(columns, wide)
        yield "-" * _WIDTH
        for j, name in enumerate(names):
            cells = [
                _number(values[j]),
                _number(errors[j]),
                f"{z[j]:.3f}",
                f"{p[j]:.3f}",
                *map(_number, intervals[j]),
            ]
            shown = name if len(name) <= wide else name[: wide - 1] + "…"
            columns = "".join(f"{cell:>11}" for cell in cells)
            yield f"{shown:<{wide}}" + _squeezed(columns, wide)
    yield "=" * _WIDTH


def _squeezed(columns, wide):
    """Six cells of eleven characters in what a name of that width leaves of a line."""
    width = (_WIDTH - wide) // 6
    cells = [columns[11 * i : 11 * i + 11].strip() for i in range(6)]
    line = "".join(f"{cell:>{width}}" for cell in cells)
    return f"{line:>{_WIDTH - wide}}"


def _number(x):
    """Four decimals, or as a power of ten where these would not show it."""
    if not np.isfinite(x):
        return f"{x:g}".replace("inf", "∞").replace("-", "−")
    if x == 0 or 1e-3 <= abs(x) < 1e4:
        return f"{x:.4f}" if abs(x) < 1e3 else f"{x:.2f}"
    return f"{x:.2e}"

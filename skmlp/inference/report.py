"""Reports of an inference: text in the layout of statistics packages, data frames."""

import textwrap

import numpy as np
import scipy.stats

from skmlp.base.optional import require
from skmlp.base.text import cut, decimals

__all__ = ["effects_frame", "effects_text", "inference_frame", "inference_text"]

_HEADINGS = ("std err", "z", "P>|z|")
_WIDTH = 79
# Minimum number of characters to which a name is cut.
_MIN_NAME_WIDTH = 20
_COVARIANCE_TEXT = {
    "mle": "inverse information",
    "robust": "robust (HC0)",
    "cluster": "by clusters",
}
_RIDGE_NOTE = (
    "Ridge fit: the penalty shrinks the coefficients, and the intervals ignore this "
    "bias. They show how the shrunk estimates vary from sample to sample, but cover "
    "the population's coefficients less often than their level; p-values refer to the "
    "shrunk estimates. Use C=np.inf for intervals that keep their level in large "
    "samples."
)


def inference_text(inference, level, method):
    """Return the summary: statistics of the fit, a table of coefficients, notes."""
    kind = "profile" if method == "profile" else "Wald"
    intervals = inference.confidence_intervals(level, method)
    rows = (
        inference.coefficients,
        inference.standard_errors,
        inference.z_values,
        inference.p_values,
        intervals,
    )
    table = [*_table(inference.terms, _output_titles(inference), "coef", rows, level)]
    table_width = len(table[0])
    lines = [
        "Logistic regression".center(table_width).rstrip(),
        "=" * table_width,
        *_fit_statistics(inference, f"{kind}, {100 * level:g} %", table_width),
        *table,
    ]
    if inference.penalty:
        lines += textwrap.wrap(_RIDGE_NOTE, _WIDTH)
    return "\n".join(lines)


def effects_text(effects, level=0.95):
    """Return a table of the average marginal effects as text."""
    rows = (
        effects.effects,
        effects.standard_errors,
        effects.z_values,
        effects.p_values,
        effects.confidence_intervals(level),
    )
    titles = [f"Pr({label})" for label in effects.classes]
    table = [*_table(effects.features, titles, "dy/dx", rows, level)]
    title = "Average marginal effects".center(len(table[0])).rstrip()
    lines = [title, *table]
    if effects.discrete.any():
        names = (effects.features[j] for j in np.flatnonzero(effects.discrete))
        lines += textwrap.wrap(f"Changes from 0 to 1: {', '.join(names)}.", _WIDTH)
    return "\n".join(lines)


def inference_frame(inference, level, method):
    """Return a data frame with one row per coefficient."""
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
    """Return a data frame with one row per class and feature."""
    columns = {
        "dy/dx": effects.effects,
        "std err": effects.standard_errors,
        "z": effects.z_values,
        "P>|z|": effects.p_values,
        **_limits(level, effects.confidence_intervals(level)),
    }
    return _frame(columns, effects.classes, "feature", effects.features)


def _frame(columns, labels, kind, names):
    """Return a data frame whose columns are arrays (n_labels, n_names)."""
    pandas = require("pandas", "to_frame()")
    index = pandas.Index(names, name=kind)
    if len(labels) > 1:
        index = pandas.MultiIndex.from_product([labels, names], names=["class", kind])
    data = {heading: values.ravel() for heading, values in columns.items()}
    return pandas.DataFrame(data, index=index)


def _quantiles(level):
    """Return the headings of the limits of an interval: '[0.025' and '0.975]'."""
    return [f"[{0.5 - level / 2:.4g}", f"{0.5 + level / 2:.4g}]"]


def _limits(level, intervals, prefix=""):
    """Return lower and upper limits as a dict from heading to array."""
    lower, upper = _quantiles(level)
    return {prefix + lower: intervals[..., 0], prefix + upper: intervals[..., 1]}


def _output_titles(inference):
    """Return the title of each output, such as 'log-odds of 1' or 'a against b'."""
    if len(inference.classes) == 2:
        return [f"log-odds of {inference.classes[1]}"]
    return [f"{label} against {inference.reference}" for label in inference.outputs]


def _fit_statistics(inference, intervals, table_width):
    """Yield lines of `table_width` with the statistics of the fit, two per line."""
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
        ("Covariance", _COVARIANCE_TEXT[inference.cov]),
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
    half = table_width // 2
    for (name, value), (other, number) in zip(left, right, strict=True):
        first = f"{name}:" if name else ""
        yield (
            f"{first:<14}{value:>{half - 16}}  "
            f"{other + ':':<22}{number:>{table_width - half - 22}}"
        )


def _table(names, titles, heading, rows, level):
    """Yield the lines of the table, one part per title.

    Lines have _WIDTH characters, or more if the numbers need them.
    """
    headings = [heading, *_HEADINGS, *_quantiles(level)]
    parts = [_cells(*(array[k] for array in rows)) for k in range(len(titles))]
    columns = zip(headings, *(line for part in parts for line in part), strict=True)
    widths = [2 + max(map(len, column)) for column in columns]
    longest = max(len(name) for name in (*names, *titles))
    name_width = min(max(longest, 12), max(_WIDTH - sum(widths), _MIN_NAME_WIDTH))
    spare = max(_WIDTH - name_width - sum(widths), 0)
    widths = [width + spare // len(widths) for width in widths]
    name_width = max(name_width, _WIDTH - sum(widths))
    table_width = name_width + sum(widths)
    for k, (title, part) in enumerate(zip(titles, parts, strict=True)):
        yield ("-" if k else "=") * table_width
        yield _line(title, headings, name_width, widths)
        yield "-" * table_width
        for name, cells in zip(names, part, strict=True):
            yield _line(name, cells, name_width, widths)
    yield "=" * table_width


def _cells(values, errors, z, p, intervals):
    """Return the numbers of a part as text, one row per coefficient."""
    return [
        [
            decimals(values[j]),
            decimals(errors[j]),
            f"{z[j]:.3f}",
            f"{p[j]:.3f}",
            *map(decimals, intervals[j]),
        ]
        for j in range(len(values))
    ]


def _line(name, cells, name_width, widths):
    """Return a line: `name`, cut to `name_width`, and right-aligned cells."""
    pairs = zip(cells, widths, strict=True)
    return f"{cut(name, name_width):<{name_width}}" + "".join(
        f"{cell:>{width}}" for cell, width in pairs
    )

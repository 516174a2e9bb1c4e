"""A summary of discriminant analysis as text, and as tables of pandas."""

import textwrap

import numpy as np

from skmlp.base.optional import require
from skmlp.base.options import use_one_of
from skmlp.base.text import cut, decimals

__all__ = ["summary_frame", "summary_text"]

_WIDTH = 79
_CELL = 11
_NAME = 24
_COLUMNS = (_WIDTH - _NAME) // _CELL
_SYMBOLS = {"F": "F", "chi2": "χ²", "normal": "z"}


def summary_text(summary):
    """Four tables of aligned columns, and a sentence for every test."""
    lines = ["Linear discriminant analysis".center(_WIDTH).rstrip(), "=" * _WIDTH]
    lines += _facts(summary)
    lines += _features(summary)
    lines += _directions(summary)
    lines += _tests(summary)
    lines.append("=" * _WIDTH)
    for sentence in summary.sentences:
        lines += textwrap.wrap(sentence, _WIDTH, subsequent_indent="  ")
    return "\n".join(lines)


def summary_frame(summary, table):
    """One of the tables as a data frame."""
    tables = {"features": _feature_columns, "directions": _direction_columns}
    pandas = require("pandas", "to_frame()")
    if table == "tests":
        tests = _all_tests(summary)
        return pandas.DataFrame(
            {
                "statistic": [test.statistic for test in tests],
                "distribution": [test.distribution for test in tests],
                "value": [test.value for test in tests],
                "df": [", ".join(f"{df:g}" for df in test.df) for test in tests],
                "P": [test.p_value for test in tests],
            },
            index=pandas.Index([test.name for test in tests], name="test"),
        )
    if table not in tables:
        raise ValueError(
            use_one_of(f"table={table!r} is unknown", [*tables, "tests"], got=table)
        )
    columns, index = tables[table](summary)
    return pandas.DataFrame(columns, index=pandas.Index(index, name=table[:-1]))


def _feature_columns(summary):
    """Numbers of every feature, by their headings."""
    columns = {
        f"mean {name}": mean
        for name, mean in zip(summary.classes, summary.means, strict=True)
    }
    columns |= {
        "std within": summary.deviations,
        "F": summary.f_values,
        "P>F": summary.p_values,
    }
    columns |= {
        f"LD{r + 1}": loadings for r, loadings in enumerate(summary.structure.T)
    }
    return columns, summary.features


def _direction_columns(summary):
    """Numbers of every direction, by their headings."""
    tests = summary.mean_tests[: len(summary.eigenvalues)]
    columns = {
        "eigenvalue": summary.eigenvalues,
        "share": summary.eigenvalues / summary.eigenvalues.sum(),
        "can. corr.": summary.canonical_correlations,
        "Wilks": np.array([test.statistic for test in tests]),
        "F": np.array([test.value for test in tests]),
        "df": np.array([test.df[0] for test in tests]),
        "df error": np.array([test.df[1] for test in tests]),
        "P>F": np.array([test.p_value for test in tests]),
    }
    return columns, [f"LD{r + 1}" for r in range(len(tests))]


def _all_tests(summary):
    """Every test, in the order of the text."""
    equal_covariances = [] if summary.box_m is None else [summary.box_m]
    return [*summary.mean_tests, *equal_covariances, *summary.normality]


def _facts(summary):
    """How much there is, and the classes with their priors."""
    yield (
        f"{summary.weights.sum():g} rows, {len(summary.features)} columns, "
        f"{len(summary.classes)} classes:"
    )
    shown = (
        f"{name} ({weight:g} rows, prior {prior:.3g})"
        for name, weight, prior in zip(
            summary.classes, summary.weights, summary.priors, strict=True
        )
    )
    yield from textwrap.wrap(
        ", ".join(shown), _WIDTH, initial_indent="  ", subsequent_indent="  "
    )


def _features(summary):
    """Means of the classes; then what each column does by itself, and its loadings."""
    columns, names = _feature_columns(summary)
    means = {
        name.removeprefix("mean "): values
        for name, values in columns.items()
        if name.startswith("mean ")
    }
    others = {name: values for name, values in columns.items() if name[:5] != "mean "}
    yield from _table("class means", names, means)
    yield from _table("columns and loadings", names, others)


def _directions(summary):
    """A line for every direction."""
    columns, names = _direction_columns(summary)
    chosen = ("eigenvalue", "share", "can. corr.")
    yield from _table("directions", names, {name: columns[name] for name in chosen})


def _tests(summary):
    """A line for every test."""
    yield "-" * _WIDTH
    yield (
        f"{'tests':<{_NAME + 12}}{'statistic':>{_CELL}}{'':>4}{'value':>10}"
        f"{'df':>10}{'P':>8}"
    )
    yield "-" * _WIDTH
    for test in _all_tests(summary):
        df = ", ".join(f"{each:.4g}" for each in test.df)
        yield (
            f"{cut(test.name, _NAME + 12):<{_NAME + 12}}"
            f"{_number(test.statistic):>{_CELL}}{_SYMBOLS[test.distribution]:>4}"
            f"{_number(test.value):>10}{df:>10}{_probability(test.p_value):>8}"
        )


def _table(title, names, columns):
    """Lines of a table, in as many parts as its columns need."""
    headings = list(columns)
    for first in range(0, len(headings), _COLUMNS):
        part = headings[first : first + _COLUMNS]
        yield "-" * _WIDTH
        cells = "".join(f"{cut(heading, _CELL - 1):>{_CELL}}" for heading in part)
        yield f"{title:<{_NAME}}{cells}"
        yield "-" * _WIDTH
        shown = [_probability if heading == "P>F" else _number for heading in part]
        for j, name in enumerate(names):
            cells = "".join(
                f"{show(columns[heading][j]):>{_CELL}}"
                for show, heading in zip(shown, part, strict=True)
            )
            yield f"{cut(name, _NAME - 1):<{_NAME}}{cells}"


def _number(x):
    """Return four decimals, with a minus sign; a dash for what is not finite."""
    if not np.isfinite(x):
        return "–"
    return decimals(x).replace("-", "−") if abs(x) >= 1e-3 else decimals(x)


def _probability(p):
    """Return three decimals of a p-value."""
    if not np.isfinite(p):
        return "–"
    return f"{p:.3f}" if p >= 0.001 else "<0.001"

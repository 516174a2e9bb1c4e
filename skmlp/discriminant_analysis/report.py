"""Format a summary of discriminant analysis as text, and as pandas data frames."""

import textwrap

import numpy as np

from skmlp.base.optional import require
from skmlp.base.options import use_one_of
from skmlp.base.text import cut, decimals

__all__ = ["all_tests", "summary_frame", "summary_text", "table_texts"]

_WIDTH = 79
_CELL_WIDTH = 11
_NAME_WIDTH = 24
_COLUMNS_PER_PART = (_WIDTH - _NAME_WIDTH) // _CELL_WIDTH
_SYMBOLS = {"F": "F", "chi2": "χ²", "normal": "z"}


def summary_text(summary):
    """Return the summary as text: four tables, then a sentence on each assumption."""
    lines = ["Linear discriminant analysis".center(_WIDTH).rstrip(), "=" * _WIDTH]
    lines += _header_lines(summary)
    lines += _feature_lines(summary)
    lines += _direction_lines(summary)
    lines += _test_lines(summary)
    lines.append("=" * _WIDTH)
    for sentence in summary.sentences:
        lines += textwrap.wrap(sentence, _WIDTH, subsequent_indent="  ")
    return "\n".join(lines)


def summary_frame(summary, table):
    """Return one table as a data frame: 'features', 'directions' or 'tests'."""
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


def table_texts(summary, table):
    """Return headings, and rows (name, texts), of 'features' or 'directions'."""
    make = {"features": _feature_columns, "directions": _direction_columns}[table]
    columns, names = make(summary)
    rows = [
        (
            name,
            [
                (_format_p_value if heading == "P>F" else _format_number)(values[j])
                for heading, values in columns.items()
            ],
        )
        for j, name in enumerate(names)
    ]
    return list(columns), rows


def all_tests(summary):
    """Return rows of texts: name, statistic, distribution, value, df and p-value."""
    return [
        (
            test.name,
            _format_number(test.statistic),
            _SYMBOLS[test.distribution],
            _format_number(test.value),
            ", ".join(f"{each:.4g}" for each in test.df),
            _format_p_value(test.p_value),
        )
        for test in _all_tests(summary)
    ]


def _feature_columns(summary):
    """Return a dict of heading to values (n_features,), and the feature names."""
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
    """Return a dict of heading to values (n_directions,), and the direction names."""
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
    """Return a list of all tests: of means, of covariances, of normality."""
    equal_covariances = [] if summary.box_m is None else [summary.box_m]
    return [*summary.mean_tests, *equal_covariances, *summary.normality]


def _header_lines(summary):
    """Yield lines with the numbers of rows, columns and classes, and the classes."""
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


def _feature_lines(summary):
    """Yield two tables of the features: class means; deviations, F tests, loadings."""
    columns, names = _feature_columns(summary)
    means = {
        name.removeprefix("mean "): values
        for name, values in columns.items()
        if name.startswith("mean ")
    }
    others = {name: values for name, values in columns.items() if name[:5] != "mean "}
    yield from _table_lines("class means", names, means)
    yield from _table_lines("columns and loadings", names, others)


def _direction_lines(summary):
    """Yield a table with a line for each direction."""
    columns, names = _direction_columns(summary)
    chosen = ("eigenvalue", "share", "can. corr.")
    yield from _table_lines(
        "directions", names, {name: columns[name] for name in chosen}
    )


def _test_lines(summary):
    """Yield a table with a line for each test."""
    yield "-" * _WIDTH
    yield (
        f"{'tests':<{_NAME_WIDTH + 12}}{'statistic':>{_CELL_WIDTH}}{'':>4}{'value':>10}"
        f"{'df':>10}{'P':>8}"
    )
    yield "-" * _WIDTH
    for test in _all_tests(summary):
        df = ", ".join(f"{each:.4g}" for each in test.df)
        yield (
            f"{cut(test.name, _NAME_WIDTH + 12):<{_NAME_WIDTH + 12}}"
            f"{_format_number(test.statistic):>{_CELL_WIDTH}}"
            f"{_SYMBOLS[test.distribution]:>4}"
            f"{_format_number(test.value):>10}{df:>10}{_format_p_value(test.p_value):>8}"
        )


def _table_lines(title, names, columns):
    """Yield the lines of a table, split into parts if it has too many columns."""
    headings = list(columns)
    for first in range(0, len(headings), _COLUMNS_PER_PART):
        part = headings[first : first + _COLUMNS_PER_PART]
        yield "-" * _WIDTH
        cells = "".join(
            f"{cut(heading, _CELL_WIDTH - 1):>{_CELL_WIDTH}}" for heading in part
        )
        yield f"{title:<{_NAME_WIDTH}}{cells}"
        yield "-" * _WIDTH
        shown = [
            _format_p_value if heading == "P>F" else _format_number for heading in part
        ]
        for j, name in enumerate(names):
            cells = "".join(
                f"{show(columns[heading][j]):>{_CELL_WIDTH}}"
                for show, heading in zip(shown, part, strict=True)
            )
            yield f"{cut(name, _NAME_WIDTH - 1):<{_NAME_WIDTH}}{cells}"


def _format_number(x):
    """Return x as text with four decimals and '−'; '–' if x is not finite."""
    if not np.isfinite(x):
        return "–"
    return decimals(x).replace("-", "−") if abs(x) >= 1e-3 else decimals(x)


def _format_p_value(p):
    """Return a p-value as text with three decimals; '–' if it is not finite."""
    if not np.isfinite(p):
        return "–"
    return f"{p:.3f}" if p >= 0.001 else "<0.001"

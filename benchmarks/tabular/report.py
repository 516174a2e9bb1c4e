"""Report of the records as text: medians over the tables, and paired tests."""

import numpy as np

from benchmarks.tabular.runs import METRICS, N_FOLDS
from skmlp.model_comparison import corrected_resampled_t_test, holm

__all__ = ["HEADINGS", "LARGER_IS_BETTER", "MAIN", "REFERENCE", "complete_tables"]
__all__ += ["lines", "mean_score"]

HEADINGS = {
    "accuracy": "accuracy",
    "log_loss": "log loss",
    "roc_auc": "ROC AUC",
    "calibration_error": "calibr. error",
    "r2": "R²",
    "rmse": "RMSE ÷ Ridge's",
}
LARGER_IS_BETTER = ("accuracy", "roc_auc", "r2")
MAIN = {"classification": "log_loss", "regression": "r2"}
REFERENCE = {
    "classification": "scikit-learn: MLP, scaled",
    "regression": "scikit-learn: Ridge, scaled",
}
_UNIT = {"regression": "scikit-learn: Ridge, scaled"}
_LEVEL = 0.05


def lines(records, tables):
    """Return the lines of the report: a table of each task, with tests below."""
    text = []
    for task in METRICS:
        complete = complete_tables(records, tables, task)
        if complete:
            text += [*_task_lines(task, complete), ""]
    return text


def complete_tables(records, tables, task):
    """Return {table: {setting: {fold: Record}}} of the folds that all settings have."""
    names = {each.name for each in tables if each.task == task}
    found = {}
    for each in (each for each in records if each.table in names):
        by_fold = found.setdefault(each.table, {}).setdefault(each.setting, {})
        by_fold[each.fold] = each
    settings = {key for table in found.values() for key in table}
    complete = {}
    for name, table in found.items():
        if set(table) != settings:
            continue
        common = set.intersection(*(set(folds) for folds in table.values()))
        if common:
            complete[name] = {
                key: {fold: folds[fold] for fold in sorted(common)}
                for key, folds in table.items()
            }
    return complete


def values_of(table, setting, metric):
    """Return the scores (n_folds,) of a setting on a table."""
    return np.array([each.scores[metric] for each in table[setting].values()])


def mean_score(table, setting, metric):
    """Return the mean score of a setting on a table; RMSE in units of Ridge's."""
    mean = values_of(table, setting, metric).mean()
    if metric == "rmse" and _UNIT["regression"] in table:
        mean /= values_of(table, _UNIT["regression"], metric).mean()
    return mean


def _task_lines(task, complete):
    """Return the lines of one task."""
    metrics, main = METRICS[task], MAIN[task]
    settings = sorted(
        next(iter(complete.values())),
        key=lambda key: (
            np.median([mean_score(table, key, main) for table in complete.values()])
            * (-1 if main in LARGER_IS_BETTER else 1)
        ),
    )
    n_folds = {len(folds) for table in complete.values() for folds in table.values()}
    shown = (
        f"{min(n_folds)}" if len(n_folds) == 1 else f"{min(n_folds)} to {max(n_folds)}"
    )
    heading = (
        f"{task}: {len(complete)} tables, {shown} folds; medians over the tables of "
        f"the means over the folds, best {HEADINGS[main]} first"
    )
    against = REFERENCE[task]
    rows = [
        [
            "setting",
            *(HEADINGS[metric] for metric in metrics),
            "processor time",
            f"{HEADINGS[main]}: better/equal/worse",
        ]
    ]
    for key in settings:
        medians = [
            np.median([mean_score(table, key, metric) for table in complete.values()])
            for metric in metrics
        ]
        seconds = np.median(
            [
                np.mean([each.seconds for each in table[key].values()])
                for table in complete.values()
            ]
        )
        alone = key == against or any(against not in each for each in complete.values())
        counts = "" if alone else _counts(complete, key, against, main)
        rows.append(
            [key, *(f"{each:.3f}" for each in medians), f"{seconds:.2f} s", counts]
        )
    note = (
        f"better/equal/worse: number of tables on which the setting differs from "
        f'"{against}", by the corrected resampled t-test with Holm\'s correction over '
        f"the tables, at the level {_LEVEL:g}"
    )
    return [heading, "", *_aligned(rows), "", note]


def _counts(complete, key, against, metric):
    """Return 'better/equal/worse' over the tables against another setting."""
    p_values, signs = [], []
    for table in complete.values():
        differences = values_of(table, key, metric) - values_of(table, against, metric)
        if len(differences) < 2:
            return ""
        outcome = corrected_resampled_t_test(differences, 1 / (N_FOLDS - 1))
        p_values.append(outcome["p_value"])
        better = differences.mean() > 0
        signs.append(1 if better == (metric in LARGER_IS_BETTER) else -1)
    adjusted = holm(p_values)
    found = [sign * (p < _LEVEL) for sign, p in zip(signs, adjusted, strict=True)]
    return f"{found.count(1)}/{found.count(0)}/{found.count(-1)}"


def _aligned(rows):
    """Return a Markdown table of rows of texts."""
    widths = [max(len(row[j]) for row in rows) for j in range(len(rows[0]))]

    def line(row):
        cells = [
            f"{text:<{width}}" if j == 0 else f"{text:>{width}}"
            for j, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        return f"| {' | '.join(cells)} |"

    rule = [
        "-" * width if j == 0 else "-" * (width - 1) + ":"
        for j, width in enumerate(widths)
    ]
    return [line(rows[0]), line(rule), *map(line, rows[1:])]

"""The tables: those of scikit-learn, and those of R packages where installed."""

from dataclasses import dataclass

import numpy as np
import sklearn.datasets

from benchmarks.tabular.r_data import read_r_data

__all__ = ["TABLES", "Table", "load"]

# Larger tables are cut to this number of rows, drawn at random.
MOST_ROWS = 5000


@dataclass(frozen=True)
class Table:
    """Name of a table, its source, its target, and columns that are left out.

    The source is a loader of scikit-learn, or 'package/name' of R. A target such as
    'affairs > 0' is whether a number is above another. `drop` are columns that tell the
    target, or numbers of rows.
    """

    name: str
    source: str
    target: str | None
    task: str = "classification"
    drop: tuple[str, ...] = ()


def _numbers(*arguments, **options):
    """Return a Table with a numeric target."""
    return Table(*arguments, task="regression", **options)


TABLES = (
    Table("iris", "load_iris", None),
    Table("wine", "load_wine", None),
    Table("breast cancer", "load_breast_cancer", None),
    Table("digits", "load_digits", None),
    Table("attrition", "modeldata/attrition", "Attrition"),
    Table("alzheimer", "modeldata/ad_data", "Class"),
    Table("cells", "modeldata/cells", "class", drop=("case",)),
    Table("credit", "modeldata/credit_data", "Status"),
    Table("hpc", "modeldata/hpc_data", "class"),
    Table("lending", "modeldata/lending_club", "Class"),
    Table("churn", "modeldata/mlc_churn", "churn"),
    Table("penguins", "modeldata/penguins", "species"),
    Table("two classes", "modeldata/two_class_dat", "Class"),
    Table("wa churn", "modeldata/wa_churn", "churn"),
    Table("stackoverflow", "modeldata/stackoverflow", "Remote"),
    Table("spam", "kernlab/spam", "type"),
    Table("musk", "kernlab/musk", "Class"),
    Table("caravan", "kernlab/ticdata", "CARAVAN"),
    Table("german credit", "caret/GermanCredit", "Class"),
    Table("dhfr", "caret/dhfr", "Y"),
    Table("affairs", "AER/Affairs", "affairs > 0"),
    Table(
        "credit card", "AER/CreditCard", "card", drop=("share", "expenditure", "active")
    ),
    Table("mortgages", "AER/HMDA", "deny"),
    Table("swiss labour", "AER/SwissLabor", "participation"),
    Table("mroz", "carData/Mroz", "lfp"),
    Table("titanic", "carData/TitanicSurvival", "survived"),
    Table("chile", "carData/Chile", "vote"),
    _numbers("diabetes", "load_diabetes", None),
    _numbers("ames", "modeldata/ames", "Sale_Price"),
    _numbers("concrete", "modeldata/concrete", "compressive_strength"),
    _numbers("sacramento", "modeldata/Sacramento", "price"),
    _numbers("chicago", "modeldata/Chicago", "ridership"),
    _numbers("car prices", "modeldata/car_prices", "Price"),
    _numbers("biomass", "modeldata/biomass", "HHV", drop=("sample", "dataset")),
    _numbers("diamonds", "ggplot2/diamonds", "price"),
    _numbers("wages 1988", "AER/CPS1988", "wage"),
    _numbers("houses", "AER/HousePrices", "price"),
    _numbers(
        "schools",
        "AER/CASchools",
        "math",
        drop=("district", "school", "county", "read"),
    ),
    _numbers("salaries", "carData/Salaries", "salary"),
    _numbers("wages", "carData/SLID", "wages"),
    _numbers("vocabulary", "carData/Vocab", "vocabulary"),
)


def load(table):
    """Return X, a frame or an array, and y (n,) of a Table, with at most 5,000 rows.

    Raises
    ------
    FileNotFoundError
        If the R package of the table is not installed.
    ImportError
        If it needs rdata, which is not installed.
    """
    if table.target is None:
        X, y = getattr(sklearn.datasets, table.source)(return_X_y=True)
        return X, y
    frame = read_r_data(*table.source.split("/")).reset_index(drop=True)
    name, _, limit = table.target.partition(" > ")
    frame = frame[frame[name].notna()]
    y = frame[name]
    if limit:
        y = np.asarray(y, dtype=float) > float(limit)
    elif table.task == "regression":
        y = np.asarray(y, dtype=float)
    else:
        y = np.asarray(y, dtype=str)
    X = frame.drop(columns=[name, *table.drop])
    rows = np.random.RandomState(0).permutation(len(y))[:MOST_ROWS]
    return X.iloc[rows], y[rows]

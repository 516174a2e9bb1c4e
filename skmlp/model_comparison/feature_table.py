"""The matrix of a table of mixed columns, and the transformer that prepares it."""

from dataclasses import dataclass, field, replace

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skmlp.base.optional import require
from skmlp.model_comparison.sparse_preparation import (
    SelectedRows,
    SparsePreparation,
    saves_memory,
    take_sparse,
)

__all__ = ["MAX_CATEGORIES", "TEXT_COMPONENTS", "FeatureTable", "TextOfCodes"]

# A text column with more categories keeps the frequent ones and pools the others.
MAX_CATEGORIES = 20
# Number of columns that free text becomes.
TEXT_COMPONENTS = 10


@dataclass(frozen=True)
class FeatureTable:
    """Matrix (n, d) of numbers and codes of texts, NaN where a value is missing.

    A code only renames a value. Everything that is learned from the rows, such as
    medians, scales and the frequent categories, is left to `preparation`, which is
    fitted inside each fold. `labels` holds the texts of the codes of every column of
    categories or free text, and `names` the column of the user for every column of the
    matrix. `columns` are the names of the matrix's columns in `as_frame`. If
    `is_sparse`, it is prepared as a sparse matrix.
    """

    values: np.ndarray
    categorical: np.ndarray
    notes: tuple[str, ...]
    labels: dict[int, tuple[str, ...]] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    is_sparse: bool = False

    def for_estimators(self, estimators):
        """Return this table, or one with `is_sparse` if that saves much memory.

        All of the estimators, which get the prepared columns, have to take it.
        """
        numbers, categories = map(self.numbers_of, ("numbers", "categories"))
        n_dense = len(numbers) + TEXT_COMPONENTS * len(self.texts)
        sizes = (len(self.labels.get(j, ())) or MAX_CATEGORIES for j in categories)
        n_hot = sum(min(size, MAX_CATEGORIES) for size in sizes)
        n_entries = n_dense + len(categories)
        saves = saves_memory(len(self.values), n_dense + n_hot, n_entries)
        return replace(self, is_sparse=saves and take_sparse(estimators))

    def rows(self, numbers):
        """Return rows of the matrix, as `preparation` takes them."""
        if self.is_sparse:
            return SelectedRows(self.values, numbers)
        return self.values[numbers]

    @property
    def texts(self):
        """Texts of the codes of every column of free text, by its number."""
        return {j: each for j, each in self.labels.items() if not self.categorical[j]}

    def numbers_of(self, kind):
        """Return the numbers of the columns of 'numbers', 'categories' or 'texts'."""
        if kind == "categories":
            return np.flatnonzero(self.categorical)
        if kind == "texts":
            return np.array(list(self.texts), dtype=int)
        numeric = ~self.categorical
        numeric[list(self.texts)] = False
        return np.flatnonzero(numeric)

    def columns_of(self, kind):
        """Return the names of the columns of a kind in `as_frame`."""
        return tuple(self.columns[j] for j in self.numbers_of(kind))

    def as_frame(self):
        """Return a pandas DataFrame with texts in place of codes.

        Missing categories are NaN, and missing free texts are empty.
        """
        pandas = require("pandas", "a frame of clean columns")
        columns = {}
        for j, name in enumerate(self.columns):
            columns[name] = self.values[:, j]
            if j in self.labels:
                missing = np.nan if self.categorical[j] else ""
                texts = np.array([*self.labels[j], missing], dtype=object)
                codes = np.nan_to_num(self.values[:, j], nan=-1).astype(int)
                columns[name] = pandas.Series(texts[codes], dtype=object)
        return pandas.DataFrame(columns)

    def preparation(self):
        """Return the unfitted transformer of the matrix.

        It imputes and standardises numbers, imputes and one-hot encodes categories,
        and turns free text into numbers by skrub's StringEncoder.
        """
        numbers = make_pipeline(
            SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()
        )
        if not self.categorical.any() and not self.texts:
            return numbers
        categories = make_pipeline(
            SimpleImputer(strategy="most_frequent", keep_empty_features=True),
            OneHotEncoder(
                max_categories=MAX_CATEGORIES,
                handle_unknown="infrequent_if_exist",
                sparse_output=self.is_sparse,
            ),
        )
        parts = [
            ("numbers", numbers, self.numbers_of("numbers")),
            ("categories", categories, self.numbers_of("categories")),
        ]
        for column, texts in self.texts.items():
            parts.append((f"text {column}", _text_encoder(texts), [column]))
        parts = [part for part in parts if len(part[2])]
        if self.is_sparse:
            return SparsePreparation(parts)
        return ColumnTransformer(parts)


class TextOfCodes(TransformerMixin, BaseEstimator):
    """Transformer of a column of codes to a pandas Series of texts.

    Parameters
    ----------
    texts : list of str
        The text of every code.
    """

    def __init__(self, texts):
        self.texts = texts

    def fit(self, X, y=None):
        """Return self: nothing is learned."""
        return self

    def transform(self, X):
        """Return the texts of a column of codes (n, 1); '' where one is missing."""
        pandas = require("pandas", "a column of free text")
        codes = np.nan_to_num(np.asarray(X)[:, 0], nan=-1).astype(int)
        texts = np.array([*self.texts, ""], dtype=object)
        return pandas.Series(texts[codes], name="text", dtype="str")


def _text_encoder(texts):
    """Return the unfitted transformer of the codes of texts to numbers."""
    require("skrub", "a column of free text")
    from skrub import StringEncoder

    encoder = StringEncoder(n_components=TEXT_COMPONENTS, random_state=0)
    return make_pipeline(TextOfCodes(texts), encoder, StandardScaler())

"""The matrix of a table of mixed columns, and the transformer that prepares it."""

from dataclasses import dataclass, field

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skmlp.base.optional import require

__all__ = ["MAX_CATEGORIES", "FeatureTable", "TextOfCodes"]

# A text column with more categories keeps the frequent ones and pools the others.
MAX_CATEGORIES = 20
# Number of columns that free text becomes.
_TEXT_COMPONENTS = 10


@dataclass(frozen=True)
class FeatureTable:
    """Matrix (n, d) of numbers and codes of texts, NaN where a value is missing.

    A code only renames a value. Everything that is learned from the rows, such as
    medians, scales and the frequent categories, is left to `preparation`, which is
    fitted inside each fold. `texts` holds the texts of the codes of every column of
    free text, and `names` the column of the user for every column of the matrix.
    """

    values: np.ndarray
    categorical: np.ndarray
    notes: tuple[str, ...]
    texts: dict[int, list[str]] = field(default_factory=dict)
    names: tuple[str, ...] = ()

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
        numeric = ~self.categorical
        numeric[list(self.texts)] = False
        categories = make_pipeline(
            SimpleImputer(strategy="most_frequent", keep_empty_features=True),
            OneHotEncoder(
                max_categories=MAX_CATEGORIES,
                handle_unknown="infrequent_if_exist",
                sparse_output=False,
            ),
        )
        parts = [
            ("numbers", numbers, np.flatnonzero(numeric)),
            ("categories", categories, np.flatnonzero(self.categorical)),
        ]
        for column, texts in self.texts.items():
            parts.append((f"text {column}", _text_encoder(texts), [column]))
        return ColumnTransformer([part for part in parts if len(part[2])])


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

    encoder = StringEncoder(n_components=_TEXT_COMPONENTS, random_state=0)
    return make_pipeline(TextOfCodes(texts), encoder, StandardScaler())

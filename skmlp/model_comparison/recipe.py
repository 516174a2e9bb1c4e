"""Description of the fits of a comparison, and source code for them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skmlp.base.text import listed
from skmlp.model_comparison.feature_table import MAX_CATEGORIES, TEXT_COMPONENTS
from skmlp.model_comparison.source_code import NoSourceError, SourceCode

__all__ = ["Recipe", "plain"]

_DATA = "skmlp.model_comparison"


@dataclass(frozen=True, repr=False)
class Recipe:
    """Description of how every model of a comparison is fitted.

    Attributes
    ----------
    reader : str
        Name of the function of `skmlp.model_comparison`, or of a loader of scikit-learn
        with its module, that returns X and y.
    arguments : tuple of str
        Source code of its arguments.
    options : dict of str to object
        Its keyword arguments.
    numbers, categories, texts : tuple of str
        Names of the columns that are prepared as such. If all are empty, the data are
        an array of numbers.
    estimators : dict of str to estimator
        Unfitted estimators, as they are fitted on all rows.
    pipelines : frozenset of str
        Names of the estimators that get the columns as they were given.
    is_sparse : bool
        True if the prepared columns are a sparse matrix.
    """

    reader: str
    arguments: tuple[str, ...]
    options: dict[str, Any]
    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    texts: tuple[str, ...]
    estimators: dict[str, Any] = field(default_factory=dict)
    pipelines: frozenset[str] = frozenset()
    is_sparse: bool = False

    def __repr__(self):
        """Return one line with the names of the estimators."""
        return f"<{type(self).__name__} of {listed(list(self.estimators))}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the preparation and the models as a dict that strict JSON can hold."""
        return {
            "preparation": {
                "numbers": list(self.numbers),
                "categories": list(self.categories),
                "texts": list(self.texts),
                "steps": self.steps(),
            },
            "models": {
                name: {
                    "class": _full_name(type(estimator)),
                    "parameters": plain(estimator.get_params(deep=False)),
                    "code": self.code_of(name),
                    "prepared": name not in self.pipelines,
                }
                for name, estimator in self.estimators.items()
            },
            "snippet": self.snippet(),
        }

    def steps(self) -> dict[str, str]:
        """Return what is done to the columns of each kind that there are, in words."""
        words = {
            "numbers": "missing values replaced by the median, then standardised",
            "categories": "missing values replaced by the most frequent one, then "
            f"one-hot encoded; of more than {MAX_CATEGORIES} categories the rare ones "
            "are pooled",
            "texts": f"turned into {TEXT_COMPONENTS} numbers each by skrub's "
            "StringEncoder, then standardised",
        }
        return {kind: words[kind] for kind in words if getattr(self, kind)}

    def code_of(self, name: str) -> str:
        """Return the constructor call of an estimator, or its repr if it has none."""
        try:
            return SourceCode(math.inf).of(self.estimators[name])
        except NoSourceError:
            return " ".join(repr(self.estimators[name]).split())

    def lines(self) -> list[str]:
        """Return lines of text on the preparation and on the models, for a report."""
        lines = [
            f"{kind} ({listed(getattr(self, kind))}): {step}"
            for kind, step in self.steps().items()
        ]
        lines += [
            f"{name}: {self.code_of(name)}"
            + (", on the columns as given" if name in self.pipelines else "")
            for name in self.estimators
        ]
        return lines

    def snippet(self) -> str:
        """Return Python source code that reads the data and fits every model.

        After it has run, ``models`` holds the fitted pipelines by name. Estimators that
        cannot be written as source code are named in a comment.
        """
        code = SourceCode()
        reading = self._reading(code)
        preparation = self._preparation(code)
        entries, comments = [], []
        for name, estimator in self.estimators.items():
            if name in self.pipelines:
                comments.append(f"# {name!r} gets the columns as they were given.")
                continue
            try:
                model = code.of(estimator, indent=8)
            except NoSourceError as error:
                comments.append(f"# {name!r} is left out: {_one_line(error)}")
                continue
            pipeline = code.bracketed(
                f"{code.use('sklearn.pipeline', 'make_pipeline')}(",
                [f"{code.use('sklearn.base', 'clone')}(preparation)", model],
                ")",
                indent=4,
                room=len(code.of(name)) + 3,
            )
            entries.append(f"{code.of(name)}: {pipeline}")
        models = code.bracketed("models = {", entries, "}", indent=0)
        parts = [
            "\n".join(code.import_lines()),
            reading,
            preparation,
            "\n".join([*comments, models]),
            "for model in models.values():\n    model.fit(X, y)",
        ]
        return "\n\n".join(parts) + "\n"

    def _reading(self, code):
        """Return the statement that gets X and y."""
        module, _, name = self.reader.rpartition(".")
        arguments = list(self.arguments)
        arguments += [f"{key}={code.of(each, 4)}" for key, each in self.options.items()]
        code.use(module or _DATA, name)
        return "X, y = " + code.bracketed(f"{name}(", arguments, ")", indent=0)

    def _preparation(self, code):
        """Return the statements that make the unfitted transformer `preparation`."""
        make_pipeline = code.use("sklearn.pipeline", "make_pipeline")
        scaler = f"{code.use('sklearn.preprocessing', 'StandardScaler')}()"
        statements, parts = [], []
        only_numbers = not (self.categories or self.texts)
        if self.numbers or only_numbers:
            imputer = code.use("sklearn.impute", "SimpleImputer")
            steps = [f'{imputer}(strategy="median", keep_empty_features=True)', scaler]
            if only_numbers:
                whole = code.bracketed(f"{make_pipeline}(", steps, ")", indent=0)
                return f"preparation = {whole}"
            statements.append(_assigned("numbers", self.numbers, code))
            parts.append((f"{make_pipeline}(", steps, "numbers"))
        if self.categories:
            imputer = code.use("sklearn.impute", "SimpleImputer")
            encoder = code.use("sklearn.preprocessing", "OneHotEncoder")
            statements.append(_assigned("categories", self.categories, code))
            settings = [
                f"max_categories={MAX_CATEGORIES}",
                'handle_unknown="infrequent_if_exist"',
                f"sparse_output={self.is_sparse}",
            ]
            steps = [
                f'{imputer}(strategy="most_frequent", keep_empty_features=True)',
                code.bracketed(f"{encoder}(", settings, ")", indent=12),
            ]
            parts.append((f"{make_pipeline}(", steps, "categories"))
        for name in self.texts:
            encoder = code.use("skrub", "StringEncoder")
            steps = [f"{encoder}(n_components={TEXT_COMPONENTS}, random_state=0)"]
            parts.append((f"{make_pipeline}(", [*steps, scaler], code.of(name)))
        transformers = []
        for start, steps, columns in parts:
            pipeline = code.bracketed(start, steps, ")", indent=8)
            transformers.append(code.bracketed("(", [pipeline, columns], ")", indent=4))
        make = code.use("sklearn.compose", "make_column_transformer")
        transformers += ["sparse_threshold=1.0"] * self.is_sparse
        whole = code.bracketed(f"{make}(", transformers, ")", indent=0)
        return "\n".join([*statements, f"preparation = {whole}"])


def _assigned(name, columns, code):
    """Return the statement that assigns a list of columns to a name."""
    entries = [code.of(each) for each in columns]
    return code.bracketed(f"{name} = [", entries, "]", indent=0)


def _full_name(cls):
    """Return module and name of a class, without the private parts of the module."""
    public = [
        part for part in cls.__module__.split(".") if not part.startswith("_")
    ] or [cls.__module__]
    return f"{'.'.join(public)}.{cls.__qualname__}"


def plain(value):
    """Return a parameter as a value of strict JSON; others become their source code."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    try:
        json.dumps(value, allow_nan=False)
        return value
    except (TypeError, ValueError):
        pass
    try:
        return SourceCode().of(value)
    except NoSourceError:
        return " ".join(repr(value).split())


def _one_line(error):
    """Return the message of an error on one line."""
    return " ".join(str(error).split())

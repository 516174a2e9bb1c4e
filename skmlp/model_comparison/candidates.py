"""The estimators of a comparison, their names and scikit-learn's counterparts."""

import importlib
import inspect
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.pipeline import Pipeline

from skmlp.base.compat import theirs_with
from skmlp.base.options import use_one_of
from skmlp.base.text import unused_name

__all__ = ["Candidate", "candidates", "default_estimators"]

_COUNTERPARTS = {
    "Perceptron": "sklearn.linear_model",
    "LinearDiscriminantAnalysis": "sklearn.discriminant_analysis",
    "LogisticRegression": "sklearn.linear_model",
    "MLPClassifier": "sklearn.neural_network",
    "MLPRegressor": "sklearn.neural_network",
}


@dataclass(frozen=True)
class Candidate:
    """An estimator of a comparison, with its name in the table.

    A pipeline is fitted on the user's columns, any other estimator on the prepared
    ones. In an estimator of scikit-learn that is compared with one of the package,
    `counterpart_of` is the name of the latter. The baseline looks at no column.
    """

    name: str
    estimator: BaseEstimator
    counterpart_of: str | None = None
    is_baseline: bool = False

    @property
    def is_pipeline(self):
        """True if the estimator is a pipeline, which prepares its own input."""
        return isinstance(self.estimator, Pipeline)

    @property
    def is_prepared(self):
        """True if the estimator gets the prepared columns."""
        return not (self.is_pipeline or self.is_baseline)


def default_estimators(task, seed):
    """Return {name: unfitted estimator} of all default estimators for the task.

    `FeatureTable.preparation` standardises their inputs; the network for a regression
    standardises its target too.
    """
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.linear_model import RidgeCV
    from sklearn.preprocessing import StandardScaler

    import skmlp

    if task == "regression":
        network = skmlp.MLPRegressor(alpha=1.0, max_iter=1000, random_state=seed)
        return {
            "MLP": TransformedTargetRegressor(network, transformer=StandardScaler()),
            # RidgeCV chooses the penalty by the leave-one-out error.
            "ridge": RidgeCV(alphas=np.logspace(-3, 4, 15)),
        }
    return {
        "Perceptron": skmlp.Perceptron(random_state=seed),
        "LDA": skmlp.LinearDiscriminantAnalysis(),
        "logistic regression": skmlp.LogisticRegression(max_iter=1000),
        "MLP": skmlp.MLPClassifier(alpha=0.1, max_iter=500, random_state=seed),
    }


def candidates(estimators, *, task, seed, against):
    """Return the list of Candidates for the argument `estimators` of `compare`.

    With against='sklearn' each estimator of the package is followed by its counterpart.
    The last one is the baseline.
    """
    if against not in (None, "sklearn"):
        raise ValueError(
            use_one_of(
                f"against={against!r} is unknown",
                ("sklearn",),
                other="None",
                got=against,
            )
        )
    named = _named_estimators(estimators, task, seed)
    listed = []
    for name, estimator in named.items():
        listed.append(Candidate(name, estimator))
        theirs = _sklearn_counterpart(estimator) if against else None
        if theirs is not None:
            listed.append(Candidate(f"{name} (sklearn)", theirs, counterpart_of=name))
    return [*listed, _baseline(task, [each.name for each in listed])]


def _baseline(task, taken):
    """Return the Candidate whose prediction does not depend on the row.

    It predicts the shares of the classes, and with them the most frequent class; in a
    regression it predicts the mean.
    """
    dummy = DummyRegressor() if task == "regression" else DummyClassifier()
    return Candidate(unused_name("baseline", taken), dummy, is_baseline=True)


def _named_estimators(estimators, task, seed):
    """Return {name: unfitted estimator} for the argument `estimators` of `compare`."""
    if estimators is None:
        return default_estimators(task, seed)
    if isinstance(estimators, dict):
        named = {name: clone(estimator) for name, estimator in estimators.items()}
    else:
        if isinstance(estimators, (str, BaseEstimator, type)):  # clone refuses a class
            estimators = [estimators]
        named = {}
        for entry in estimators:
            name, estimator = _resolve(entry, task, seed)
            named[unused_name(name, named)] = estimator
    if not named:
        raise ValueError("estimators is empty; name one, or leave it out for all.")
    return named


def _resolve(entry, task, seed):
    """Return (name, unfitted estimator) for a name or an estimator."""
    if not isinstance(entry, str):
        return type(entry).__name__, clone(entry)
    known = default_estimators(task, seed)
    aliases = {name.casefold(): name for name in known}
    aliases |= {type(known[name]).__name__.casefold(): name for name in known}
    try:
        name = aliases[entry.casefold()]
    except KeyError:
        raise ValueError(
            use_one_of(
                f"estimator {entry!r} is unknown for {task}",
                known,
                other="pass an estimator",
                got=entry,
                aliases=aliases,
            )
        ) from None
    return name, known[name]


def _sklearn_counterpart(estimator):
    """Return scikit-learn's counterpart of an estimator, with its parameters, or None.

    In a pipeline, or in a regressor with a transformed target, the parts that belong to
    the package are replaced. None means that the estimator has no such part.
    """
    if type(estimator).__module__.split(".")[0] == "skmlp":
        return _sklearn_estimator(estimator)
    parts = {
        name: _sklearn_estimator(part)
        for name, part in estimator.get_params(deep=True).items()
        if type(part).__module__.split(".")[0] == "skmlp"
        and type(part).__name__ in _COUNTERPARTS
    }
    return clone(estimator).set_params(**parts) if parts else None


def _sklearn_estimator(estimator):
    """Return scikit-learn's counterpart with equal parameters, or raise ValueError."""
    name = type(estimator).__name__
    if name not in _COUNTERPARTS:
        raise ValueError(f"scikit-learn has no counterpart of {name}; leave it out.")
    theirs = getattr(importlib.import_module(_COUNTERPARTS[name]), name)
    known = inspect.signature(theirs).parameters
    defaults = inspect.signature(type(estimator)).parameters
    parameters = estimator.get_params(deep=False)
    for key in set(parameters) - set(known):
        if parameters[key] is not defaults[key].default:
            raise ValueError(
                f"scikit-learn's {name} has no parameter {key!r}; leave it at its "
                "default to compare against it."
            )
    shared = {key: parameters[key] for key in parameters if key in known}
    return theirs_with(theirs, shared)

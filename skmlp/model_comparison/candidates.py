"""The estimators that take part in a comparison, by name."""

import importlib
import inspect
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

from skmlp.base.options import use_one_of

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
    """A named estimator; a pipeline is fitted on the columns as the user has them.

    A counterpart of scikit-learn's names the candidate that it is to stand beside.
    """

    name: str
    estimator: BaseEstimator
    counterpart_of: str | None = None

    @property
    def prepares_itself(self):
        """Whether the estimator is a pipeline, to be left as it is."""
        return isinstance(self.estimator, Pipeline)


def default_estimators(task, seed):
    """Name -> unfitted estimator, of all that the package has for the task.

    Their inputs are standardised, and so is the target of a regression.
    """
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.linear_model import RidgeCV
    from sklearn.preprocessing import StandardScaler

    import skmlp

    if task == "regression":
        network = skmlp.MLPRegressor(alpha=1.0, max_iter=1000, random_state=seed)
        return {
            "MLP": TransformedTargetRegressor(network, transformer=StandardScaler()),
            # The strength of the penalty that leave-one-out errors call for.
            "ridge": RidgeCV(alphas=np.logspace(-3, 4, 15)),
        }
    return {
        "Perceptron": skmlp.Perceptron(random_state=seed),
        "LDA": skmlp.LinearDiscriminantAnalysis(),
        "logistic regression": skmlp.LogisticRegression(max_iter=1000),
        "MLP": skmlp.MLPClassifier(alpha=0.1, max_iter=500, random_state=seed),
    }


def candidates(estimators, *, task, seed, against):
    """What `compare` takes as estimators -> a list of Candidates, without repeats."""
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
        theirs = _counterpart(estimator) if against else None
        if theirs is not None:
            listed.append(Candidate(f"{name} (sklearn)", theirs, counterpart_of=name))
    return listed


def _named_estimators(estimators, task, seed):
    """Name -> unfitted estimator."""
    if estimators is None:
        return default_estimators(task, seed)
    if isinstance(estimators, dict):
        named = {name: clone(estimator) for name, estimator in estimators.items()}
    else:
        if isinstance(estimators, (str, BaseEstimator)):
            estimators = [estimators]
        named = {}
        for entry in estimators:
            name, estimator = _resolve(entry, task, seed)
            named[_fresh(name, named)] = estimator
    if not named:
        raise ValueError("estimators is empty; name one, or leave it out for all.")
    return named


def _resolve(entry, task, seed):
    """A name or an estimator -> (name, estimator)."""
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


def _fresh(name, taken):
    """The name, with a number after it if it is taken."""
    number = 2
    fresh = name
    while fresh in taken:
        fresh, number = f"{name} {number}", number + 1
    return fresh


def _counterpart(estimator):
    """scikit-learn's estimator with the same parameters, or None where it is theirs.

    Within a pipeline, or around a transformed target, the package's part is exchanged.
    """
    if type(estimator).__module__.split(".")[0] == "skmlp":
        return _theirs(estimator)
    parts = {
        name: _theirs(part)
        for name, part in estimator.get_params(deep=True).items()
        if type(part).__module__.split(".")[0] == "skmlp"
        and type(part).__name__ in _COUNTERPARTS
    }
    return clone(estimator).set_params(**parts) if parts else None


def _theirs(estimator):
    """The class of the same name in scikit-learn, with the same parameters."""
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
    return theirs(**{key: parameters[key] for key in parameters if key in known})

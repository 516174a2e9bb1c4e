"""Train estimators of skmlp and of scikit-learn until a watch stops them."""

from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np
import sklearn.linear_model
import sklearn.neural_network

import skmlp

# No fit ends by itself before it has this number of epochs.
_MANY_EPOCHS = {"max_iter": 1000, "tol": 0.0, "n_iter_no_change": np.inf}


@dataclass(frozen=True, eq=False)
class Learner:
    """Estimator with its parameters; a subclass knows how to train it."""

    name: str
    estimator: str = "MLPClassifier"
    parameters: dict = field(default_factory=dict)

    @property
    def has_epochs(self):
        """Return True for networks trained on batches of rows."""
        solver = self.parameters.get("solver", "adam")
        return self.estimator == "MLPClassifier" and solver != "lbfgs"

    def settings(self, seed):
        """Return the parameters of the estimator for a seed."""
        given = self.parameters | {"random_state": seed}
        return _MANY_EPOCHS | given if self.has_epochs else given


class Ours(Learner):
    """Estimator of skmlp. Networks keep the weights of their last epoch."""

    def settings(self, seed):
        """Return the parameters of the estimator for a seed."""
        given = super().settings(seed)
        return {"restore_best": False} | given if self.has_epochs else given

    def train(self, data, seed, watch, threads):
        """Return the Outcome of a fit that ends when the accuracy is reached.

        A first fit finds the epoch. A second one ends after this epoch and is timed, so
        that no copies of weights for the watch are in its time.
        """
        found = self.observe(data, seed, watch)
        if not (found.reached and self.has_epochs):
            return found
        settings = self.settings(seed) | {"max_iter": found.n_epochs}
        estimator = getattr(skmlp, self.estimator)(**settings)
        start = perf_counter()
        estimator.fit(data.X, data.y)
        seconds = perf_counter() - start
        accuracy = watch.measure(estimator.predict)
        reached = accuracy >= watch.wanted
        return replace(found, reached=reached, seconds=seconds, accuracy=accuracy)

    def observe(self, data, seed, watch):
        """Return the Outcome of a fit with the watch at the end of every epoch."""
        estimator = getattr(skmlp, self.estimator)(**self.settings(seed))
        if self.has_epochs:
            estimator.set_callbacks(_Callback(watch))
        watch.start()
        estimator.fit(data.X, data.y)
        if not self.has_epochs:
            watch.epoch_ends(estimator.predict)
        return watch.outcome()


class Theirs(Learner):
    """Estimator of scikit-learn."""

    def train(self, data, seed, watch, threads):
        """Return the Outcome of a fit that ends when the accuracy is reached."""
        if self.has_epochs:
            estimator = _WatchedNetwork(**self.settings(seed))
            estimator.watch = watch
        else:
            modules = (sklearn.linear_model, sklearn.neural_network)
            module = next(each for each in modules if hasattr(each, self.estimator))
            estimator = getattr(module, self.estimator)(**self.settings(seed))
        watch.start()
        try:
            estimator.fit(data.X, data.y)
        except _StoppedError:
            return watch.outcome()
        if not self.has_epochs:
            watch.epoch_ends(estimator.predict)
        return watch.outcome()


class _Callback:
    """Callback of skmlp's fits that asks the watch whether to stop."""

    def __init__(self, watch):
        self._watch = watch

    def setup(self, estimator, context):
        """Do nothing before a fit."""

    def teardown(self, estimator, context):
        """Do nothing after a fit."""

    def on_fit_task_begin(self, estimator, context):
        """Do nothing before an epoch."""

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        """Return True if training should stop; `context` is of an epoch or the fit."""
        if context.parent is None or fitted_estimator is None:
            return False
        return self._watch.epoch_ends(fitted_estimator.predict)


class _StoppedError(Exception):
    """Ends a fit of scikit-learn."""


class _WatchedNetwork(sklearn.neural_network.MLPClassifier):
    """Network of scikit-learn that asks the watch at the end of every epoch.

    scikit-learn calls this method there. `partial_fit` would validate the rows and
    look for new labels in every epoch.
    """

    def _update_no_improvement_count(self, *arguments):
        super()._update_no_improvement_count(*arguments)
        if self.watch.epoch_ends(self.predict):
            raise _StoppedError

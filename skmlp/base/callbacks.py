"""Calls of scikit-learn's callbacks before and after each iteration of a fit."""

from __future__ import annotations

from skmlp.base.compat import (
    CallbackSupportMixin,
    register_for_workers,
    with_callbacks,
)

__all__ = ["ObservedFit", "with_callbacks"]


class ObservedFit(CallbackSupportMixin):
    """Mixin of estimators whose `fit` reports every iteration to callbacks.

    A `fit` decorated by `with_callbacks` gets an observer from `_observe` and reports
    every iteration to it. Callbacks can stop the fit. Without callbacks the observer
    does nothing.
    """

    def __init_subclass__(cls, **settings):
        """Register the subclass, so that joblib sends callbacks to worker processes."""
        super().__init_subclass__(**settings)
        register_for_workers(cls, _reduce_for_worker)

    def _observe(self, X, y, sample_weight, *, task_name, max_iter, **metadata):
        """Return the observer of a fit with at most `max_iter` iterations.

        Callbacks receive `sample_weight` and those entries of `metadata` that are not
        None.
        """
        if not getattr(self, "_skl_callbacks", None):
            return _Unobserved()
        metadata["sample_weight"] = sample_weight
        metadata = {
            name: value for name, value in metadata.items() if value is not None
        }
        # One more than max_iter: a solver that stops by itself has begun one more.
        context = self._init_callback_context(max_subtasks=max_iter + 1)
        data = {"estimator": self, "X": X, "y": y, "metadata": metadata or None}
        context.call_on_fit_task_begin(**data)
        return _Observer(context, data, task_name)

    def __getstate__(self):
        """Return the state without callbacks.

        They may hold addresses, keys and open files.
        """
        state = super().__getstate__()
        return {key: state[key] for key in state if key not in _CALLBACK_STATE}


def _reduce_for_worker(estimator):
    """Return pickle's description of an estimator, with the callbacks added to it."""
    make, arguments, state, *_ = estimator.__reduce_ex__(4)
    if "_skl_callbacks" in vars(estimator):
        state = {**state, "_skl_callbacks": estimator._skl_callbacks}
    return make, arguments, state


_CALLBACK_STATE = frozenset(
    (
        "_skl_callbacks",
        "_callback_fit_ctx",
        "_skl_callbacks_to_teardown",
        "_parent_callback_ctx",
    )
)


class _Unobserved:
    """Observer without callbacks: does nothing."""

    watches = False

    def begin(self, attributes):
        """Do nothing at the beginning of an iteration."""

    def end(self, attributes):
        """Return False: no callback asks to stop."""
        return False

    def close(self):
        """Do nothing at the end of the fit."""


class _Observer:
    """Observer that reports each iteration to the callbacks of an estimator."""

    watches = True

    def __init__(self, context, data, task_name):
        self.context, self.data, self.task_name = context, data, task_name
        self.iteration = None

    def begin(self, attributes):
        """Report that an iteration begins.

        `attributes` is a function without arguments. It returns the fitted attributes
        (a dict) from which a callback can build a fitted estimator.
        """
        self.iteration = self.context.subcontext(task_name=self.task_name)
        self.iteration.call_on_fit_task_begin(
            **self.data, reconstruction_attributes=attributes
        )

    def end(self, attributes):
        """Report that the iteration is over; return True if a callback asks to stop."""
        iteration, self.iteration = self.iteration, None
        return iteration.call_on_fit_task_end(
            **self.data, reconstruction_attributes=attributes
        )

    def close(self):
        """Report that the fit is over; it may end in the middle of an iteration."""
        if self.iteration is not None:
            self.iteration.call_on_fit_task_end(estimator=self.data["estimator"])
        self.context.call_on_fit_task_end(**self.data, reconstruction_attributes=dict)

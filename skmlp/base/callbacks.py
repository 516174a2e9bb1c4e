"""scikit-learn's callbacks around the iterations of a fit."""

from __future__ import annotations

from sklearn import callback
from sklearn.callback import CallbackSupportMixin

from skmlp.base.compat import register_for_workers
from skmlp.base.types import KeepsSignature

__all__ = ["ObservedFit", "with_callbacks"]

# scikit-learn does not say what it returns, which would hide the methods of estimators.
with_callbacks: KeepsSignature = callback.with_callbacks


class ObservedFit(CallbackSupportMixin):
    """A fit whose iterations callbacks can watch and stop.

    A fit decorated by `with_callbacks` asks `_observe` for an observer and reports
    every iteration to it; without callbacks that observer does nothing.
    """

    def __init_subclass__(cls, **settings):
        """Let callbacks go along to joblib's worker processes."""
        super().__init_subclass__(**settings)
        register_for_workers(cls, _reduce_for_worker)

    def _observe(self, X, y, sample_weight, *, task_name, max_iter, **metadata):
        """The observer of a fit of at most max_iter iterations.

        Callbacks are told of the metadata that are not None.
        """
        if not getattr(self, "_skl_callbacks", None):
            return _Unobserved()
        metadata["sample_weight"] = sample_weight
        metadata = {
            name: value for name, value in metadata.items() if value is not None
        }
        # One iteration more: a solver that ends by itself has begun another one.
        context = self._init_callback_context(max_subtasks=max_iter + 1)
        data = {"estimator": self, "X": X, "y": y, "metadata": metadata or None}
        context.call_on_fit_task_begin(**data)
        return _Observer(context, data, task_name)

    def __getstate__(self):
        """Without callbacks: they may hold addresses, keys and open files."""
        state = super().__getstate__()
        return {key: state[key] for key in state if key not in _CALLBACK_STATE}


def _reduce_for_worker(estimator):
    """What pickle would write, and the callbacks, which __getstate__ leaves out."""
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
        """Do nothing when an iteration begins."""

    def end(self, attributes):
        """Return that nothing asks to stop."""
        return False

    def close(self):
        """Do nothing when the fit is over."""


class _Observer:
    """Tells the callbacks of an estimator about each iteration."""

    watches = True

    def __init__(self, context, data, task_name):
        self.context, self.data, self.task_name = context, data, task_name
        self.iteration = None

    def begin(self, attributes):
        """Tell that an iteration begins; `attributes()` make a fitted estimator."""
        self.iteration = self.context.subcontext(task_name=self.task_name)
        self.iteration.call_on_fit_task_begin(
            **self.data, reconstruction_attributes=attributes
        )

    def end(self, attributes):
        """Tell that it is over; return whether a callback asks to stop."""
        iteration, self.iteration = self.iteration, None
        return iteration.call_on_fit_task_end(
            **self.data, reconstruction_attributes=attributes
        )

    def close(self):
        """Tell that the fit is over, perhaps amid an iteration."""
        if self.iteration is not None:
            self.iteration.call_on_fit_task_end(estimator=self.data["estimator"])
        self.context.call_on_fit_task_end(**self.data, reconstruction_attributes=dict)

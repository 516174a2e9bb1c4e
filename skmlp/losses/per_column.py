"""Loss of several columns of class labels, the sum of one loss per column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.base.types import Array
from skmlp.losses.base import Loss

__all__ = ["PerColumn"]


@dataclass(eq=False, repr=False)
class PerColumn(Loss):
    """Sum of one loss over the columns of y (n, T), which are class indices.

        ℓ = Σₜ form(yₜ, scores of column t)

    Parameters
    ----------
    form : Loss
        A loss of one class of many, such as ``MultinomialLogLoss()``.
    sizes : tuple of int
        Number of classes of each column of y. Scores have one column per class, those
        of the first column of y first.
    """

    kernel: ClassVar[str] = "per_column"
    name: ClassVar[str] = "per_column"

    form: Loss
    sizes: tuple[int, ...]

    @property
    def inverse_link(self) -> str:
        """Name of the function from scores to means, such as 'softmax per column'."""
        link = self.form.inverse_link
        return link if link == "identity" else f"{link} per column"

    @property
    def scores_per_target(self) -> int:
        """Mean number of classes per column, rounded down."""
        return sum(self.sizes) // len(self.sizes)

    @property
    def settings(self) -> tuple[float | None, ...]:
        """Numbers passed to the compiled kernel of the loss.

        They are the number of the kernel of `form` (None if it has none), the settings
        of `form`, and the sizes.
        """
        kernel, codes = vars(type(self.form)).get("kernel"), _kernels.LOSSES
        has_kernel = kernel in _FORMS_WITH_KERNEL and kernel in codes
        code = codes.index(kernel) if has_kernel else None
        return code, *(self.form.settings or (0,)), *self.sizes

    @property
    def target_sizes(self) -> tuple[int, ...]:
        """Number of classes of each column."""
        return self.sizes

    def columns(self, scores: Array) -> list[Array]:
        """Return the scores of each column of y, a list of arrays (n, n_classes)."""
        starts = [sum(self.sizes[:t]) for t in range(len(self.sizes))]
        pairs = zip(starts, self.sizes, strict=True)
        return [scores[:, start : start + size] for start, size in pairs]

    def unsmoothed(self) -> Loss:
        """Return the loss of the columns without label smoothing."""
        return replace(self, form=self.form.unsmoothed())

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        columns = enumerate(self.columns(scores))
        losses = [
            self.form.formula(y[:, t].astype(int), own)
            for t, own in columns
            if own.shape[1] > 1  # a single class has the probability one
        ]
        return sum(losses, np.zeros(len(y)))

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return each row's loss (n,), and the derivatives ∂loss/∂scores (n, K)."""
        xp = array_namespace(scores)
        total, gradients = xp.zeros(scores.shape[0], dtype=scores.dtype), []
        for t, own in enumerate(self.columns(scores)):
            if own.shape[1] == 1:  # a single class has the probability one
                gradients.append(xp.zeros_like(own))
                continue
            labels = xp.astype(y[:, t], xp.int64)
            values, gradient = self.form.value_and_gradient(labels, own)
            total = total + values
            gradients.append(gradient)
        return total, xp.concat(gradients, axis=1)

    def mean(self, scores: Array) -> Array:
        """Return the means of `form` for each column of y, concatenated (n, K)."""
        columns = [self.form.mean(own) for own in self.columns(scores)]
        return array_namespace(scores).concat(columns, axis=1)

    def check_targets(self, y: Array) -> None:
        """Raise ValueError if `form` does for a column of y."""
        for column in y.T:
            self.form.check_targets(column.astype(int))


_FORMS_WITH_KERNEL = ("multinomial_log_loss", "multinomial_focal", "multiclass_hinge")

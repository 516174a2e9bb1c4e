"""A loss of one class of many, for every column of several such labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.base.types import Array
from skmlp.losses.base import Loss

__all__ = ["PerColumn"]


@dataclass(eq=False, repr=False)
class PerColumn(Loss):
    """Σₜ form(yₜ, scores of column t); yₜ is the index of the class in column t.

    Parameters
    ----------
    form : Loss
        A loss of one of many classes, such as ``MultinomialLogLoss()``.
    sizes : tuple of int
        How many classes each column of y has: the scores stand side by side.
    """

    kernel: ClassVar[str] = "per_column"
    name: ClassVar[str] = "per_column"

    form: Loss
    sizes: tuple[int, ...]

    @property
    def inverse_link(self) -> str:
        """That of the form, by columns."""
        link = self.form.inverse_link
        return link if link == "identity" else f"{link} per column"

    @property
    def scores_per_target(self) -> int:
        """On average; columns may differ."""
        return sum(self.sizes) // len(self.sizes)

    @property
    def settings(self) -> tuple[float | None, ...]:
        """The form's kernel (None: it has none) and setting, and the sizes."""
        kernel = vars(type(self.form)).get("kernel")
        code = _kernels.LOSSES.index(kernel) if kernel in _KERNELS_OF_FORMS else None
        return code, *(self.form.settings or (0,)), *self.sizes

    @property
    def target_sizes(self) -> tuple[int, ...]:
        """The number of classes of each column."""
        return self.sizes

    def columns(self, scores: Array) -> list[Array]:
        """The scores of each column."""
        starts = [sum(self.sizes[:t]) for t in range(len(self.sizes))]
        pairs = zip(starts, self.sizes, strict=True)
        return [scores[:, start : start + size] for start, size in pairs]

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """The sum over the columns, and their gradients side by side."""
        xp = array_namespace(scores)
        total, gradients = xp.zeros(scores.shape[0], dtype=scores.dtype), []
        for t, own in enumerate(self.columns(scores)):
            if own.shape[1] == 1:  # one class, which is certain
                gradients.append(xp.zeros_like(own))
                continue
            labels = xp.astype(y[:, t], xp.int64)
            values, gradient = self.form.value_and_gradient(labels, own)
            total = total + values
            gradients.append(gradient)
        return total, xp.concat(gradients, axis=1)

    def mean(self, scores: Array) -> Array:
        """P(yₜ = k), the columns side by side."""
        columns = [self.form.mean(own) for own in self.columns(scores)]
        return array_namespace(scores).concat(columns, axis=1)

    def check_targets(self, y: Array) -> None:
        """As the form does, column by column."""
        for column in y.T:
            self.form.check_targets(column.astype(int))


_KERNELS_OF_FORMS = ("multinomial_log_loss", "multinomial_focal", "multiclass_hinge")

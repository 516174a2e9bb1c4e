"""Numeric targets of a network, standardised if `scale_target` asks for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from skmlp.losses import Loss
from skmlp.losses.choice import regressor_loss
from skmlp.losses.scaled_targets import ScaledTargets, TargetScale
from skmlp.multilayer_perceptron.target_scale import assigned_scale, learn_scale
from skmlp.solvers.reported_units import AffineUnits

__all__ = ["NumericTargets"]


@dataclass(frozen=True, eq=False)
class NumericTargets:
    """Numeric targets of a loss.

    Parameters
    ----------
    n_targets : int
        Number of targets of each row.
    loss : Loss
        Loss to minimise, of the standardised targets if there is a `scale`.
    scale : TargetScale or None
        Mean and deviation of each target, by which it is standardised; None: targets
        stay as they are.
    """

    n_targets: int
    loss: Loss
    scale: TargetScale | None = None

    @classmethod
    def learn(cls, y, *, loss, scale_target=False, sample_weight=None):
        """Return the NumericTargets for the columns of y."""
        columns, form = y.reshape(len(y), -1), regressor_loss(loss)
        scale = scale_target and learn_scale(
            columns, sample_weight, loss=form, choice=loss, auto=scale_target == "auto"
        )
        return cls(columns.shape[1], form, scale or None)

    def for_partial_fit(self, y, *, loss, scale_target, sample_weight):
        """Return the targets for rows of a stream, whose first scale stays.

        It changes only if `scale_target` has changed to True or to False.
        """
        form, n_targets = regressor_loss(loss), y.reshape(len(y), -1).shape[1]
        stays = scale_target == "auto" or (scale_target and self.scale is not None)
        same_scores = form.inverse_link == self.loss.inverse_link
        if stays and same_scores and n_targets == self.n_targets:
            return replace(self, loss=form)
        return NumericTargets.learn(
            y, loss=loss, scale_target=scale_target, sample_weight=sample_weight
        )

    def with_scale(self, array):
        """Return these targets with a `target_scale_` that a user may have assigned."""
        known = None if self.scale is None else self.scale.array
        if array is known:
            return self
        scale = None if array is None else assigned_scale(array, self.n_targets)
        return replace(self, scale=scale)

    @property
    def loss_of_y(self):
        """Loss of y in its own units, whose mean is the prediction."""
        if self.scale is None:
            return self.loss
        return ScaledTargets(self.loss, self.scale)

    @property
    def units_of_loss(self):
        """AffineUnits from the minimised loss to that of y; None: they are equal."""
        if self.scale is None:
            return None
        return AffineUnits(*self.loss.loss_units(self.scale.deviations))

    @property
    def units_of_scores(self):
        """(Factor, offset) from scores to those of y, arrays (n_outputs,)."""
        if self.scale is None:
            return np.ones(self.n_outputs), np.zeros(self.n_outputs)
        return self.scale.of_scores(self.loss)

    @property
    def score_factors(self):
        """Derivatives of scores of y by scores, (n_outputs,); None: all are one."""
        return None if self.scale is None else self.units_of_scores[0]

    @property
    def n_outputs(self):
        """Number of raw scores per row."""
        return self.n_targets * self.loss.scores_per_target

    def encode(self, y, dtype):
        """Return y as an array of shape (n_samples, n_targets) and of the dtype."""
        columns = y.reshape(len(y), -1)
        with np.errstate(over="ignore", invalid="ignore"):
            targets = columns.astype(dtype, copy=False)
            if targets.dtype != y.dtype and not np.isfinite(targets).all():
                raise ValueError(f"y is too large for {dtype}, the type of X; scale y.")
            if self.scale is None or columns.shape[1] != self.n_targets:
                return targets
            targets = self.scale.standardise(columns).astype(dtype, copy=False)
        if not np.isfinite(targets).all():
            raise ValueError(
                "y minus its mean, divided by its deviation, is too large for "
                f"{dtype}, the type of X; scale y."
            )
        return targets

    def check(self, targets):
        """Raise ValueError if targets are outside the range of the loss."""
        self.loss.check_targets(targets)

    def encode_validation(self, y, dtype):
        """Return y of validation rows, encoded; raise if its n_targets differs."""
        targets = self.encode(y, dtype)
        if targets.shape[1] != self.n_targets:
            raise ValueError(
                f"y_val has {targets.shape[1]} targets per row, y has "
                f"{self.n_targets}; give y_val as many columns as y."
            )
        return targets

    def with_class_weights(self, targets, sample_weight):
        """Return self: numeric targets have no class weights."""
        return self

    def weigh(self, targets, sample_weight, dtype):
        """Return the weights of rows in the loss: the sample weights."""
        return sample_weight

    classes_of_a_row = None

    @property
    def attributes(self):
        """Fitted attributes of the estimator that the targets provide."""
        return {"target_scale_": None if self.scale is None else self.scale.array}

    def labels_to_stratify(self, targets):
        """Return None: splits of numeric targets are not stratified."""
        return

    def score(self, scores, targets, sample_weight):
        """Return R², the fraction of the variance of y that is explained."""
        from skmlp.multilayer_perceptron.r2 import r2

        return r2(targets, self.loss.mean(scores), sample_weight)

"""Findings about the training: its steps, its length and its batches."""

from __future__ import annotations

import numpy as np

from skmlp.diagnosis.cures import longer, model_with
from skmlp.diagnosis.evidence import Evidence
from skmlp.diagnosis.finding import Finding

__all__ = ["TRAINING_CHECKS"]

_BENGIO = "Bengio (2012), Practical recommendations for gradient-based training"
_PRECHELT = "Prechelt (1998), Early stopping, but when?"
# Rules whose steps have the size of the learning rate, whatever the gradient is.
_OF_ONE_SIZE = {"adam", "adamw", "amsgrad", "nadam", "rmsprop", "adagrad"}
# Steps, divided by the size of first weights, that are large, and small.
_LARGE_STEP, _SMALL_STEP = 0.3, 2e-4
# Decrease of the loss over the last tenth of the epochs that counts as falling.
_FALLS = 0.01
_FEWEST_EPOCHS = 5
_RISES = 0.35
_FEW_STEPS = 300
# If the loss of validation rows is above this multiple of that of training rows, more
# epochs would only teach noise.
_FURTHER = 1.5


def _batch_size(evidence):
    n, size = len(evidence.train), evidence.params["batch_size"]
    return min(200, n) if size == "auto" else min(int(size), n)


def _n_steps(evidence):
    return len(evidence.curve) * -(-len(evidence.train) // _batch_size(evidence))


def _step_ratio(evidence):
    """Return the size of a step divided by that of first weights, about.

    First weights have the size 1/√fan_in, by Glorot's rule and its kin.
    """
    rate = float(evidence.params["learning_rate_init"])
    solver = evidence.params["solver"]
    if not isinstance(solver, str):
        return np.nan
    sizes = [1 / np.sqrt(shape[0]) for shape in evidence.fitted.network.weight_shapes]
    size = float(np.median(sizes))
    if solver in _OF_ONE_SIZE:
        return rate / size
    gradient = np.sqrt(np.mean([each.weight_gradient**2 for each in evidence.layers]))
    momentum = evidence.params.get("momentum", 0.0) if solver == "sgd" else 0.0
    return float(rate * gradient / (1 - min(momentum, 0.999)) / size)


def _falls(curve):
    """Return the relative decrease of the loss over the last tenth of the epochs."""
    tail = max(2, len(curve) // 10)
    before = np.mean(curve[-2 * tail : -tail]) if len(curve) >= 2 * tail else curve[0]
    after = np.mean(curve[-tail:])
    span = max(abs(before), 1e-12)
    return float((before - after) / span)


def _usual_rate(evidence):
    """Return the learning rate that suits most networks, as a parameter."""
    return {"learning_rate_init": 0.01 if evidence.params["solver"] == "sgd" else 0.001}


def divergence(evidence: Evidence) -> Finding | None:
    """Return a finding if the training has diverged."""
    curve = evidence.curve
    bad = bool(getattr(evidence.estimator, "diverged_", False))
    bad |= bool(len(curve)) and not np.isfinite(curve).all()
    if not bad:
        return None
    if not evidence.by_steps:
        return None
    rate = float(evidence.params["learning_rate_init"])
    return Finding(
        "divergence",
        1.0,
        f"The loss went from {curve[0]:.3g} to {curve[-1]:.3g}."
        if len(curve)
        else "The weights overflowed.",
        "Steps are so large that each makes the next one larger.",
        model_with(evidence.estimator, **_usual_rate(evidence), **longer(evidence)),
        _BENGIO,
        numbers={"learning_rate": rate},
    )


def too_high_rate(evidence: Evidence) -> Finding | None:
    """Return a finding if steps are so large that the loss rises and falls."""
    curve = evidence.curve
    if not evidence.by_steps:
        return None
    rate, ratio = float(evidence.params["learning_rate_init"]), _step_ratio(evidence)
    finite = curve[np.isfinite(curve)]
    rises = float(np.mean(np.diff(finite) > 0)) if len(finite) > 1 else 1.0
    restless = len(curve) >= _FEWEST_EPOCHS and rises > _RISES
    restless &= ratio > _LARGE_STEP / 10
    if not (ratio > _LARGE_STEP or (restless and finite[-1] > finite.min() * 1.1)):
        return None
    return Finding(
        "learning rate too high",
        0.97,
        f"With learning_rate_init={rate:g} a step is about {ratio:.2g} times the size "
        f"of first weights; the loss rose in {rises:.0%} of the epochs.",
        "Steps jump over the minimum, so that the loss goes up and down or units die.",
        model_with(evidence.estimator, **_usual_rate(evidence), **longer(evidence)),
        _BENGIO,
        numbers={"ratio": ratio, "rises": rises},
    )


def too_low_rate(evidence: Evidence) -> Finding | None:
    """Return a finding if steps are so small that the loss hardly falls."""
    curve = evidence.curve
    if not evidence.by_steps or len(curve) < _FEWEST_EPOCHS:
        return None
    ratio = _step_ratio(evidence)
    left = float(curve[-1]) / max(evidence.constant_loss, 1e-12)
    if not ratio < _SMALL_STEP or not left > 0.25:
        return None
    rate = float(evidence.params["learning_rate_init"])
    if evidence.params["solver"] not in _OF_ONE_SIZE and rate >= 1e-3:
        return None  # the gradient is small, not the rate
    return Finding(
        "learning rate too low",
        0.95,
        f"With learning_rate_init={rate:g} a step is about {ratio:.1e} of the size of "
        f"first weights; after {_n_steps(evidence)} steps {left:.0%} of the loss of a "
        "constant is left.",
        "The weights cannot move far from where they began.",
        model_with(evidence.estimator, **_usual_rate(evidence), **longer(evidence)),
        _BENGIO,
        numbers={"ratio": ratio, "left": left},
    )


def stopped_too_early(evidence: Evidence) -> Finding | None:
    """Return a finding if max_iter ended a training whose loss still fell."""
    curve = evidence.curve
    max_iter = evidence.params.get("max_iter")
    if not evidence.by_steps or len(curve) < 2 or max_iter is None:
        return None
    if evidence.estimator.n_iter_ < max_iter or not np.isfinite(curve).all():
        return None
    falls = _falls(curve)
    left = curve[-1] / max(evidence.constant_loss, 1e-12)
    if falls < _FALLS or left < 0.05:
        return None
    if evidence.held_out.loss > _FURTHER * evidence.train.loss:
        return None  # what is still to be learnt is noise
    return Finding(
        "stopped too early",
        0.7 + 0.15 * min(1.0, falls / 0.2) + 0.1 * min(left, 1.0),
        f"After {len(curve)} epochs (max_iter) the loss still fell by {falls:.1%} over "
        f"the last tenth of them; {left:.0%} of the loss of a constant is left.",
        "The training had no time to reach the minimum.",
        model_with(evidence.estimator, max_iter=max(200, 10 * len(curve))),
        _PRECHELT,
        numbers={"falls": falls, "left": left},
    )


def wrong_batch_size(evidence: Evidence) -> Finding | None:
    """Return a finding if there are too few steps, or a step for each row."""
    if not evidence.by_steps:
        return None
    n, size = len(evidence.train), _batch_size(evidence)
    steps = _n_steps(evidence)
    if n >= 200 and size > n // 3 and size > 256 and steps < _FEW_STEPS:
        return Finding(
            "batch size at odds with n",
            0.87,
            f"Batches of {size} of {n} rows make {-(-n // size)} steps an epoch, "
            f"{steps} in all.",
            "An epoch takes as long, but the weights move only once for each batch.",
            model_with(evidence.estimator, batch_size=32 if n < 3000 else 200),
            "Keskar et al. (2017), On large-batch training for deep learning",
            numbers={"batch_size": size, "steps": steps},
        )
    if size <= 2 and n >= 1000:
        return Finding(
            "batch size at odds with n",
            0.6,
            f"Batches of {size} rows make {-(-n // size)} steps an epoch.",
            "The gradient of a few rows is noise, and a step costs as much as one of "
            "many rows.",
            model_with(evidence.estimator, batch_size=32),
            _BENGIO,
            improves="seconds",
            numbers={"batch_size": size, "steps": steps},
        )
    return None


TRAINING_CHECKS = (
    divergence,
    too_high_rate,
    too_low_rate,
    stopped_too_early,
    wrong_batch_size,
)

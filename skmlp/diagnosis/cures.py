"""Code that cures: another model, or a preparation of the data."""

from __future__ import annotations

from skmlp.base.scaling_advice import code_of

__all__ = ["dropping", "longer", "model_with", "scaled_model"]

_ENOUGH_EPOCHS = 200


def model_with(estimator, **changes):
    """Return lines that define the model again with other parameters."""
    name = type(estimator).__name__
    return f"from skmlp import {name}\nmodel = {code_of(estimator, **changes)}"


def scaled_model(estimator, scaler="StandardScaler"):
    """Return lines that define a pipeline of a scaler and the model."""
    name = type(estimator).__name__
    return (
        "from sklearn.pipeline import make_pipeline\n"
        f"from sklearn.preprocessing import {scaler}\n"
        f"from skmlp import {name}\n"
        f"model = make_pipeline({scaler}(), {code_of(estimator)})"
    )


def dropping(estimator, columns, rest=()):
    """Return lines that define a pipeline that leaves out columns of X."""
    name = type(estimator).__name__
    dropped = list(map(int, columns))
    return (
        "from sklearn.compose import make_column_transformer\n"
        "from sklearn.pipeline import make_pipeline\n"
        f"from skmlp import {name}\n"
        f'chosen = make_column_transformer(("drop", {dropped}), '
        'remainder="passthrough")\n'
        f"model = make_pipeline(chosen, {code_of(estimator)})"
    )


def longer(evidence):
    """Return max_iter as a parameter, if the fit had fewer epochs than the default."""
    few = evidence.params.get("max_iter", _ENOUGH_EPOCHS) < _ENOUGH_EPOCHS
    return {"max_iter": _ENOUGH_EPOCHS} if few else {}

"""The empirical risk as a function that a graph can trace, and its second derivatives.

It is computed by the formulas of activations and losses, not by the pullbacks that
training uses, which the tests compare with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse

from skmlp.base.rows import ALL_ROWS, blocks, take
from skmlp.base.types import Array, Matrix, RowChoice
from skmlp.graph import grad, primitive, vjp
from skmlp.network import Network
from skmlp.objective.empirical_risk import EmpiricalRisk

__all__ = ["hessian_product", "risk_formula"]


def risk_formula(
    risk: EmpiricalRisk, rows: RowChoice = ALL_ROWS
) -> Callable[[Array], Any]:
    """Return the function from the flat parameters to the penalised mean loss.

    Parameters
    ----------
    risk : EmpiricalRisk
        Network, loss, rows and penalty. Noise of the network is left out.
    rows : slice or ndarray of int, default=ALL_ROWS
        Rows that the mean is taken over.

    Returns
    -------
    formula : callable
        Function of the flat parameters (n_parameters,): an array of NumPy, or one that
        a graph traces.
    """
    sums = _loss_sum(risk, rows)
    weight = _weight(risk, rows)

    def formula(parameters):
        return (sums(parameters) + _penalty(risk, parameters)) / weight

    return formula


def hessian_product(risk: EmpiricalRisk, parameters: Array, vector: Array) -> Array:
    """Return the product of the risk's Hessian with a vector.

    The network may have hidden layers. The product is the derivative of the gradient
    along the vector, computed from the graph block of rows by block of rows, without
    the Hessian itself (Pearlmutter 1994). It takes a few times as long as a gradient.

    Parameters
    ----------
    risk : EmpiricalRisk
        Network, loss, rows and penalty.
    parameters : ndarray of shape (n_parameters,)
        Where the Hessian is taken.
    vector : ndarray of shape (n_parameters,)
        The vector.

    Returns
    -------
    product : ndarray of shape (n_parameters,)
        In float64. An l1 penalty adds nothing to it.

    Raises
    ------
    ValueError
        If the vector does not have the shape of the parameters.
    TracingError
        If an activation or a loss is given by functions that cannot be traced.

    References
    ----------
    Pearlmutter, B. (1994). Fast exact multiplication by the Hessian. Neural
    Computation, 6, 147-160.
    """
    vector = np.asarray(vector, dtype=np.float64)
    if vector.shape != np.shape(parameters):
        raise ValueError(
            f"vector has shape {vector.shape}, but the parameters have shape "
            f"{np.shape(parameters)}; pass one number for each parameter."
        )
    parameters = np.asarray(parameters, dtype=np.float64)
    total = risk.l2_per_parameter * vector
    for rows in blocks(risk.n_rows):
        gradient = grad(_loss_sum(risk, rows))
        _, pullback = vjp(gradient, parameters)
        total = total + pullback(vector)[0]
    return total / risk.total_weight


def _loss_sum(risk, rows):
    """Return the function from parameters to the weighted sum of the losses of rows."""
    X, y = take(risk.X, rows), take(risk.y, rows)
    weights = risk.sample_weight
    weights = None if weights is None else take(weights, rows).astype(np.float64)
    offset = None if risk.offset is None else take(risk.offset, rows)

    def formula(parameters):
        scores = _scores(risk.network, parameters, X)
        if offset is not None:
            scores = scores + offset
        losses = risk.loss.formula(y, scores)
        return np.sum(losses if weights is None else weights * losses)

    return formula


def _weight(risk, rows):
    """Return the sum of the weights of some rows."""
    if risk.sample_weight is None:
        return float(len(np.arange(risk.n_rows)[rows]))
    return float(np.sum(take(risk.sample_weight, rows), dtype=np.float64))


def _penalty(risk, parameters):
    """Return the penalty of the parameters, by which the sum of losses is increased."""
    penalty = 0.5 * np.sum(risk.l2_per_parameter * parameters**2)
    if risk.l1:
        penalty = penalty + risk.l1 * np.sum(np.abs(parameters[risk.weights]))
    return penalty


def _scores(network: Network, parameters: Any, X: Matrix) -> Any:
    """Return the raw scores of rows, for parameters that a graph may trace."""
    weights, intercepts = network.unflatten(parameters)
    layers = zip(weights, intercepts, (*network.activations, None), strict=True)
    a: Any = X
    for W, b, activation in layers:
        z = _sparse_product(a)(W) if scipy.sparse.issparse(a) else a @ W
        z = z if b is None else z + b
        a = z if activation is None else activation.formula(z)
    return a


def _sparse_product(X):
    """Return the function W ↦ X·W for a sparse matrix X, which a graph can trace."""
    return primitive(
        "sparse_product",
        lambda W: np.asarray(X @ W),
        lambda g, u, W: _sparse_product(X.T.tocsr())(g),
    )

"""Grids of two features: predictions at their points, and lines of hidden units."""

import numpy as np
from sklearn.base import is_classifier

__all__ = ["MOST_CLASSES", "ends_inside", "extent", "hidden_lines_of", "like"]
__all__ += ["range_of", "response_of"]

MOST_CLASSES = 10
"""Number of classes whose colours and markers can be told apart."""


def range_of(column, resolution):
    """Return equally spaced numbers over the range of a column and a tenth more."""
    low, high = float(column.min()), float(column.max())
    margin = 0.1 * ((high - low) or 1.0)
    return np.linspace(low - margin, high + margin, resolution)


def extent(x0, x1):
    """Return the edges of an image whose pixels are centred at the points."""
    half0, half1 = 0.5 * (x0[1] - x0[0]), 0.5 * (x1[1] - x1[0])
    return (x0[0] - half0, x0[-1] + half0, x1[0] - half1, x1[-1] + half1)


def like(X, grid):
    """Return the grid as a data frame if X is one, so that names of features agree."""
    columns = getattr(X, "columns", None)
    return grid if columns is None else type(X)(grid, columns=columns)


def response_of(estimator, grid):
    """Return the response at the points, the classes, and if they are probabilities."""
    if not is_classifier(estimator):
        predicted = np.asarray(estimator.predict(grid))
        if predicted.ndim != 1:
            raise ValueError(
                f"estimator predicts {predicted.shape[1]} values a row; a surface is "
                "drawn for one. Fit it to one target."
            )
        return predicted, None, False
    classes = estimator.classes_
    if isinstance(classes, list) or not 2 <= len(classes) <= MOST_CLASSES:
        raise ValueError(
            f"estimator has {len(classes)} classes or columns of labels; a boundary is "
            f"drawn for one column with 2 to {MOST_CLASSES} classes."
        )
    if hasattr(estimator, "predict_proba"):
        response, certain = np.asarray(estimator.predict_proba(grid)), True
    else:
        response, certain = np.asarray(estimator.decision_function(grid)), False
    if response.ndim == 1:
        response = np.stack([-response, response], axis=1)
    return response, list(classes), certain


def hidden_lines_of(estimator):
    """Return (n_units, 3): weights and intercept of the units of the first layer."""
    network = getattr(estimator, "fitted_network", None)
    found = None if network is None else network()
    if found is None or not found.network.activations:
        raise ValueError(
            f"hidden_units=True: {type(estimator).__name__} has no hidden layer of its "
            "own; give a network of skmlp with one (the last step of a pipeline, and "
            "X as transformed by the steps before it), or hidden_units=False."
        )
    return np.column_stack([found.weights[0].T, found.intercepts[0]])


def ends_inside(w0, w1, b, x0, x1):
    """Return the ends of the line w0·x + w1·y + b = 0 in the rectangle, or None."""
    points = []
    for x in (x0[0], x0[-1]):
        if w1 != 0 and x1[0] <= -(w0 * x + b) / w1 <= x1[-1]:
            points.append((x, -(w0 * x + b) / w1))
    for y in (x1[0], x1[-1]):
        if w0 != 0 and x0[0] <= -(w1 * y + b) / w0 <= x0[-1]:
            points.append((-(w1 * y + b) / w0, y))
    if len(points) < 2:
        return None
    first = points[0]
    last = max(points, key=lambda p: (p[0] - first[0]) ** 2 + (p[1] - first[1]) ** 2)
    return np.transpose([first, last])

"""
Computational graphs, from the perceptron to a network's loss
==============================================================

A model is a computational graph: inputs and parameters, and the operations that lead
from them to the output. Inputs and outputs are white here, parameters red, operations
blue. The first figure has one unit: the perceptron in numbers, Σ wᵢxᵢ + b, and in
arrays, wᵀx + b; the logistic unit, and a layer of such units. The step is 1 for z ≥ 0
and 0 otherwise. The second figure has the prediction ŷ of a network with one hidden
layer, and the third its loss, cross_entropy(y, ŷ) + λ·(‖W₁‖² + ‖W₂‖²), with the values
of a forward pass and the derivatives of a backward pass. The norms are squared. The
tables show the passes: forward, each value from its operands; backward, each derivative
from those of the nodes that use it. The last figure is a chain of three weights and
three sigmoids. Its derivative by the first weight is a product of six factors, of which
three are at most ¼: the gradient of the first weight is small.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_iris

from skmlp import LogisticRegression, Perceptron
from skmlp.graph import (
    computational_graph,
    cross_entropy,
    logistic,
    named,
    squared_norm,
    trace,
    transposed_product,
)


def fitted_units():
    """Return a perceptron, a logistic unit and a layer, fitted to two iris columns."""
    X, y = load_iris(return_X_y=True)
    X = X[:, 2:] - X[:, 2:].mean(axis=0)
    unit = LogisticRegression().fit(X, y == 1)
    return X, Perceptron().fit(X, y == 0), unit, LogisticRegression().fit(X, y)


def prediction(x, W1, W2):
    """Return the probability of a network with one hidden layer, for one row x."""
    hidden = logistic(transposed_product(W1, x))
    return named(logistic(transposed_product(W2, hidden)), "ŷ")


def network_loss(x, y, W1, W2, λ):
    """Return the cross-entropy of the network, plus a penalty of its weights."""
    ŷ = prediction(x, W1, W2)
    penalty = λ * (squared_norm(W1) + squared_norm(W2))
    return named(cross_entropy(y, ŷ) + penalty, "ℓ")


def chain(x, w1, w2, w3):
    """Return the output of three sigmoids in series, each with one weight."""
    return named(logistic(w3 * logistic(w2 * logistic(w1 * x))), "ŷ")


def draw_units():
    """Draw a perceptron in numbers and in arrays, a logistic unit and a layer."""
    X, perceptron, unit, layer = fitted_units()
    figure, axes = plt.subplots(2, 2, figsize=(12, 7), layout="constrained")
    drawn = (
        ("The perceptron in numbers", perceptron, {"detail": "scalar"}),
        ("The perceptron in arrays", perceptron, {}),
        ("A logistic unit", unit, {}),
        ("A layer of three units", layer, {}),
    )
    for ax, (title, model, settings) in zip(axes.flat, drawn, strict=True):
        graph = computational_graph(model, X[:1], loss=False, **settings)
        graph.plot(ax, shapes=not settings)
        ax.set_title(title)
    return figure


def network_graphs():
    """Return the graphs of the prediction and of the loss, at some weights."""
    generator = np.random.default_rng(3)
    x = np.array([0.5, -1.0, 2.0])
    W1, W2 = generator.normal(size=(3, 2)).round(1), generator.normal(size=2).round(1)
    graphs = (
        trace(prediction, x=x, W1=W1, W2=W2),
        trace(network_loss, x=x, y=1.0, W1=W1, W2=W2, λ=0.1),
    )
    return [graph.with_parameters("W1", "W2") for graph in graphs]


def main(folder):
    """Print the tables, and save or show the figures."""
    figures = {"units": draw_units()}
    predicted, loss = network_graphs()
    figures["prediction"] = predicted.plot(shapes=True).figure_
    print(loss.forward_trace(), end="\n\n")
    loss.backward()
    print(loss.backward_trace(), end="\n\n")
    print(loss.paths("ℓ", "W1"), end="\n\n")
    figures["loss"] = loss.plot(values=True, derivatives=True).figure_

    of_chain = trace(chain, x=1.0, w1=1.5, w2=-2.0, w3=1.2)
    of_chain = of_chain.with_parameters("w1", "w2", "w3")
    of_chain.backward()
    print(of_chain.paths("ŷ", "w1"))
    figures["chain"] = of_chain.plot(values=True, derivatives=True).figure_
    if folder is None:
        plt.show()
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        figure.savefig(folder / f"graph_of_{name}.png", dpi=120)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw computational graphs.")
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="save the figures")
    main(parser.parse_args().save)

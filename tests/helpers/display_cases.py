"""Data sets, pages and sizes on which every Display is drawn."""

import contextlib

import numpy as np
import pytest
from text_boxes import clipped, overlapping

SIZES = [(4, 3), (10, 8)]
PAGES = ["default", "dark_background"]
# Boxes of text do not depend on the colours, so that each size has one page.
on_every_page = pytest.mark.parametrize(
    ("page", "size"),
    list(zip(PAGES, SIZES, strict=True)),
    ids=["4x3-light", "10x8-dark"],
)


def long_names(n):
    """Return n names of forty letters, which would be bad formulas."""
    return [f"${k} name of a feature that has 40 letters$"[:40] for k in range(n)]


def ten_classes(n_rows=400, n_features=30, seed=0):
    """Return standard normal X, and ten classes with long names that depend on it."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_features))
    weights = rng.normal(size=(n_features, 10)) * (np.arange(n_features)[:, None] < 8)
    y = np.argmax(X @ weights + rng.gumbel(size=(n_rows, 10)), axis=1)
    return X, np.array([f"class number {k} with a long $ name" for k in range(10)])[y]


@contextlib.contextmanager
def new_axes(size, page="default"):
    """Yield the axes of a new figure, and close it."""
    import matplotlib.pyplot as plt

    with plt.style.context(page):
        figure, ax = plt.subplots(figsize=size, layout="constrained")
        try:
            yield ax
        finally:
            plt.close(figure)


def assert_readable(figure):
    """Fail if texts of the figure overlap or are cut."""
    assert overlapping(figure) == []
    assert clipped(figure) == []

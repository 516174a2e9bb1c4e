"""Panels, titles, labels and legends that fit into axes of any size."""

import numpy as np
import pytest
from text_boxes import clipped, overlapping

from skmlp.base.plot_layout import (
    dress,
    label_ends,
    legend_below,
    legend_beside,
    lines_down,
    panels,
    short_names,
    spread,
    style_of,
    wrapped,
)

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


@pytest.fixture
def axes():
    """Return a function that makes one Axes on a figure of a size."""
    import matplotlib.pyplot as plt

    yield lambda size=(4, 3): plt.subplots(figsize=size, layout="constrained")[1]
    plt.close("all")


def test_places_far_apart_stay_where_they_are():
    np.testing.assert_allclose(spread([3.0, 1.0, 2.0], 0.5), [3.0, 1.0, 2.0])


def test_two_places_that_are_too_near_move_by_half_each():
    np.testing.assert_allclose(spread([0.0, 0.2], 1.0), [-0.4, 0.6])


def test_places_keep_order_gap_and_limits(rng):
    for _ in range(50):
        places = rng.uniform(0, 1, 8)
        moved = spread(places, 0.1, 0.0, 1.0)
        assert np.all(np.argsort(moved) == np.argsort(places))
        assert np.diff(np.sort(moved)).min() > 0.1 - 1e-12
        assert moved.min() >= -1e-12
        assert moved.max() <= 1 + 1e-12


def test_spread_moves_as_little_as_least_squares_would(rng):
    from scipy.optimize import minimize

    places = np.sort(rng.uniform(0, 1, 5))
    best = minimize(
        lambda moved: np.sum((moved - places) ** 2),
        places,
        constraints={"type": "ineq", "fun": lambda moved: np.diff(moved) - 0.25},
        method="SLSQP",
        options={"ftol": 1e-14},
    )
    np.testing.assert_allclose(spread(places, 0.25), best.x, atol=1e-6)


def test_the_first_twelve_styles_differ_and_repeat_no_colour_with_its_marker():
    styles = [style_of(k, "white") for k in range(12)]
    assert len({(each["color"], each["marker"]) for each in styles}) == 12
    assert styles[0]["linestyle"] != styles[6]["linestyle"]
    assert style_of(0, "black")["color"] != style_of(0, "white")["color"]


def test_one_axes_is_divided_and_an_array_is_used(axes):
    ax = axes()
    grid = panels(ax, 2, 1, (4, 3), sharex=True)
    assert grid.shape == (2, 1)
    assert {each.figure for each in grid.flat} == {ax.figure}
    assert not ax.axison
    assert panels(grid, 1, 2, (4, 3))[0, 1] is grid[1, 0]
    assert panels(ax, 1, 1, (4, 3))[0, 0] is ax
    assert tuple(panels(None, 1, 2, (5, 2))[0, 0].figure.get_size_inches()) == (5, 2)


def test_axes_that_do_not_suit_are_refused(axes):
    with pytest.raises(ValueError, match="ax has 3 axes, but the display draws 2"):
        panels([axes()] * 3, 1, 2, (4, 3))
    alone = axes().figure.add_axes((0.1, 0.1, 0.5, 0.5))
    with pytest.raises(ValueError, match="ax is not a subplot"):
        panels(alone, 1, 2, (4, 3))


@pytest.mark.parametrize("size", [(4, 3), (10, 8)])
@pytest.mark.parametrize("beside", [False, True])
def test_long_titles_labels_and_names_fit(axes, size, beside):
    ax = axes(size)
    title = "A title that is far too long for axes of this width, and so is wrapped"
    dress(ax, title=title, x="$\\broken (m)", y="a label of the y axis " * 2)
    ax.set_ylim(0, 1)
    names = [f"$name of forty letters, which is long, {k}" for k in range(5)]
    handles = [ax.plot([0, 1], [0, k])[0] for k in range(5)]
    make = legend_beside if beside else legend_below
    legend = make(ax, handles, names, title="_a title of the legend, which is long")
    if beside:
        texts = legend.get_texts()
    else:
        texts = label_ends(ax, [0.5] * 5, names, ["grey"] * 5)
    assert overlapping(ax.figure) == []
    assert clipped(ax.figure) == []
    assert ax.get_title(loc="left").split() == title.split()
    assert [text.get_text().strip() for text in texts] == [f"…{k}" for k in range(5)]
    assert len(legend.get_texts()) == 5
    assert lines_down(ax) > 5


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["short", "names"], ["short", "names"]),
        (["a first name", "the second"], ["a firs…", "the se…"]),
        (["class number 1", "class number 2"], ["…1", "…2"]),
        (["class 10 is long", "class 11 is long"], ["…0 is …", "…1 is …"]),
        (["equal names", "equal names"], ["equal …", "equal …"]),
    ],
)
def test_short_names_differ_if_the_names_do(names, expected):
    assert short_names(names, 7) == expected


def test_an_empty_text_stays_empty():
    assert wrapped("", 10) == ""
    assert wrapped("one two", 4) == "one\ntwo"

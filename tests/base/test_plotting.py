"""Colours that all plots share."""

import numpy as np
import pytest

from skmlp.base.plotting import (
    BLUE,
    RED,
    WHITE,
    axes_or_new,
    colours_on,
    finish,
    inks_on,
    keep_spines,
    luminance,
    root_figure,
)

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


@pytest.mark.parametrize(
    ("colour", "expected"),
    # Luminances of WCAG 2.2: of the primary colours, and ((0.5 + 0.055) / 1.055)^2.4.
    [
        ("black", 0.0),
        ("white", 1.0),
        ("#ff0000", 0.2126),
        ("#00ff00", 0.7152),
        ((0.5, 0.5, 0.5), 0.2140411),
        ((0.02, 0.02, 0.02), 0.02 / 12.92),
    ],
)
def test_luminance_is_that_of_the_guidelines(colour, expected):
    np.testing.assert_allclose(luminance(colour), expected, rtol=1e-6)


def contrast(first, second):
    dark, light = sorted([luminance(first), luminance(second)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("fill", [BLUE, RED])
def test_white_text_is_readable_on_the_fills(fill):
    assert contrast(WHITE, fill) >= 4.5


@pytest.mark.parametrize(
    "page", ["white", "#f7f4ea", "#eaeaf2", "0.75", "black", "#1e1e1e", "#282a36"]
)
def test_inks_are_readable_on_light_and_on_dark_pages(page):
    inks = inks_on(page)
    for colour in (inks.text, inks.soft_text, inks.accent):
        assert contrast(colour, page) >= 4.5
    assert contrast(inks.line, page) >= 3


def test_only_the_named_spines_stay():
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    keep_spines(ax, "left")
    assert [side for side in ax.spines if ax.spines[side].get_visible()] == ["left"]


@pytest.mark.parametrize("page", ["white", "#f7f4ea", "black", "#1e1e1e", "#282a36"])
def test_colours_of_data_differ_from_the_background(page):
    # Graphics need 3 by WCAG 2.2; yellow and light blue on white have markers, too.
    contrasts = [contrast(colour, page) for colour in colours_on(page)]
    assert min(contrasts) > (2 if luminance(page) > 0.18 else 5)


@pytest.mark.parametrize("page", ["white", "#1e1e1e"])
def test_titles_and_labels_are_readable_on_any_page(page):
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    figure = Figure(facecolor=page)
    ax = finish(
        figure.add_subplot(facecolor=page), title="a", x="b (m)", y="c", grid="y"
    )
    figure.draw_without_rendering()
    texts = [text for text in ax.findobj(Text) if text.get_text()]
    assert len(texts) > 8  # and the labels of the ticks
    for text in texts:
        assert contrast(text.get_color(), page) >= 4.5
    assert (ax.get_title(loc="left"), ax.get_xlabel()) == ("a", "b (m)")


def test_axes_that_are_passed_are_used():
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    assert axes_or_new(ax, (4, 3)) is ax
    new = axes_or_new(None, (4, 3))
    assert tuple(new.get_figure().get_size_inches()) == (4, 3)


def test_the_root_figure_is_found_from_parts_of_a_figure():
    from matplotlib.figure import Figure

    figure = Figure()
    part = figure.subfigures(1, 2)[0].subfigures(2, 1)[1]
    assert root_figure(part.add_subplot()) is figure
    assert root_figure(Figure().add_subplot()) is not figure

"""Pictures of graphs with matplotlib: nothing overlaps, and everything is readable."""

import itertools
import subprocess
import sys
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from random_graphs import network, perceptron, random_graph

from skmlp.graph import trace

matplotlib.use("Agg")
EVERYTHING = {"values": True, "derivatives": True, "shapes": True}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def window(artist):
    """Return the box of an artist in points, and less a hair, as (low, high)."""
    box = artist.get_window_extent()
    unit = artist.figure.dpi / 72
    return np.array([box.min, box.max]) / unit + [[0.1], [-0.1]]


def line_of(arrow, ax):
    """Return points on the line of an arrow, in points of the page."""
    curve = arrow._path_original.vertices
    t = np.linspace(0, 1, 15)[:, np.newaxis]
    powers = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    points = np.vstack(
        [
            sum(
                power * point
                for power, point in zip(powers, curve[k : k + 4], strict=True)
            )
            for k in range(0, len(curve) - 1, 3)
        ]
    )
    return ax.transData.transform(points) * 72 / ax.figure.dpi


def assert_nothing_overlaps(display):
    """Compare the boxes of all text and shapes with each other and with all arrows."""
    ax = display.ax_
    ax.figure.canvas.draw()
    shapes = [window(each) for each in display.shapes_]
    signs = [window(each) for each in display.signs_]
    notes = [[window(each) for each in lines] for lines in display.notes_]
    for k, (shape, sign) in enumerate(zip(shapes, signs, strict=True)):
        is_visible = display.shapes_[k].get_facecolor()[3] > 0
        if is_visible:
            assert np.all(shape[0] < sign[0]), display.signs_[k].get_text()
            assert np.all(sign[1] < shape[1]), display.signs_[k].get_text()
    # Each shape with its sign is one thing, each line of the notes another.
    things = [(k, box) for k, box in enumerate(shapes)]
    things += [(k, box) for k, box in enumerate(signs)]
    n_inside = len(things)
    things += [(k, box) for k, lines in enumerate(notes) for box in lines]
    page = np.array([[0, 0], ax.figure.get_size_inches() * 72])
    for _, box in things:
        assert np.all(page[0] <= box[0])
        assert np.all(box[1] <= page[1])
    owner = np.array([k for k, _ in things])
    low, high = np.array([box for _, box in things]).swapaxes(0, 1)
    overlaps = np.all((low[:, np.newaxis] < high) & (low < high[:, np.newaxis]), axis=2)
    is_inside = np.arange(len(things)) < n_inside
    both = is_inside & is_inside[:, np.newaxis]
    overlaps &= ~(both & (owner == owner[:, np.newaxis]))
    np.fill_diagonal(overlaps, False)
    assert not overlaps.any(), [display.signs_[owner[k]] for k in overlaps.nonzero()[0]]
    texts = np.array([box for _, box in things[n_inside:]] or np.zeros((0, 2, 2)))
    for arrow in display.arrows_:
        points = line_of(arrow, ax)[:, np.newaxis]
        inside = np.all((points > texts[:, 0]) & (points < texts[:, 1]), axis=2)
        assert not inside.any()
        # An arrow begins and ends at a shape, and passes by all others.
        boxes = np.array(shapes)
        inside = np.all((points > boxes[:, 0]) & (points < boxes[:, 1]), axis=2)
        assert np.count_nonzero(inside.any(axis=0)) <= 2


@pytest.mark.parametrize("settings", [{}, EVERYTHING], ids=["plain", "everything"])
@pytest.mark.parametrize("direction", ["right", "up"])
@pytest.mark.parametrize("make", [perceptron, network])
def test_nothing_overlaps_in_the_graphs_of_models(make, direction, settings):
    graph = make()
    graph.backward(np.ones(graph.output.shape))
    display = graph.plot(direction=direction, **settings)
    assert_nothing_overlaps(display)
    n_notes = sum(map(len, display.notes_))
    assert n_notes > len(display.shapes_) if settings else n_notes > 0


@pytest.mark.parametrize("n_operations", [3, 8, 15, 25, 35, 45, 55])
def test_nothing_overlaps_in_random_graphs(n_operations):
    graph = random_graph(n_operations, seed=n_operations)
    graph.backward()
    is_up = n_operations % 2 == 0
    display = graph.plot(
        values=n_operations % 3 == 0,
        derivatives=n_operations % 5 == 0,
        direction="up" if is_up else "right",
    )
    assert_nothing_overlaps(display)
    n_operations_drawn = sum(node.kind == "operation" for node in graph.nodes)
    assert len(display.shapes_) > n_operations_drawn


def test_an_overlap_would_be_found():
    display = perceptron().plot()
    display.notes_[-3][0].set_text("a text that is much too long for its place here")
    with pytest.raises(AssertionError):
        assert_nothing_overlaps(display)


@pytest.mark.parametrize("size", [(6, 3), (5, 5), (14, 4)])
@pytest.mark.parametrize("engine", [None, "constrained"])
def test_a_picture_fits_into_the_axes_of_the_user(size, engine):
    import matplotlib.pyplot as plt

    # Letters of few points are rounded to whole pixels, which are small at this dpi.
    figure, axes = plt.subplots(1, 2, figsize=size, layout=engine, dpi=400)
    axes[0].plot([0, 1])
    display = network().plot(axes[1], values=True)
    assert display.ax_ is axes[1]
    assert display.figure_ is figure
    assert_nothing_overlaps(display)
    room = axes[1].get_window_extent()
    for text in display.signs_:
        box = text.get_window_extent()
        assert room.x0 - 1 <= box.x0 < box.x1 <= room.x1 + 1
        assert room.y0 - 1 <= box.y0 < box.y1 <= room.y1 + 1


def test_colours_tell_inputs_parameters_and_operations():
    from matplotlib.colors import to_hex

    display = network().plot()
    colours = {
        text.get_text(): to_hex(shape.get_facecolor())
        for text, shape in zip(display.signs_, display.shapes_, strict=True)
    }
    assert colours["$x$"] == colours["$y$"] == colours[r"$\ell$"] == "#ffffff"
    assert colours["$W_{1}$"] == colours["$W_{2}$"] == "#c0392b"
    assert colours[r"$\bullet$"] == colours[r"$\sigma$"] == "#0072b2"


@pytest.mark.parametrize("style", ["default", "dark_background", "grayscale"])
def test_all_text_is_readable_on_light_and_on_dark_pages(style):
    import matplotlib.pyplot as plt
    from matplotlib.colors import to_rgb

    def luminance(colour):
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in to_rgb(colour)
        ]
        return np.dot([0.2126, 0.7152, 0.0722], linear)

    def contrast(first, second):
        dark, light = sorted([luminance(first), luminance(second)])
        return (light + 0.05) / (dark + 0.05)

    with plt.style.context(style):
        graph = perceptron()
        graph.backward()
        display = graph.plot(**EVERYTHING)
        page = display.figure_.get_facecolor()
    for sign, shape in zip(display.signs_, display.shapes_, strict=True):
        fill = shape.get_facecolor()
        assert contrast(sign.get_color(), fill if fill[3] else page) >= 4.5
        assert contrast(fill if fill[3] else sign.get_color(), page) >= 3 or (
            contrast(shape.get_edgecolor(), page) >= 3
        )
    for note in itertools.chain(*display.notes_):
        assert contrast(note.get_color(), page) >= 4.5
    for arrow in display.arrows_:
        assert contrast(arrow.get_edgecolor(), page) >= 3


def test_values_derivatives_and_shapes_are_written_beside_the_variables():
    graph = trace(lambda x, w: np.sum(x * w), x=np.arange(4.0), w=2.0)
    graph.backward()
    display = graph.plot(values=True, derivatives=True, shapes=True)
    notes = {
        sign.get_text(): [note.get_text() for note in lines]
        for sign, lines in zip(display.signs_, display.notes_, strict=True)
    }
    assert notes["$w$"] == [
        "$w = 2$",
        r"$\partial u_{2}/\partial w = 6$",
    ]
    assert notes["$x$"] == [r"$(4,)$", r"$\partial u_{2}/\partial x:\ (4,)$"]
    assert notes["$u_{2}$"][0] == "$u_{2} = 12$"
    assert notes[r"$\times$"][:2] == ["$u_{1}$", "$(4,)$"]


def test_other_signs_of_operations_are_drawn():
    display = network().plot(operations={"logistic": r"$\varphi$"})
    signs = [text.get_text() for text in display.signs_]
    assert r"$\varphi$" in signs
    assert r"$\sigma$" not in signs


def test_derivatives_are_drawn_only_after_a_backward_pass():
    graph = perceptron()
    with pytest.raises(ValueError, match=r"call graph\.backward\(\) first"):
        graph.plot(derivatives=True)
    graph.backward()
    assert graph.plot(derivatives=True).notes_


def test_bad_arguments_are_refused_before_anything_is_drawn():
    import matplotlib.pyplot as plt

    with pytest.raises(ValueError, match="direction='left' is unknown"):
        perceptron().plot(direction="left")
    with pytest.raises(ValueError, match=r"operations\['tanh'\].*is not mathtext"):
        perceptron().plot(operations={"tanh": r"$\nothing$"})
    assert plt.get_fignums() == []


def test_a_notebook_shows_a_picture_on_white():
    graph = network()
    plain = graph._repr_svg_()
    graph.backward()
    svg = graph._repr_svg_()
    assert svg.count("<!--") > plain.count("<!--")
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "fill: #ffffff" in svg
    assert "fill: #c0392b" in svg
    import matplotlib.pyplot as plt

    assert plt.get_fignums() == []


def test_a_large_graph_is_drawn_only_on_request():
    def function(x):
        for _ in range(160):
            x = x + 1.0
        return x

    assert trace(function, x=1.0)._repr_svg_() is None


def test_without_matplotlib_a_graph_shows_its_text_and_plot_says_what_to_install():
    program = """
import sys
sys.modules["matplotlib"] = None
from skmlp.graph import trace
graph = trace(lambda x: x * x, x=2.0)
assert graph._repr_svg_() is None
assert "x" in repr(graph)
print(graph.forward_trace())
try:
    graph.plot()
except ImportError as error:
    assert 'pip install "skmlp[plot]"' in str(error), error
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_a_constant_as_output_is_drawn_as_well():
    graph = trace(lambda x: 3.0, x=1.0)
    graph.backward()
    display = graph.plot(values=True, derivatives=True)
    assert [text.get_text() for text in display.signs_] == ["$x$", "$3$"]
    assert display.arrows_ == []

"""Panels, titles, labels and legends that fit into axes of any size."""

import textwrap

import numpy as np

from skmlp.base.optional import require
from skmlp.base.plotting import (
    MARKERS,
    colours_on,
    finish,
    inks_on,
    luminance,
    root_figure,
)
from skmlp.base.text import cut

__all__ = ["dress", "label_ends", "legend_below", "legend_beside"]
__all__ += ["letter_size", "letters_across", "short_names"]
__all__ += [
    "lines_down",
    "outside_inks",
    "panels",
    "set_log_scale",
    "spread",
    "style_of",
    "wrapped",
]

# Mean width of a letter, and distance of two lines, divided by the size of the font.
_WIDTH, _LINE = 0.58, 1.35
_LINES = ("-", "--", ":", "-.")


def panels(ax, rows, columns, size, **settings):
    """Return a grid of axes: those of the user, parts of one, or those of a new figure.

    Parameters
    ----------
    ax : matplotlib Axes, array of Axes, or None
        An array must have rows · columns axes. One Axes is divided and hidden.
    rows, columns : int
        Shape of the grid.
    size : tuple of float
        Width and height of a new figure, in inches.
    **settings
        Parameters of the grid, such as `height_ratios`, and `sharex`.

    Returns
    -------
    axes : ndarray of Axes of shape (rows, columns)
    """
    require("matplotlib", "a plot")
    import matplotlib.pyplot as plt

    n_panels = rows * columns
    if isinstance(ax, list | tuple | np.ndarray):
        axes = np.ravel(np.asarray(ax, dtype=object))
        if len(axes) != n_panels:
            raise ValueError(
                f"ax has {len(axes)} axes, but the display draws {n_panels} panels; "
                f"give {n_panels} axes, one to be divided, or None."
            )
        return axes.reshape(rows, columns)
    sharex = settings.pop("sharex", False)
    if ax is None:
        figure = plt.figure(figsize=size, layout="constrained")
        grid = figure.add_gridspec(rows, columns, **settings)
    elif n_panels == 1:
        return np.array([[ax]], dtype=object)
    else:
        place = ax.get_subplotspec()
        if place is None:
            raise ValueError(
                "ax is not a subplot, so it cannot be divided into panels; give axes "
                f"made by plt.subplots(), or an array of {n_panels} axes."
            )
        figure, grid = ax.figure, place.subgridspec(rows, columns, **settings)
        ax.set(xticks=[], yticks=[])
        ax.set_axis_off()
    return grid.subplots(sharex=sharex, squeeze=False)


def letter_size(ax):
    """Return the size of letters, in points, that suits the width of axes."""
    return float(np.clip(4.6 + 1.6 * ax.bbox.width / ax.figure.dpi, 6.5, 10.0))


def letters_across(ax, share=1.0):
    """Return the number of letters that fit into a share of the width of axes."""
    points = 72 * ax.bbox.width / ax.figure.dpi
    return max(6, int(share * points / (_WIDTH * letter_size(ax))))


def lines_down(ax, share=1.0):
    """Return the number of lines of text that fit into a share of the axes' height."""
    points = 72 * ax.bbox.height / ax.figure.dpi
    return max(2, int(share * points / (_LINE * letter_size(ax))))


def wrapped(text, width):
    """Return the text in lines of at most `width` letters; long words are cut."""
    return "\n".join(textwrap.wrap(str(text), width)) or str(text)


def dress(ax, *, title="", x="", y="", grid=None, spines=("left", "bottom"), share=1.0):
    """Call `finish`, with sizes that suit the axes, and wrapped texts.

    `share` is the share of the axes' width that texts may take. No text is read as a
    formula, as it may hold names of the user.
    """
    size = letter_size(ax)
    width = letters_across(ax, share)
    down = max(8, int(0.75 * lines_down(ax) * _LINE / _WIDTH))
    finish(ax, grid=grid, spines=spines, title=wrapped(title, width) if title else "")
    inks = outside_inks(ax)
    ax.set_xlabel(wrapped(x, width) if x else "", color=inks.text, fontsize=size)
    ax.set_ylabel(wrapped(y, down) if y else "", color=inks.text, fontsize=size)
    heading = ax.set_title(ax.get_title(loc="left"), loc="left", fontsize=size)
    for text in (heading, ax.xaxis.label, ax.yaxis.label):
        text.set_parse_math(False)
    ax.tick_params(labelsize=max(6.0, size - 1))
    return ax


def outside_inks(ax):
    """Return the colours of texts outside of the axes, on the figure."""
    page = root_figure(ax).get_facecolor()
    return inks_on(page if luminance(page) < 1 else ax.get_facecolor())


def short_names(names, most):
    """Return names of at most `most` letters that differ if the names do.

    Long names are cut at their end, or, if they differ there only, at their beginning.
    """
    names = list(map(str, names))
    short = [cut(name, most) for name in names]
    if len(set(short)) == len(set(names)):
        return short
    # All names begin as the first and the last in alphabetical order both do.
    pairs = enumerate(zip(min(names), max(names), strict=False))
    common = next((place for place, (a, b) in pairs if a != b), 0)
    return [cut(f"…{name[common:]}" if common > 3 else name, most) for name in names]


def style_of(number, background):
    """Return colour, marker and line style of the class, model or line of a number.

    Colours repeat after six; markers and line styles then differ.
    """
    colours = colours_on(background)
    turn, place = divmod(number, len(colours))
    return {
        "color": colours[place],
        "marker": MARKERS[(place + turn) % len(MARKERS)],
        "linestyle": _LINES[turn % len(_LINES)],
    }


def spread(places, gap, low=-np.inf, high=np.inf):
    """Return places at least `gap` apart, near the given ones and in their order.

    They lie between `low` and `high`, which must be far enough apart for all.
    """
    places = np.asarray(places, dtype=float)
    order = np.argsort(places, kind="stable")
    # Blocks of places that touch: [wanted positions of their first place, members].
    blocks = []
    for index in order:
        blocks.append([[places[index]], [index]])
        while len(blocks) > 1 and _end(blocks[-2], gap) + gap > _start(blocks[-1]):
            wanted, members = blocks.pop()
            shift = gap * len(blocks[-1][1])
            blocks[-1][0] += [each - shift for each in wanted]
            blocks[-1][1] += members
    moved = np.empty(len(places))
    for block in blocks:
        moved[block[1]] = _start(block) + gap * np.arange(len(block[1]))
    lowest = low + gap * np.arange(len(places))
    moved[order] = np.maximum(moved[order], lowest)
    moved[order] = np.minimum(moved[order], high - gap * np.arange(len(places))[::-1])
    return moved


def _start(block):
    """Return the first place of a block: the mean of what its members want."""
    return float(np.mean(block[0]))


def _end(block, gap):
    """Return the last place of a block."""
    return _start(block) + gap * (len(block[1]) - 1)


def label_ends(ax, heights, names, colours, share=0.4):
    """Write names right of the axes, each at the height of the end of its line.

    Heights are in data units, and the limits of the axes must be set. Names that
    would lie on each other are moved apart, with a thin line to their end. Call it
    last, as it needs the height of the axes. Returns the texts: of the first names, if
    there is no room for all.
    """
    size = letter_size(ax) - 1
    most = letters_across(ax, share)
    root_figure(ax).draw_without_rendering()  # the layout sets the height
    gap = _LINE * size / (72 * ax.bbox.height / ax.figure.dpi)
    heights = np.asarray(heights, dtype=float)[: max(1, int(0.4 + 1 / gap))]
    ends = np.column_stack([np.full(len(heights), ax.get_xlim()[1]), heights])
    to_axes = ax.transData + ax.transAxes.inverted()
    starts = np.clip(to_axes.transform(ends)[:, 1], 0, 1)
    texts, names = [], short_names(names, most)
    ends = spread(starts, gap, 0.3 * gap, 1.0 - 0.3 * gap)
    for start, end, name, colour in zip(starts, ends, names, colours, strict=False):
        line = [1.0, 1.03], [start, end]
        ax.plot(*line, color=colour, lw=0.7, transform=ax.transAxes, clip_on=False)
        texts.append(
            ax.text(
                *(1.04, end, name),
                transform=ax.transAxes,
                color=colour,
                fontsize=size,
                va="center",
                parse_math=False,
            )
        )
    return texts


def legend_below(ax, handles, labels, *, title=None, lines=2, most=24, share=1.0):
    """Add a legend below the label of x, in columns that fit; return it.

    `lines` is the number of lines of tick labels and axis label above it; labels are
    cut to `most` letters, or to fewer if the axes are narrow. `share` is the share of
    the axes' width that is sure to be left beside the labels of y.
    """
    from matplotlib.transforms import ScaledTranslation

    size = letter_size(ax) - 1
    across = int(letters_across(ax, share) * letter_size(ax) / size)
    labels = short_names(labels, min(most, max(8, across // 2 - 5)))
    columns = max(1, across // (max(map(len, labels)) + 5))
    down = -(lines * _LINE * letter_size(ax) + 10) / 72
    shift = ScaledTranslation(0, down, root_figure(ax).dpi_scale_trans)
    place = {"bbox_to_anchor": (0, 0), "bbox_transform": ax.transAxes + shift}
    place["ncols"] = min(columns, len(labels))
    return _legend(ax, handles, labels, title, **place)


def legend_beside(ax, handles, labels, *, title=None, share=0.35):
    """Add a legend right of the axes, in one column, and return it.

    `share` is the share of the axes' width that its texts may take.
    """
    most = max(8, letters_across(ax, share))
    labels = short_names(labels, most)
    title = title and wrapped(title, most + 4)
    return _legend(ax, handles, labels, title, bbox_to_anchor=(1.03, 1))


def _legend(ax, handles, labels, title, **place):
    """Add a legend whose upper left corner is at a place, and return it."""
    size = letter_size(ax) - 1
    legend = ax.legend(
        handles,
        # A label that begins with an underscore would be left out.
        [f" {label}" for label in labels],
        loc="upper left",
        borderaxespad=0,
        borderpad=0,
        handlelength=1.4,
        handletextpad=0.3,
        columnspacing=1.2,
        fontsize=size,
        title=title,
        title_fontsize=size,
        alignment="left",
        frameon=False,
        **place,
    )
    inks = outside_inks(ax)
    legend.get_title().set_color(inks.soft_text)
    legend.get_title().set_parse_math(False)
    for text in legend.get_texts():
        text.set_color(inks.text)
        text.set_parse_math(False)
    return legend


def set_log_scale(ax):
    """Set a logarithmic x axis with ticks at plain numbers.

    The fewer powers of ten it spans, the more ticks there are between them.
    """
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, NullLocator

    ax.set_xscale("log")
    least, most = ax.get_xlim()
    if most > 2.5 * least:
        numticks = max(3, letters_across(ax, 0.8) // 8)
        wide, wider = most > 15 * least, most > 300 * least
        steps = (1,) if wider else (1, 2, 5) if wide else (1, 1.5, 2, 3, 5, 7)
        ax.xaxis.set_major_locator(LogLocator(subs=steps, numticks=numticks))
    else:
        ax.xaxis.set_major_locator(MaxNLocator(6, steps=(1, 2, 5, 10)))
        ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter(NullFormatter())

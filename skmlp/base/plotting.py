"""Colours, markers and axes that all plots of the package share."""

from dataclasses import dataclass

from skmlp.base.optional import require

__all__ = ["BLUE", "COLOURS", "GREY", "INK", "LIGHT_GREY", "MARKERS", "PALE", "RED"]
__all__ += ["COLOURS_ON_DARK", "DIVERGING", "SEQUENTIAL", "SOFT_INK", "WHITE", "Inks"]
__all__ += [
    "axes_or_new",
    "colours_on",
    "diverging_on",
    "finish",
    "inks_on",
    "keep_spines",
    "luminance",
]

# Colours of Okabe and Ito (2008), which people with any kind of colour vision can
# distinguish. The markers differ too, for printing without colour.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
# The same hues for dark backgrounds.
COLOURS_ON_DARK = ("#4FA8DC", "#F08A4B", "#2FC49B", "#E39BC4", "#F2BC4B", "#8FD0F5")
# Names of matplotlib's colour maps, readable with any kind of colour vision: for
# numbers from small to large, and for numbers on both sides of zero.
SEQUENTIAL, DIVERGING = "cividis", "PuOr_r"
_DIVERGING_ON_DARK = ("#D3C4F7", "#7A5FC0", "#181818", "#C46A0E", "#FFD08A")
MARKERS = ("o", "s", "D", "^", "v", "P")
# Greys from nearly black, for text, to nearly white, for grids.
INK, SOFT_INK, GREY, LIGHT_GREY = "#222222", "#555555", "#777777", "#999999"
PALE = "#d9d9d9"
# Fills of shapes with white text: 4.5 and more times the luminance of each.
BLUE, RED, WHITE = COLOURS[0], "#C0392B", "#ffffff"


@dataclass(frozen=True)
class Inks:
    """Colours of text and lines on one background.

    Attributes
    ----------
    text, soft_text : str
        Colours of text, and of text of less importance.
    accent : str
        Colour of text that has to be told from the other text.
    line : str
        Colour of lines and arrows.
    """

    text: str
    soft_text: str
    accent: str
    line: str


def luminance(colour):
    """Return the relative luminance of a colour, from 0 (black) to 1 (white).

    The formula is that of the Web Content Accessibility Guidelines 2.2.
    """
    from matplotlib.colors import to_rgb

    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def inks_on(background):
    """Return colours that are readable on a background, which is light or dark."""
    light = luminance(background)
    if light > 0.18:  # where black and white are read equally well
        accent = "#A34A00" if light > 0.7 else "#7A3600"
        return Inks(text=INK, soft_text="#4a4a4a", accent=accent, line="#4a4a4a")
    return Inks(text="#f0f0f0", soft_text="#c4c4c4", accent="#F5B27A", line="#b4b4b4")


def colours_on(background):
    """Return the six colours of data that are readable on a background."""
    return COLOURS if luminance(background) > 0.18 else COLOURS_ON_DARK


def diverging_on(background):
    """Return a colour map for numbers on both sides of zero, which fades into the page.

    It is the name of one of matplotlib, or on dark backgrounds a map of the same hues.
    """
    if luminance(background) > 0.18:
        return DIVERGING
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("diverging_on_dark", _DIVERGING_ON_DARK)


def axes_or_new(ax, size):
    """Return the axes of a plot: `ax` itself, or new ones on a figure of this size.

    Parameters
    ----------
    ax : matplotlib Axes or None
    size : tuple of float
        Width and height of a new figure, in inches.
    """
    require("matplotlib", "a plot")
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=size, layout="constrained")[1]


def root_figure(ax):
    """Return the figure of axes, also of axes in a part of a figure."""
    figure = ax.figure
    while getattr(figure, "_parent", None) is not None:  # parts of a figure have one
        figure = figure._parent
    return figure


def finish(ax, *, title="", x="", y="", grid=None, spines=("left", "bottom")):
    """Set the title, labels, grid and spines of axes, in colours for their background.

    Parameters
    ----------
    ax : matplotlib Axes
    title, x, y : str
        Title, and labels of the two axes with their units.
    grid : {'x', 'y', 'both'} or None
        Axes with a grid of thin lines.
    spines : tuple of str
        Sides that keep their line.
    """
    inks = inks_on(ax.get_facecolor())
    # Titles and labels stand on the figure, which may have another colour.
    figure_colour = root_figure(ax).get_facecolor()
    outside = inks_on(figure_colour) if luminance(figure_colour) < 1 else inks
    ax.set_title(title, loc="left", color=outside.text, fontsize="medium")
    ax.set_xlabel(x, color=outside.text)
    ax.set_ylabel(y, color=outside.text)
    ax.tick_params(colors=outside.soft_text)
    keep_spines(ax, *spines)
    for spine in ax.spines.values():
        spine.set_edgecolor(inks.line)
    if grid is not None:
        ax.grid(axis=grid, color=inks.line, alpha=0.25, linewidth=0.6)
    return ax


def keep_spines(ax, *sides):
    """Hide the spines of `ax` except those on the given sides, such as 'left'."""
    for side, spine in ax.spines.items():
        spine.set_visible(side in sides)
    ax.set_axisbelow(True)

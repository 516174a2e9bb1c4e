"""Colours, markers and axes that all plots of the package share."""

from dataclasses import dataclass

__all__ = ["BLUE", "COLOURS", "GREY", "INK", "LIGHT_GREY", "MARKERS", "PALE", "RED"]
__all__ += ["SOFT_INK", "WHITE", "Inks", "inks_on", "keep_spines", "luminance"]

# Colours of Okabe and Ito (2008), which people with any kind of colour vision can
# distinguish. The markers differ too, for printing without colour.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
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


def keep_spines(ax, *sides):
    """Hide the spines of `ax` except those on the given sides, such as 'left'."""
    for side, spine in ax.spines.items():
        spine.set_visible(side in sides)
    ax.set_axisbelow(True)

"""Colours, markers and axes that all plots of the package share."""

__all__ = ["COLOURS", "GREY", "INK", "LIGHT_GREY", "MARKERS", "PALE", "SOFT_INK"]
__all__ += ["keep_spines"]

# Colours of Okabe and Ito (2008), which people with any kind of colour vision can
# distinguish. The markers differ too, for printing without colour.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = ("o", "s", "D", "^", "v", "P")
# Greys from nearly black, for text, to nearly white, for grids.
INK, SOFT_INK, GREY, LIGHT_GREY = "#222222", "#555555", "#777777", "#999999"
PALE = "#d9d9d9"


def keep_spines(ax, *sides):
    """Hide the spines of `ax` except those on the given sides, such as 'left'."""
    for side, spine in ax.spines.items():
        spine.set_visible(side in sides)
    ax.set_axisbelow(True)

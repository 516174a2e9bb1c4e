"""Texts of a figure that overlap, or that its edges cut."""

from itertools import combinations

_TOLERANCE = 1.0  # pixels


def boxes(figure):
    """Return (text, box) of every visible text that is not empty, in pixels."""
    from matplotlib.text import Text

    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    found, unseen = [], _labels_outside(figure)
    for text in figure.findobj(Text):
        if text in unseen:
            continue
        if not text.get_visible() or not text.get_text().strip():
            continue
        if not all(parent.get_visible() for parent in _parents(text)):
            continue
        box = text.get_window_extent(renderer)
        if box.width > 0 and box.height > 0:
            found.append((text.get_text(), box))
    return found


def _labels_outside(figure):
    """Return the labels of ticks beyond the limits of their axis: none is drawn."""
    found = set()
    for ax in figure.findobj(lambda artist: hasattr(artist, "get_xlim")):
        for axis, at in ((ax.xaxis, 0), (ax.yaxis, 1)):
            low, high = sorted(axis.get_view_interval())
            slack = 1e-9 * (high - low)
            for label in axis.get_ticklabels(which="both"):
                if not ax.axison or not (
                    low - slack <= label.get_position()[at] <= high + slack
                ):
                    found.add(label)
    return found


def _parents(artist):
    """Return the axes and the figures that an artist is drawn in."""
    parents = [artist.axes, artist.figure]
    return [each for each in parents if each is not None]


def overlapping(figure):
    """Return pairs of texts whose boxes overlap by more than a pixel."""
    found = []
    for (first, a), (second, b) in combinations(boxes(figure), 2):
        width = min(a.x1, b.x1) - max(a.x0, b.x0)
        height = min(a.y1, b.y1) - max(a.y0, b.y0)
        if width > _TOLERANCE and height > _TOLERANCE:
            found.append((first, second))
    return found


def clipped(figure):
    """Return texts that reach beyond the edges of the figure."""
    edges = figure.bbox
    return [
        text
        for text, box in boxes(figure)
        if box.x0 < edges.x0 - _TOLERANCE
        or box.y0 < edges.y0 - _TOLERANCE
        or box.x1 > edges.x1 + _TOLERANCE
        or box.y1 > edges.y1 + _TOLERANCE
    ]

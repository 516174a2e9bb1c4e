"""Texts of a figure that overlap, or that its edges cut."""

from itertools import combinations

_TOLERANCE = 1.0  # pixels


def boxes(figure):
    """Return (text, box) of every visible text that is not empty, in pixels."""
    from matplotlib.text import Text

    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    found = []
    for text in figure.findobj(Text):
        if not text.get_visible() or not text.get_text().strip():
            continue
        if not all(parent.get_visible() for parent in _parents(text)):
            continue
        box = text.get_window_extent(renderer)
        if box.width > 0 and box.height > 0:
            found.append((text.get_text(), box))
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

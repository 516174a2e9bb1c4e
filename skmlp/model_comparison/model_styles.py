"""Colours and markers of models: each model has its own in all figures."""

import zlib

from skmlp.base.plotting import COLOURS, MARKERS, colours_on, inks_on
from skmlp.model_comparison.ranking import family

__all__ = ["styles_of"]

# Places of colour and marker of the usual candidates.
_KNOWN = {"LDA": 0, "logistic regression": 1, "MLP": 2, "ridge": 3, "perceptron": 4}


def styles_of(comparison, background):
    """Return {name: style} with colour, marker, face colour and line style.

    The style of a model depends on its name, so that it is equal in all figures; only
    if two models of a comparison would share it, one gets another. A counterpart has
    the colour of the estimator that it is compared with, a hollow marker, and a dashed
    line. The baseline is grey.
    """
    ours_of = {theirs: ours for ours, theirs in comparison.counterparts.items()}
    places = _places(family(comparison))
    colours, grey = colours_on(background), inks_on(background).line
    styles = {}
    for name in comparison.scores:
        if name == comparison.baseline:
            styles[name] = {"color": grey, "marker": "|", "markerfacecolor": grey}
            continue
        turn, place = divmod(places[ours_of.get(name, name)], len(colours))
        colour = colours[place]
        marker = MARKERS[(place + turn) % len(MARKERS)]
        fill = background if name in ours_of else colour
        styles[name] = {"color": colour, "marker": marker, "markerfacecolor": fill}
        if name in ours_of:
            styles[name]["linestyle"] = (0, (3, 2))
    return styles


def _places(names):
    """Return {name: number of its style}; other names than the usual by a hash."""
    places = {name: _KNOWN[name] for name in names if name in _KNOWN}
    n_styles = len(COLOURS) * max(1, -(-len(names) // len(COLOURS)))
    for name in sorted(set(names) - set(places)):
        place = zlib.crc32(name.encode("utf-8", "surrogatepass")) % len(COLOURS)
        while place in places.values():
            place = (place + 1) % n_styles
        places[name] = place
    return places

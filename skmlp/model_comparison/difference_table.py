"""Report the tests of pairs of candidates as lines of text."""

import math
import re
import textwrap

from skmlp.base.text import short_p_value, signed

__all__ = ["difference_lines", "wrapped"]

# Columns that a narrow table leaves out.
_INTERVAL = (2,)
_CHANCES = (4, 5, 6)


def difference_lines(comparison, width, *, verbose=False):
    """Return the lines of the paired differences: of the first place, or of all pairs.

    Where they are wider than `width`, intervals are left out, and then probabilities.
    """
    differences = comparison.pairs()
    n_pairs = len(differences)
    if not verbose:
        best = comparison.ranking()[:1]
        differences = [each for each in differences if [each.first] == best]
    if not differences:
        return []
    for left_out in ((), _INTERVAL, _INTERVAL + _CHANCES):
        lines = _difference_rows(differences, left_out)
        if max(map(len, lines)) <= width:
            break
    holm = f", p by Holm's method over all {n_pairs} pairs" if n_pairs > 1 else ""
    explained = (
        "paired difference, corrected resampled t-test (Nadeau and Bengio 2003)"
        f"{holm}; probabilities that the first is better, equal (within "
        f"{_regions(differences)}) or worse (Benavoli et al. 2017)"
    )
    return [*lines, *wrapped(explained, width).splitlines()]


def _regions(differences):
    """Return the regions of practical equivalence, by metric, as text."""
    ropes = {each.metric: each.rope for each in differences}
    return " and ".join(
        f"±{_fine(rope, rope)} {metric}" for metric, rope in ropes.items()
    )


def _fine(number, rope):
    """Return a number with three decimals, or more or fewer if the rope needs them."""
    if not 1e-6 < rope < 1e6:
        return signed(number)
    size = math.floor(math.log10(rope))
    n_decimals = max(3, -size) if size < -1 else max(0, 1 - size)
    text = f"{abs(number):.{n_decimals}f}"
    return f"−{text}" if number < 0 and float(text) else text


def _difference_rows(differences, left_out):
    """Return aligned lines of the differences, below the metric that they are of.

    `left_out` holds the numbers of the columns that are not shown.
    """
    percent = f"{100 * differences[0].confidence:g} % interval"
    room = [
        max(len(_fine(each.interval[k], each.rope)) for each in differences)
        for k in range(2)
    ]
    rows = []
    for metric in dict.fromkeys(each.metric for each in differences):
        rows.append([metric, *[""] * 6])
        for each in (each for each in differences if each.metric == metric):
            low, high = (_fine(end, each.rope) for end in each.interval)
            p = short_p_value(each.final_p_value).removeprefix("p ").removeprefix("= ")
            rows.append(
                [
                    f"  {each.first} − {each.second}",
                    _fine(each.difference, each.rope),
                    f"{low:>{room[0]}} to {high:>{room[1]}}",
                    p,
                    *(f"{chance:.2f}" for chance in each.probabilities),
                ]
            )
    rows[0][1:] = ["difference", percent, "p", "better", "equal", "worse"]
    columns = list(zip(*rows, strict=True))
    shown = [column for k, column in enumerate(columns) if k not in left_out]
    widths = [max(map(len, column)) for column in shown]
    return [
        "  ".join(
            f"{text:{'>' if column else '<'}{widths[column]}}"
            for column, text in enumerate(row)
        ).rstrip()
        for row in zip(*shown, strict=True)
    ]


def wrapped(text, width):
    """Wrap text at `width`, without a break inside equations and percentages."""
    glued = re.sub(r" ([=<%]) ?", lambda match: match[0].replace(" ", "\xa0"), text)
    return textwrap.fill(glued, width).replace("\xa0", " ")

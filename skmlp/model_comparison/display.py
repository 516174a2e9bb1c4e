"""Draw a comparison as a figure: scores of all folds, and calibration curves."""

import io
import warnings

import numpy as np

from skmlp.base.optional import require
from skmlp.base.plotting import (
    COLOURS,
    GREY,
    INK,
    LIGHT_GREY,
    MARKERS,
    PALE,
    SOFT_INK,
    keep_spines,
)
from skmlp.base.text import signed
from skmlp.model_comparison.ranking import family
from skmlp.model_comparison.report import rows_in_order, shown_metrics, sizes
from skmlp.model_comparison.visible_text import visible_comparison

__all__ = ["draw_comparison", "require_format", "save"]

# The legend of the calibration curves shows the calibration error instead.
_NOT_IN_PANELS = ("calibration_error",)
_MOST_PANELS = 6

# A baseline further from the scores than this many times their range is written only.
_FAR = 0.5

# Bins with fewer predictions, or a smaller share of them, are not drawn: noise.
_MIN_ROWS, _MIN_SHARE = 10, 0.005


def require_format(file):
    """Raise an error unless matplotlib is installed and can write files of this suffix.

    The suffix is that of the path `file`. An empty figure is written into memory, as
    some formats need other programs.
    """
    require("matplotlib", "a plot")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    known = FigureCanvasAgg.get_supported_filetypes()
    if file.suffix.lower().lstrip(".") not in known:
        raise ValueError(
            f"the plot {file} needs a suffix that says its format; use .png, .pdf or "
            ".svg."
        )
    try:
        save(Figure(figsize=(1, 1)), io.BytesIO(), file.suffix.lower()[1:])
    except Exception as error:
        raise ValueError(
            f"the plot {file} cannot be written in this format "
            f"({str(error).partition(chr(10))[0]}); use .png, .pdf or .svg."
        ) from error


def save(figure, file, form=None):
    """Save the figure in a format, which is that of the suffix of `file` if it is None.

    Warnings of letters that the font lacks are suppressed.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(file, dpi=200, format=form)


def draw_comparison(comparison):
    """Return a matplotlib figure of a Comparison, with its own canvas."""
    require("matplotlib", "a plot")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    comparison = visible_comparison(comparison)
    panels = _panels(comparison)
    n_rows = 2 if len(panels) > 3 else len(panels)
    n_columns = -(-len(panels) // n_rows)
    height = 1.5 + n_rows * max(1.4, 0.34 * len(comparison.scores) + 0.75)
    figure = Figure(
        figsize=(3.2 * n_columns + 5.2, max(height, 5.0)), layout="constrained"
    )
    FigureCanvasAgg(figure)
    title, scores_part, curve_part = _subfigures(figure, n_columns)
    _write_title(title, comparison)
    styles = _styles(comparison)
    axes = scores_part.subplots(n_rows, n_columns, sharey=True, squeeze=False)
    for axis in axes.flat[len(panels) :]:
        axis.remove()
    for axis, metric in zip(axes.flat, panels, strict=False):
        _draw_scores(axis, comparison, metric, styles)
    axis = curve_part.subplots()
    if comparison.data.task == "classification":
        _draw_calibration(axis, comparison, styles)
    else:
        _draw_deciles(axis, comparison, styles)
    for text in figure.findobj(Text):
        text.set_parse_math(False)  # a name may contain $
    return figure


def _panels(comparison):
    """Return the metrics of the panels: those of the table, then others."""
    leading = shown_metrics(comparison)
    others = [each for each in comparison.metrics if each not in leading]
    return [
        each
        for each in (*leading, *others)
        if each.name not in _NOT_IN_PANELS
        and not all(
            np.isnan(comparison.scores[name][each.name]).all()
            for name in family(comparison)
        )
    ][:_MOST_PANELS]


def _subfigures(figure, n_columns):
    """Return three subfigures: title (top), scores (left), curves (right)."""
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
    title, body = figure.subfigures(
        2, 1, height_ratios=[0.75, figure.get_figheight() - 0.75]
    )
    scores_part, curve_part = body.subfigures(
        1, 2, width_ratios=[3.2 * n_columns + 0.7, 4.5]
    )
    return title, scores_part, curve_part


def _write_title(part, comparison):
    """Write the name of the data in bold, and below it sizes and folds."""
    name = comparison.data.name
    part.text(0.012, 0.62, name, size=16, weight="bold", color=INK, va="center")
    below = {"size": 10.5, "color": SOFT_INK, "va": "center"}
    part.text(0.012, 0.18, sizes(comparison), **below)


def _styles(comparison):
    """Return {name: style}, with colour, marker, and face colour.

    A counterpart has the colour of the estimator that it is compared with, a hollow
    marker, and a dashed line. The baseline is grey.
    """
    ours_of = {theirs: ours for ours, theirs in comparison.counterparts.items()}
    ours = family(comparison)
    styles = {}
    for name in comparison.scores:
        if name == comparison.baseline:
            styles[name] = {"color": GREY, "marker": "|", "markerfacecolor": GREY}
            continue
        number = ours.index(ours_of.get(name, name))
        colour = COLOURS[number % len(COLOURS)]
        marker = MARKERS[number % len(MARKERS)]
        fill = "white" if name in ours_of else colour
        styles[name] = {"color": colour, "marker": marker, "markerfacecolor": fill}
        if name in ours_of:
            styles[name]["linestyle"] = (0, (3, 2))
    return styles


def _draw_scores(axis, comparison, metric, styles):
    """Draw one metric: per estimator a pale dot per fold, and mean ± deviation."""
    # The vertical jitter has no meaning; it only keeps the dots apart.
    jitter = np.random.default_rng(0).uniform(-0.22, 0.22, comparison.folds.n_folds)
    names = rows_in_order(comparison)
    far = _far_baseline(comparison, metric)
    for row, name in enumerate(names):
        values = comparison.scores[name][metric.name]
        known = ~np.isnan(values)
        missing = "no probabilities" if metric.needs_probabilities else "no score"
        if not known.any() or (name == comparison.baseline and far):
            axis.text(
                *(0.5, row, missing if not known.any() else far),
                transform=axis.get_yaxis_transform(),
                ha="center",
                va="center",
                size=8.5,
                style="italic",
                color=GREY,
            )
            continue
        style = styles[name]
        values, offsets = values[known], row + jitter[known]
        axis.scatter(values, offsets, s=11, color=style["color"], alpha=0.3, lw=0)
        axis.errorbar(
            *(values.mean(), row),
            xerr=values.std(ddof=1) if len(values) > 1 else 0.0,
            markersize=7,
            elinewidth=2,
            capsize=3.5,
            markeredgewidth=1.6,
            zorder=3,
            **style | {"linestyle": "none"},
        )
    axis.set_yticks(range(len(names)), names, parse_math=False)
    axis.set_ylim(len(names) - 0.45, -0.55)
    arrow = "higher is better" if metric.larger_is_better else "lower is better"
    axis.set_title(
        f"{metric.label[0].upper()}{metric.label[1:]}",
        loc="left",
        size=11,
        weight="bold",
        color=INK,
    )
    axis.set_xlabel(arrow, size=8.5, color=SOFT_INK)
    axis.locator_params(axis="x", nbins=5)
    axis.grid(axis="x", color=PALE, linewidth=0.7)
    _style_axes(axis, keep=("bottom",))
    axis.tick_params(axis="y", length=0, labelsize=10)


def _far_baseline(comparison, metric):
    """Return '0.98, further right' for a baseline far from all candidates, else ''.

    Drawn to scale, it would press the candidates together.
    """
    others = [
        scores[metric.name]
        for name, scores in comparison.scores.items()
        if name != comparison.baseline
    ]
    if comparison.baseline is None or np.isnan(others).all():
        return ""
    low, high = np.nanmin(others), np.nanmax(others)
    mean = comparison.summary()[comparison.baseline][metric.name].mean
    reach = _FAR * (high - low)
    if np.isnan(mean) or low - reach <= mean <= high + reach:
        return ""
    side = "left" if mean < low else "right"
    return f"{signed(mean)}, further {side}"


def _curves(comparison):
    """Return pairs (name, calibration curve), in the order of the rows."""
    order = rows_in_order(comparison)
    curves = comparison.curves
    return [(name, curves[name]) for name in order if name in curves]


def _draw_calibration(axis, comparison, styles):
    """Draw accuracy against the mean probability of the predicted class, by bins."""
    axis.plot([0, 1], [0, 1], color=LIGHT_GREY, linewidth=1, linestyle=(0, (4, 3)))
    summary = comparison.summary()
    lowest = 0.5
    for name, curve in _curves(comparison):
        shown = curve[:, curve[0] >= max(_MIN_ROWS, _MIN_SHARE * curve[0].sum())]
        error = summary[name]["calibration_error"].mean
        _draw_curve(axis, shown, styles[name], f"{name} ({error:.3f})")
        lowest = np.min(shown[1:] / shown[0], initial=lowest)
    low = np.floor(20 * lowest) / 20
    # Limits that end at 1 would cut the markers there.
    limits = (low - 0.02, 1.03)
    step = 0.1 if low >= 0.3 else 0.2
    ticks = [tick for tick in 1 - step * np.arange(10) if tick > limits[0]]
    axis.set(xlim=limits, ylim=limits, xticks=ticks, yticks=ticks)
    _label_curve(
        axis,
        "Calibration of the predicted class",
        "mean predicted probability of the predicted class",
        "share of correct predictions",
    )
    if comparison.curves:
        _legend(axis, "calibration error in brackets; larger markers: more rows")


def _draw_deciles(axis, comparison, styles):
    """Draw the mean true value against the mean prediction, by deciles."""
    ends = []
    for name, curve in _curves(comparison):
        shown = curve[:, curve[0] > 0]
        ends += [shown[1] / shown[0], shown[2] / shown[0]]
        _draw_curve(axis, shown, styles[name], name)
    low, high = np.min(np.concatenate(ends)), np.max(np.concatenate(ends))
    margin = 0.06 * (high - low) or 1.0
    limits = (low - margin, high + margin)
    axis.plot(limits, limits, color=LIGHT_GREY, lw=1, linestyle=(0, (4, 3)), zorder=0)
    axis.set(xlim=limits, ylim=limits)
    _label_curve(
        axis,
        "Calibration by deciles of the prediction",
        "mean prediction in a decile",
        "mean true value in that decile",
    )
    _legend(axis, None)


def _draw_curve(axis, curve, style, label):
    """Draw a curve (rows, predicted sums, observed sums) as points and a line."""
    rows, predicted_sum, observed_sum = curve
    x, y = predicted_sum / rows, observed_sum / rows
    line = {"color": style["color"], "linestyle": style.get("linestyle", "-")}
    axis.plot(x, y, linewidth=1.4, alpha=0.8, **line)
    is_hollow = style["markerfacecolor"] == "white"
    axis.scatter(
        x,
        y,
        s=18 + 130 * np.sqrt(rows / rows.sum()),
        marker=style["marker"],
        facecolor="none" if is_hollow else style["color"],
        edgecolor=INK if is_hollow else style["color"],
        linewidth=0.9,
        alpha=0.9,
        zorder=4 if is_hollow else 3,
    )
    # An empty plot, so that the legend shows line and marker together. A label that
    # begins with an underscore would not be in it; `_legend` takes the blank away.
    axis.plot([], [], label=f" {label}", linewidth=1.4, markersize=6.5, **style)


def _label_curve(axis, title, x_label, y_label):
    """Set title, axis labels and grid of the calibration curves."""
    axis.set_aspect("equal", adjustable="box", anchor="N")
    axis.set_title(title, loc="left", size=11, weight="bold", color=INK)
    axis.set_xlabel(x_label, size=9.5, color=INK)
    axis.set_ylabel(y_label, size=9.5, color=INK)
    axis.grid(color=PALE, linewidth=0.7)
    _style_axes(axis, keep=("left", "bottom"))


def _legend(axis, title):
    """Add a legend below the axes, where it hides no curve."""
    handles, labels = axis.get_legend_handles_labels()
    legend = axis.figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=2 if len(labels) <= 4 else 1,
        fontsize=9,
        title=title,
        title_fontsize=8.5,
        frameon=False,
    )
    legend.get_title().set_color(SOFT_INK)
    for text in legend.get_texts():
        text.set_text(text.get_text()[1:])


def _style_axes(axis, keep):
    """Show only the spines in `keep`, in grey."""
    keep_spines(axis, *keep)
    for spine in axis.spines.values():
        spine.set_color(LIGHT_GREY)
    axis.tick_params(colors=INK, labelsize=9)

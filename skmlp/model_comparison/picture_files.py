"""Write figures to files, and check beforehand that this will be possible."""

import io
import warnings

from skmlp.base.optional import require

__all__ = ["require_format", "save"]


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

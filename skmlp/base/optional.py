"""Optional packages: imported when they are needed, and named when they are missing."""

import importlib

__all__ = ["MissingExtraError", "require"]


class MissingExtraError(ImportError):
    """An optional package is not installed; the message says how to get it."""


# The extra that brings a package; all others come with [compare].
_EXTRAS = {"matplotlib": "plot"}


def require(name, purpose):
    """Import an optional module, or raise an error that names the extra it is in.

    Parameters
    ----------
    name : str
        The module.
    purpose : str
        What needs it: the beginning of the message.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise MissingExtraError(
            f"{purpose} needs {package}, which is not installed: "
            f'pip install "skmlp[{_EXTRAS.get(package, "compare")}]"'
        ) from None

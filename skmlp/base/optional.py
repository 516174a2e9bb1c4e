"""Optional packages: imported when they are needed, and named when they are missing."""

import importlib

__all__ = ["MissingExtraError", "require"]


class MissingExtraError(ImportError):
    """An optional package is not installed; the message says how to get it."""


def require(name, purpose):
    """The optional module of that name, or an error that says which extra brings it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise MissingExtraError(
            f"{purpose} needs {package}, which is not installed: "
            'pip install "skmlp[compare]"'
        ) from None

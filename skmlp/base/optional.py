"""Imports of optional packages, with an error that says how to install them."""

import importlib

__all__ = ["MissingExtraError", "require"]


class MissingExtraError(ImportError):
    """Error: an optional package is not installed. It says how to install it."""


# The extra that installs a package; [compare] installs those that are not listed.
_EXTRAS = {"matplotlib": "plot"}


def require(name, purpose):
    """Import and return an optional module.

    Parameters
    ----------
    name : str
        Name of the module.
    purpose : str
        The subject of the error message: what needs the module.

    Raises
    ------
    MissingExtraError
        If it cannot be imported. The message names the extra that installs it.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise MissingExtraError(
            f"{purpose} needs {package}, which is not installed: "
            f'pip install "skmlp[{_EXTRAS.get(package, "compare")}]"'
        ) from None

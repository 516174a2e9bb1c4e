"""Public names of a package whose files are imported on first use."""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["lazy_names"]


def lazy_names(
    package: str, home_of: Mapping[str, str | None]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the functions `__getattr__` and `__dir__` for a package.

    Importing the package then takes almost no time: a file is imported when one of its
    names is used for the first time. Static tools do not see such names, so every
    package also imports them below ``if TYPE_CHECKING``.

    Parameters
    ----------
    package : str
        The package's `__name__`.
    home_of : dict of str to str or None
        The module of each public name, absolute or relative to the package, such as
        ".estimator"; None for a name that is itself a module of the package.

    Returns
    -------
    getattr : callable
        Python calls it for a name that the package does not have yet.
    dir : callable
        `dir(package)` calls it.
    """

    def __getattr__(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = home_of[name]
        if home is None:
            return importlib.import_module(f".{name}", package)
        value = getattr(importlib.import_module(home, package), name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        dunders = [name for name in vars(sys.modules[package]) if name[:2] == "__"]
        return sorted({*dunders, *home_of})

    return __getattr__, __dir__

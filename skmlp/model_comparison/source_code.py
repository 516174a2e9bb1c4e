"""Python source code of values: estimators, with the parameters that were changed."""

import importlib
import inspect
import math

import numpy as np

__all__ = ["NoSourceError", "SourceCode"]

_WIDTH = 88
_MOST_ENTRIES = 1000


class NoSourceError(ValueError):
    """A value that cannot be written as source code, such as a lambda."""


class SourceCode:
    """Writer of Python expressions, which collects the imports that they need.

    Parameters
    ----------
    width : int or float, default=88
        Number of letters from which on a line is broken; infinity: never.

    Attributes
    ----------
    imports : dict of str to set of str
        Module -> names that are imported from it. NumPy is imported as np.
    """

    def __init__(self, width=_WIDTH):
        self.imports = {}
        self.width = width

    def import_lines(self):
        """Return the lines of all imports, sorted."""
        lines = []
        for module, names in sorted(self.imports.items()):
            line = f"from {module} import {', '.join(sorted(names))}"
            if module == "numpy":
                line = "import numpy as np"
            elif len(line) > _WIDTH:
                start = f"from {module} import ("
                line = self.bracketed(start, sorted(names), ")", indent=0)
            lines.append(line)
        return lines

    def use(self, module, name):
        """Import a name from a module; return the name."""
        self.imports.setdefault(module, set()).add(name)
        return name

    def of(self, value, indent=0):
        """Return the source code of a value.

        Raises
        ------
        NoSourceError
            If the value has none: functions without a name, objects of unknown types,
            or very long arrays.
        """
        if isinstance(value, np.generic):  # of which some are floats or texts, too
            return self.of(value.item(), indent)
        if value is None or isinstance(value, (bool, int)):
            return repr(value)
        if isinstance(value, str):
            text = repr(value)
            plain = not {'"', "'", "\\"} & set(text[1:-1])
            return f'"{text[1:-1]}"' if plain else text
        if isinstance(value, float):
            return repr(value) if math.isfinite(value) else f'float("{value}")'
        if isinstance(value, np.ndarray):
            return self._of_array(value, indent)
        if isinstance(value, (list, tuple)):
            return self._of_sequence(value, indent)
        if isinstance(value, dict):
            entries = [
                f"{self.of(key)}: {self.of(each, indent + 4)}"
                for key, each in value.items()
            ]
            return self.bracketed("{", entries, "}", indent)
        if isinstance(value, type) or inspect.isfunction(value):
            return self._name_of(value)
        if hasattr(value, "get_params"):
            return self._of_estimator(value, indent)
        raise NoSourceError(f"{value!r} cannot be written as source code.")

    def bracketed(self, start, entries, end, indent=0, *, room=1):
        """Return entries between brackets: on one line, or each on a line of its own.

        `room` letters, such as a comma, follow or go before on the same line.
        """
        line = f"{start}{', '.join(entries)}{end}"
        if indent + len(line) + room <= self.width and "\n" not in line:
            return line
        blanks = " " * (indent + 4)
        body = "".join(f"{blanks}{each},\n" for each in entries)
        return f"{start}\n{body}{' ' * indent}{end}"

    def _of_array(self, array, indent):
        """Return the source code of a short array."""
        if array.size > _MOST_ENTRIES or array.dtype.kind not in "biufU":
            raise NoSourceError("the array is too long, or of objects.")
        self.imports.setdefault("numpy", set())
        return f"np.array({self.of(array.tolist(), indent)})"

    def _of_sequence(self, values, indent):
        """Return the source code of a list or tuple."""
        entries = [self.of(each, indent + 4) for each in values]
        if isinstance(values, list):
            return self.bracketed("[", entries, "]", indent)
        if len(entries) == 1:
            return f"({entries[0]},)"
        return self.bracketed("(", entries, ")", indent)

    def _of_estimator(self, estimator, indent):
        """Return the call of the constructor, with the parameters that were changed."""
        name = self._name_of(type(estimator))
        parameters = estimator.get_params(deep=False)
        arguments = []
        for key, known in inspect.signature(type(estimator)).parameters.items():
            if key in parameters and not _equal(parameters[key], known.default):
                arguments.append(f"{key}={self.of(parameters[key], indent + 4)}")
        return self.bracketed(f"{name}(", arguments, ")", indent)

    def _name_of(self, named):
        """Import a class or function by its public name; return the name."""
        name, parts = named.__qualname__, named.__module__.split(".")
        for end in range(1, len(parts) + 1):
            module = ".".join(parts[:end])
            if parts[end - 1].startswith("_"):  # also the module that is run
                continue
            try:
                found = getattr(importlib.import_module(module), name, None)
            except ImportError:
                continue
            if found is named:
                return self.use(module, name)
        raise NoSourceError(f"{named!r} cannot be imported by a public name.")


def _equal(value, default):
    """Return True if a parameter has its default value."""
    if value is default:
        return True
    if type(value) is not type(default):
        return False
    if isinstance(value, float) and value != value:
        return default != default
    try:
        return bool(value == default)
    except ValueError:  # arrays
        return np.array_equal(value, default)

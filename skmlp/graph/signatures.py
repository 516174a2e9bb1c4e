"""Arguments of NumPy's functions: operands of a primitive, and its settings."""

import inspect

import numpy as np

from skmlp.graph.errors import refusal

__all__ = ["function_row"]


def function_row(traced, function, settings=(), n_operands=1):
    """Return the function that traces calls of a function of NumPy.

    Parameters
    ----------
    traced : callable
        Primitive, or function of traced arrays, that is called with the operands and
        the settings that differ from their defaults.
    function : callable
        Function of NumPy, whose signature tells the names of the arguments.
    settings : tuple of str
        Arguments that are settings. A call with other arguments raises TracingError.
    n_operands : int, default=1
        Number of arguments at the beginning that are operands.
    """
    parameters = inspect.signature(function).parameters
    names = tuple(parameters)
    defaults = {name: parameters[name].default for name in names}

    def call(*arguments, **keywords):
        given = dict(zip(names, arguments, strict=False)) | keywords
        operands = [given.pop(name) for name in names[:n_operands] if name in given]
        chosen = {}
        for name, value in given.items():
            if value is np._NoValue or value is defaults.get(name, settings):
                continue
            if name not in settings:
                raise refusal(
                    f"np.{function.__name__} with {name}=", "Leave the argument away."
                )
            chosen[name] = value
        return traced(*operands, **chosen)

    return call

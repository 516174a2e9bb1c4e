"""The recipe of a comparison that the command line has made."""

import dataclasses

from skmlp.model_comparison.datasets import BUNDLED
from skmlp.model_comparison.source_code import SourceCode

__all__ = ["recipe_of_data"]

# Option of the command line -> parameter of `read_file`.
_PARAMETERS = {
    "target": "target",
    "task": "task",
    "sep": "sep",
    "decimal": "decimal",
    "thousands": "thousands",
    "encoding": "encoding",
    "na": "missing",
    "sheet": "sheet",
    "drop": "drop",
    "keep": "keep",
    "groups": "groups",
    "time": "time",
}


def recipe_of_data(recipe, arguments):
    """Return the Recipe with the function that reads the data of the arguments.

    A bundled data set comes from its loader in scikit-learn, as an array of numbers.
    """
    if arguments.data in BUNDLED:
        return dataclasses.replace(
            recipe,
            reader=f"sklearn.datasets.{BUNDLED[arguments.data]}",
            arguments=(),
            options={"return_X_y": True},
        )
    given = {
        parameter: getattr(arguments, option)
        for option, parameter in _PARAMETERS.items()
        if getattr(arguments, option) not in (None, [])
    }
    path = SourceCode().of(arguments.data)
    return dataclasses.replace(
        recipe, reader="read_file", arguments=(path,), options=given
    )

"""Functions that trace the functions of NumPy and SciPy."""

from collections.abc import Callable
from typing import Any

__all__ = ["HANDLERS"]

HANDLERS: dict[Any, Callable[..., Any]] = {}
"""The function that traces each function; SciPy's ufuncs are found by their name.

`table` fills it, after all files of derivatives have been read.
"""

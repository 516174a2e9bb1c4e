"""Parameters that take one of several strings: options in order, and misspelt ones."""

from __future__ import annotations

import difflib
from collections import ChainMap
from collections.abc import Collection, Mapping
from typing import Any

from skmlp.base.compat import StrOptions as SklearnStrOptions

__all__ = ["OTHER_NAMES", "StrOptions", "did_you_mean", "listed_options", "use_one_of"]

# Names of options in other libraries, and ours.
OTHER_NAMES = {
    "sigmoid": "logistic",
    "linear": "identity",
    "swish": "silu",
    "step": "sign",
    "mse": "squared_error",
    "mae": "absolute_error",
    "pinball": "quantile",
    "cross_entropy": "log_loss",
    "crossentropy": "log_loss",
}


class StrOptions(SklearnStrOptions):
    """Constraint of a parameter: one of several strings, listed in alphabetical order.

    Parameters
    ----------
    options, *others : collection of str, or dict with str keys
        The strings that are valid. A dict is read whenever a value is checked, so that
        keys added after the constraint was made are valid as well.
    deprecated : set of str or None, default=None
        Options that the error message marks as deprecated.
    """

    def __init__(self, options, *others, deprecated=None):
        tables = (
            each if isinstance(each, Mapping) else dict.fromkeys(sorted(each))
            for each in (options, *others)
        )
        super().__init__(ChainMap(*tables).keys(), deprecated=deprecated)

    def __str__(self):
        """Return scikit-learn's text for the constraint, with sorted options."""
        marked = map(self._mark_if_deprecated, sorted(self.options))
        return f"a str among {{{', '.join(marked)}}}"


def listed_options(options: Collection[str]) -> str:
    """Return the quoted options, joined by commas: sets sorted, others in their order.

    >>> listed_options({"wine", "iris"})
    "'iris', 'wine'"
    """
    ordered = sorted(options) if isinstance(options, set | frozenset) else options
    return ", ".join(map(repr, ordered))


def did_you_mean(
    value: Any, options: Collection[str], aliases: Mapping[str, str] | None = None
) -> str:
    """Return a sentence that names the option most similar to `value`, or ''.

    Parameters
    ----------
    value : object
        What the user passed. Only strings are similar to options; case is ignored.
    options : collection of str
        The valid strings.
    aliases : dict of str to str, default=None
        Other spellings, and the option that each of them stands for.

    Returns
    -------
    hint : str
        It begins with a space, so that it can follow the last sentence of a message.
        It is empty if `value` is no string, or not similar to any option.

    Examples
    --------
    >>> did_you_mean("adm", {"adam", "sgd"})
    " Did you mean 'adam'?"
    >>> did_you_mean("newton", {"adam", "sgd"})
    ''
    """
    if not isinstance(value, str):
        return ""
    meant = {option.casefold(): option for option in sorted(options)}
    meant |= {alias.casefold(): option for alias, option in (aliases or {}).items()}
    similar = difflib.get_close_matches(value.casefold(), meant, n=1)
    return f" Did you mean {meant[similar[0]]!r}?" if similar else ""


def use_one_of(
    complaint: str,
    options: Collection[str],
    *,
    other: str | None = None,
    got: Any = None,
    aliases: Mapping[str, str] | None = None,
) -> str:
    """Return an error message that lists the options and may suggest one of them.

    Parameters
    ----------
    complaint : str
        The beginning of the message: which value is wrong.
    options : collection of str
        The valid strings: a set is sorted, others keep their order.
    other : str, default=None
        What else is valid, in words.
    got : object, default=None
        The value of the user, for which `did_you_mean` looks for a similar option.
    aliases : dict of str to str, default=None
        Other spellings, and the option that each of them stands for.

    Examples
    --------
    >>> use_one_of("cov='robst' is unknown", ("mle", "robust"), got="robst")
    "cov='robst' is unknown; use one of 'mle', 'robust'. Did you mean 'robust'?"
    """
    choice = "one of " if len(options) > 1 else ""
    alternative = f", or {other}" if other else ""
    return (
        f"{complaint}; use {choice}{listed_options(options)}{alternative}."
        f"{did_you_mean(got, options, aliases)}"
    )

"""Lists of the estimators, of installed versions, and of the kernels that run."""

import importlib.metadata
import platform
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from skmlp.base.fit_context import ReferenceKernelsWarning
from skmlp.base.options import use_one_of

__all__ = ["ReferenceKernelsWarning", "all_estimators", "show_versions"]

Kind: TypeAlias = Literal["classifier", "regressor", "transformer"]
_KINDS = ("classifier", "regressor", "transformer")

_PACKAGES = (
    "skmlp",
    "scikit-learn",
    "numpy",
    "scipy",
    "joblib",
    "threadpoolctl",
    "pandas",
    "pyarrow",
    "matplotlib",
    "rich",
)


def all_estimators(
    type_filter: Kind | Sequence[Kind] | None = None,
) -> list[tuple[str, type[Any]]]:
    """Return the names and classes of the estimators of skmlp.

    Parameters
    ----------
    type_filter : {'classifier', 'regressor', 'transformer'}, list of these or None
        Kinds of estimators to return; None for all.

    Returns
    -------
    estimators : list of tuple
        (name, class) of each estimator, sorted by name, as from
        :func:`sklearn.utils.discovery.all_estimators`.

    Examples
    --------
    >>> from skmlp.utils import all_estimators
    >>> [name for name, estimator in all_estimators("regressor")]
    ['MLPRegressor']
    """
    from sklearn.base import (
        BaseEstimator,
        ClassifierMixin,
        RegressorMixin,
        TransformerMixin,
    )

    import skmlp

    mixins = (ClassifierMixin, RegressorMixin, TransformerMixin)
    mixin_of = dict(zip(_KINDS, mixins, strict=True))
    wanted = [type_filter] if isinstance(type_filter, str) else type_filter
    unknown = set(wanted or ()) - set(_KINDS)
    if unknown:
        raise ValueError(
            use_one_of(
                f"type_filter={type_filter!r} is unknown",
                _KINDS,
                other="a list of these, or None",
                got=type_filter,
            )
        )
    public = {name: getattr(skmlp, name) for name in skmlp.__all__}
    return sorted(
        (name, value)
        for name, value in public.items()
        if isinstance(value, type)
        and issubclass(value, BaseEstimator)
        and (wanted is None or issubclass(value, tuple(mixin_of[w] for w in wanted)))
    )


def show_versions() -> None:
    """Print the versions of skmlp and of the packages that it uses, for a bug report.

    Examples
    --------
    >>> from skmlp import show_versions
    >>> show_versions()  # doctest: +ELLIPSIS
    skmlp           ...
    """
    from threadpoolctl import threadpool_info

    from skmlp import _kernels

    for package in _PACKAGES:
        print(f"{package:<15} {_version(package)}")
    print(f"{'python':<15} {platform.python_version()}")
    print(f"{'platform':<15} {platform.platform()}")
    print(f"{'kernels':<15} {_kernels.NAME}")
    for pool in threadpool_info():
        name = f"{pool['internal_api']} {pool.get('version') or ''}".strip()
        print(f"{'threads':<15} {pool['num_threads']} in {name} ({pool['prefix']})")


def _version(package):
    """Return the version of an installed package, or a dash."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "-"

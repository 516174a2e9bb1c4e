"""What is installed, and which kernels run."""

import importlib.metadata
import platform

__all__ = ["show_versions"]

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


def show_versions():
    """Print the versions of skmlp and of what it stands on, for a bug report.

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
    """Version of an installed package, or a dash."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "-"

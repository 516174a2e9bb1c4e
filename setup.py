"""Builds in a temporary folder; all else is in pyproject.toml and setup.cfg.

A build folder beside the sources would stay there: a copy of the package, whose files a
later install takes along even where they have been removed from the sources.
"""

import atexit
import shutil
import tempfile

from setuptools import setup

folder = tempfile.mkdtemp(prefix="skmlp-build-")
atexit.register(shutil.rmtree, folder, ignore_errors=True)
setup(options={"build": {"build_base": folder}})

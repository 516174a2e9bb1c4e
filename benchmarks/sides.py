"""Run the tree's benchmarks in processes of environments with different skmlp builds.

A copy of the benchmarks comes first on the path of each process, then the packages of
its environment. The repository is not on the path, since every side would import the
tree's skmlp from there.
"""

import subprocess
from contextlib import contextmanager
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from shutil import copytree, ignore_patterns
from tempfile import TemporaryDirectory

from benchmarks.revisions import RevisionError, environment_variables, python_command
from benchmarks.workers import Worker, serve

_START = """
import sys
sys.path.insert(0, sys.argv[1])
from benchmarks import sides
sides.answer(int(sys.argv[2]))
"""
_START_SECONDS = 120


@contextmanager
def running(environments):
    """Context manager of {name: Worker} of the environments, stopped at the end."""
    with TemporaryDirectory() as folder:
        here = Path(__file__).parent
        copytree(here, Path(folder) / here.name, ignore=ignore_patterns("__pycache__"))
        workers = {
            name: Worker(partial(_start, environment, folder))
            for name, environment in environments.items()
        }
        try:
            yield workers
        finally:
            for worker in workers.values():
                worker.stop()


def answer(descriptor):
    """Send the path of the imported skmlp, then answer requests."""
    import skmlp

    connection = Connection(descriptor)
    connection.send(skmlp.__file__)
    serve(connection, "ours")


def _start(environment, folder):
    """Start a process of the environment; return its connection and `end`.

    `Worker` describes both.
    """
    connection, theirs = Pipe()
    descriptor = theirs.fileno()
    process = subprocess.Popen(
        python_command(environment.python, "-c", _START, folder, str(descriptor)),
        pass_fds=[descriptor],
        cwd=folder,
        env=environment_variables(),
    )
    theirs.close()

    def end(seconds):
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    try:
        if not connection.poll(_START_SECONDS):
            raise RevisionError(f"{environment.origin}: its process does not answer")
        package = Path(connection.recv()).parent
        if not package.samefile(environment.package):
            raise RevisionError(
                f"{environment.origin}: the process imported {package}, "
                f"not {environment.package}"
            )
    except EOFError:
        end(5)
        raise RevisionError(f"{environment.origin}: its process ended early") from None
    except RevisionError:
        end(0)
        raise
    return connection, end

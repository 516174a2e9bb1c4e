"""Runs of the command line in other processes, with pipes or on a terminal."""

import os
import select
import subprocess
import sys

# -P: the package that this suite imports, not one in the working folder.
COMMAND = [sys.executable, "-P", "-m", "skmlp"]
QUICK = ["--cv", "2", "--repeats", "1"]


def run(*arguments, **options):
    """Run skmlp in a process; return it, with its output as text."""
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, check=False, **options
    )


def on_a_terminal(arguments, columns=120):
    """Run skmlp on a pseudo-terminal; return (its output, its exit status)."""
    import fcntl
    import pty
    import struct
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(leader, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = os.environ | {"TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=environment,
    )
    os.close(follower)
    shown = b""
    while select.select([leader], [], [], 60)[0]:
        try:
            shown += os.read(leader, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
    os.close(leader)
    return shown.decode(), process.wait()

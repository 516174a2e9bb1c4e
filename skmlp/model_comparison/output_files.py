"""Output files of a comparison: paths are tried before the fits, and written after."""

import contextlib
import errno
import io
import os
import secrets
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["OutputFile", "output_files", "temporary_file", "write_files"]

# Errors after which a file is written in place: its folder takes no new files, or a
# file that is in use, or that is mounted alone, cannot be replaced.
_WRITE_IN_PLACE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV}


@dataclass(frozen=True)
class OutputFile:
    """Path that an option of the command line names, such as the one of --json."""

    option: str
    path: Path

    def __str__(self):
        return f"--{self.option} {self.path}"

    @property
    def target(self):
        """Path without symbolic links: a link stays, and its file is written."""
        return Path(os.path.realpath(self.path))

    @property
    def stream(self):
        """Standard output or standard error if the path leads there, else None.

        Opened anew, a file to which these are redirected would lose what is in it.
        """
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                if os.path.samestat(os.fstat(stream.fileno()), os.stat(self.path)):
                    return stream
        return None

    def try_to_write(self):
        """Raise ValueError or OSError if the file cannot be written; change nothing."""
        try:
            if self.path.is_dir():
                raise ValueError(f"{self} is a directory; name a file in it.")
            if not self.path.parent.is_dir():
                raise ValueError(
                    f"there is no directory {self.path.parent} for --{self.option}; "
                    "create it first."
                )
            if self.stream is None:
                _try_to_open(self.target)
        except OSError as error:
            raise OSError(
                f"{self} cannot be written ({error.strerror or error}); name another "
                "file."
            ) from error

    def write(self, content):
        """Write bytes; an old file is replaced in one step, where that is possible."""
        stream = self.stream
        if stream is not None:
            stream.flush()
            stream.buffer.write(content)
            stream.buffer.flush()
            return
        target = self.target
        if target.exists() and not target.is_file():  # a pipe or a device
            target.write_bytes(content)
            return
        try:
            _replace(target, content)
        except OSError as error:
            if error.errno not in _WRITE_IN_PLACE or not target.exists():
                raise
            target.write_bytes(content)


def _try_to_open(path):
    """Raise OSError if a file cannot be written; it keeps its content and its times.

    A new file is made, and removed again. A pipe or a device is not opened, since that
    may wait for a reader.
    """
    if not os.path.lexists(path):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        os.unlink(path)
        return
    kind = os.stat(path).st_mode
    if stat.S_ISREG(kind):
        os.close(os.open(path, os.O_WRONLY))
    elif stat.S_ISSOCK(kind):
        raise OSError(errno.ENXIO, "it is a socket")
    elif not os.access(path, os.W_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))


def _replace(path, content):
    """Write bytes into a new file beside `path`, which then takes its place.

    Permissions and the owner of an old file are kept.
    """
    temporary = path.with_name(f".skmlp-{secrets.token_hex(8)}")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            old = path.stat()
            with contextlib.suppress(OSError, AttributeError):  # not on Windows
                os.chown(temporary, old.st_uid, old.st_gid)
            os.chmod(temporary, stat.S_IMODE(old.st_mode))
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def output_files(arguments):
    """Return the OutputFiles that the arguments name; each of them has been tried.

    Raises
    ------
    ValueError, OSError or ImportError
        If a file cannot be written, if its format is unknown, or if it is the file of
        the data or of another option.
    """
    files = []
    for option in ("plot", "json", "snippet"):
        path = getattr(arguments, option)
        if path is not None:
            files.append(OutputFile(option, path))
    for number, file in enumerate(files):
        file.try_to_write()
        _require_own(file, files[:number], arguments.data)
        if file.option == "plot":
            from skmlp.model_comparison.picture_files import require_format

            require_format(file.path)
    return files


def _require_own(file, others, data):
    """Raise ValueError if a file is that of the data, or that of another option."""
    if not (file.target.is_file() or not file.target.exists()):
        return  # /dev/null and pipes may be named twice
    for other in others:
        if _is_same(file.target, other.target):
            raise ValueError(
                f"--{other.option} and --{file.option} both name {file.path}; name two "
                "files."
            )
    from skmlp.model_comparison.datasets import BUNDLED
    from skmlp.model_comparison.table_files import STANDARD_INPUT

    is_data = False
    if data == STANDARD_INPUT:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            is_data = os.path.samestat(
                os.fstat(sys.stdin.fileno()), os.stat(file.target)
            )
    elif data not in BUNDLED:
        is_data = _is_same(file.target, Path(data))
    if is_data:
        raise ValueError(f"{file} is the file of the data; name another file.")


def _is_same(first, second):
    """Return True if two paths lead to one file, by links or by another spelling."""
    with contextlib.suppress(OSError, ValueError):
        return os.path.samefile(first, second)
    return os.path.normcase(os.path.realpath(first)) == os.path.normcase(
        os.path.realpath(second)
    )


def write_files(files, comparison):
    """Write all files; return a message for each that could not be written.

    The content of such a file is kept in the folder for temporary files, which the
    message names.
    """
    messages = []
    for file in files:
        content = None
        try:
            content = _content(file, comparison)
            file.write(content)
        except BrokenPipeError:
            if file.stream is not None:
                raise  # the report cannot be printed either
            messages.append(f"{file}: the reader has closed the pipe")
        except Exception as error:  # whatever it is, the rest must not be lost
            reason = getattr(error, "strerror", None) or error or type(error).__name__
            kept = "" if content is None else _kept(file, content)
            messages.append(f"{file} could not be written ({reason}){kept}")
    return messages


def _content(file, comparison):
    """Return the bytes of an output file."""
    if file.option == "plot":
        from skmlp.model_comparison.display import draw_comparison
        from skmlp.model_comparison.picture_files import save

        buffer = io.BytesIO()
        save(draw_comparison(comparison), buffer, file.path.suffix.lower()[1:])
        return buffer.getvalue()
    is_json = file.option == "json"
    text = comparison.to_json() + "\n" if is_json else comparison.snippet_
    return text.encode("utf-8", "backslashreplace")


def _kept(file, content):
    """Keep bytes in a temporary file, or else print text to standard output.

    Return words that say where they are.
    """
    name = temporary_file(content, file.path.suffix)
    if name is not None:
        return f"; its content is in {name}"
    if file.option == "plot":
        return ""
    print(content.decode())
    return "; its content is on standard output"


def temporary_file(content, suffix):
    """Write bytes into a new temporary file; return its name, None if that fails."""
    name = None
    try:
        descriptor, name = tempfile.mkstemp(suffix, "skmlp-")
        with open(descriptor, "wb") as temporary:
            temporary.write(content)
    except OSError:
        with contextlib.suppress(OSError, TypeError):
            os.unlink(name)
        return None
    return name

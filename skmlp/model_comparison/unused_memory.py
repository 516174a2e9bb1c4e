"""Return memory that is not needed any more to the operating system."""

import sys

__all__ = ["release_unused_memory"]


def release_unused_memory():
    """Let pyarrow, in which pandas keeps texts, return the memory of deleted ones."""
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is not None:
        pyarrow.default_memory_pool().release_unused()

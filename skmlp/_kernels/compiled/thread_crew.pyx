# cython: language_level=3
"""Threads that share the parts of a batch.

The functions of c/thread_crew.c are built into this module alone; the others reach them
through a `Crew`.
"""


cdef class Crew:
    """A group of threads: one that trains, and helpers that share its batches."""

    def __cinit__(self):
        self.crew = skmlp_new_crew()
        if self.crew == NULL:
            raise MemoryError("There is not enough memory for a crew of threads.")

    def __dealloc__(self):
        skmlp_free_crew(self.crew)

    def help(self):
        """Take parts of batches until there have been none for a while."""
        with nogil:
            skmlp_help(self.crew)

    def end(self):
        """Make all helper threads return from `help`."""
        skmlp_end_crew(self.crew)

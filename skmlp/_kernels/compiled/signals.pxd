"""Signals that arrive while a kernel works without the GIL: see c/signals.h.

A kernel calls `begin(&signals)`, passes the struct to C, and calls `reraise` with the
error that C returned.
"""


cdef extern from "signals.h" nogil:
    ctypedef struct skmlp_signals:
        pass
    enum:
        SKMLP_STOPPED
    void skmlp_begin_signals(skmlp_signals*, int (*)() noexcept)

cdef extern from "Python.h":
    int PyErr_CheckSignals() except -1


cdef inline int ask() except -1 with gil:
    """Call the handlers of signals; return 0 if this thread has no need to ask again."""
    PyErr_CheckSignals()
    from skmlp._kernels.shared_work import asks_again

    return asks_again()


cdef inline int begin(skmlp_signals* signals) noexcept:
    """Let a kernel that the calling thread runs look for signals."""
    skmlp_begin_signals(signals, <int (*)() noexcept nogil>ask)
    return 0


cdef inline int reraise(int error) except? -1:
    """Propagate the exception of a handler, if it stopped the kernel."""
    return -1 if error == SKMLP_STOPPED else 0

cdef extern from "thread_crew.h" nogil:
    enum: SKMLP_MOST_PARTS
    ctypedef struct skmlp_crew:
        pass
    skmlp_crew* skmlp_new_crew()
    void skmlp_free_crew(skmlp_crew*)
    void skmlp_help(skmlp_crew*)
    void skmlp_end_crew(skmlp_crew*)


cdef class Crew:
    cdef skmlp_crew* crew

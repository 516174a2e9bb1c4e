/* Ends the functions of one type: see both_types.h. */
#undef REAL
#undef NAME
#undef R
#undef SQRT
#undef SKMLP_DOUBLE
#undef SKMLP_LAST_TYPE

/* Reads the file SKMLP_THIS_FILE for float; the same file then goes on for double.

   A header with functions for both types has two parts. The first, inside its include
   guard, includes what the functions need, defines what has no type, and ends with this
   file. The second, inside #ifdef REAL, holds the functions. It is read twice: from here
   for float, then for double, because this file leaves REAL defined as double. So an
   editor that opens the header alone sees its functions for double. In them

   REAL              float or double
   NAME(x)           x_f32 or x_f64
   R(constant)       the constant in that type
   SQRT              sqrtf or sqrt
   SKMLP_DOUBLE      0 or 1
   SKMLP_LAST_TYPE   1 in the second reading, when the functions of both types exist:
                     the place of a function that takes the type as an argument

   end_of_type.h, the last line of the second part, undefines these. There is no include
   guard here: every header with functions for both types includes this file once. */
#ifdef SKMLP_THIS_FILE

#define REAL float
#define NAME(x) x##_f32
#define R(constant) ((float)(constant))
#define SQRT sqrtf
#define SKMLP_DOUBLE 0
#define SKMLP_LAST_TYPE 0
#include SKMLP_THIS_FILE

#define REAL double
#define NAME(x) x##_f64
#define R(constant) ((double)(constant))
#define SQRT sqrt
#define SKMLP_DOUBLE 1
#define SKMLP_LAST_TYPE 1
#undef SKMLP_THIS_FILE

#endif

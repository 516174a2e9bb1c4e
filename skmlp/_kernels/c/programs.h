/* Programs: functions of users as short lists of operations, run block by block.

   A program has registers. The first hold its inputs, the next its constants; operations
   write the others. A wide register has `width` numbers a row, a narrow one has one.
   An operation is (code, target, a, b, c); it never writes to an input, to a constant or
   to one of its operands. The twin is reference/programs.py.

   A new operation is one line in SKMLP_OPERATIONS, with its number of operands and its
   formula, and one line in the twin. */
#ifndef SKMLP_PROGRAMS_H
#define SKMLP_PROGRAMS_H

#include "logarithms.h"
#include "signals.h"

/* X(code, name, operands, value): applied to every number; x, y, z are the operands.
   The names are those of NumPy and SciPy. Values are vectorised by the compiler. */
#define SKMLP_ELEMENTWISE_OPERATIONS(X)                                               \
    X(SKMLP_DO_COPY, "positive", 1, x)                                                \
    X(SKMLP_DO_NEGATIVE, "negative", 1, -x)                                           \
    X(SKMLP_DO_ABSOLUTE, "absolute", 1, x < 0 ? -x : (x == 0 ? R(0) : x))             \
    X(SKMLP_DO_SIGN, "sign", 1, x > 0 ? R(1) : (x < 0 ? R(-1) : x))                   \
    X(SKMLP_DO_SQUARE, "square", 1, x * x)                                            \
    X(SKMLP_DO_SQRT, "sqrt", 1, SQRT(x))                                              \
    X(SKMLP_DO_RECIPROCAL, "reciprocal", 1, R(1) / x)                                 \
    X(SKMLP_DO_EXP, "exp", 1, NAME(exponential)(x))                                   \
    X(SKMLP_DO_EXPM1, "expm1", 1, NAME(expm1)(x))                                     \
    X(SKMLP_DO_LOG, "log", 1, NAME(logarithm)(x))                                     \
    X(SKMLP_DO_LOG1P, "log1p", 1, NAME(logarithm_of_one_plus)(x))                     \
    X(SKMLP_DO_TANH, "tanh", 1, NAME(hyperbolic_tangent)(x))                          \
    X(SKMLP_DO_EXPIT, "expit", 1, NAME(logistic)(x))                                  \
    X(SKMLP_DO_SOFTPLUS, "softplus", 1, NAME(softplus)(x))                            \
    X(SKMLP_DO_ERF, "erf", 1, NAME(error_function)(x))                                \
    X(SKMLP_DO_ERFC, "erfc", 1, NAME(complementary_error_function)(x))                \
    X(SKMLP_DO_LOGICAL_NOT, "logical_not", 1, x == 0 ? R(1) : R(0))                   \
    X(SKMLP_DO_ISNAN, "isnan", 1, x != x ? R(1) : R(0))                               \
    X(SKMLP_DO_ISFINITE, "isfinite", 1, x - x == 0 ? R(1) : R(0))                     \
    X(SKMLP_DO_ADD, "add", 2, x + y)                                                  \
    X(SKMLP_DO_SUBTRACT, "subtract", 2, x - y)                                        \
    X(SKMLP_DO_MULTIPLY, "multiply", 2, x * y)                                        \
    X(SKMLP_DO_DIVIDE, "divide", 2, x / y)                                            \
    X(SKMLP_DO_MAXIMUM, "maximum", 2, x > y || x != x ? x : y)                        \
    X(SKMLP_DO_MINIMUM, "minimum", 2, x < y || x != x ? x : y)                        \
    X(SKMLP_DO_FMAX, "fmax", 2, x > y || y != y ? x : y)                              \
    X(SKMLP_DO_FMIN, "fmin", 2, x < y || y != y ? x : y)                              \
    X(SKMLP_DO_LOGADDEXP, "logaddexp", 2, NAME(log_of_sum)(x, y))                     \
    X(SKMLP_DO_GREATER, "greater", 2, x > y ? R(1) : R(0))                            \
    X(SKMLP_DO_GREATER_EQUAL, "greater_equal", 2, x >= y ? R(1) : R(0))               \
    X(SKMLP_DO_EQUAL, "equal", 2, x == y ? R(1) : R(0))                               \
    X(SKMLP_DO_NOT_EQUAL, "not_equal", 2, x != y ? R(1) : R(0))                       \
    X(SKMLP_DO_LOGICAL_AND, "logical_and", 2, x != 0 && y != 0 ? R(1) : R(0))         \
    X(SKMLP_DO_LOGICAL_OR, "logical_or", 2, x != 0 || y != 0 ? R(1) : R(0))           \
    X(SKMLP_DO_LOGICAL_XOR, "logical_xor", 2, (x != 0) != (y != 0) ? R(1) : R(0))     \
    X(SKMLP_DO_WHERE, "where", 3, x != 0 ? y : z)

/* The same, by functions of C's library, number by number. */
#define SKMLP_LIBRARY_OPERATIONS(X)                                                   \
    X(SKMLP_DO_FLOOR, "floor", 1, LIBRARY(floor)(x))                                  \
    X(SKMLP_DO_CEIL, "ceil", 1, LIBRARY(ceil)(x))                                     \
    X(SKMLP_DO_TRUNC, "trunc", 1, LIBRARY(trunc)(x))                                  \
    X(SKMLP_DO_RINT, "rint", 1, LIBRARY(rint)(x))                                     \
    X(SKMLP_DO_CBRT, "cbrt", 1, LIBRARY(cbrt)(x))                                     \
    X(SKMLP_DO_EXP2, "exp2", 1, LIBRARY(exp2)(x))                                     \
    X(SKMLP_DO_LOG2, "log2", 1, LIBRARY(log2)(x))                                     \
    X(SKMLP_DO_LOG10, "log10", 1, LIBRARY(log10)(x))                                  \
    X(SKMLP_DO_SIN, "sin", 1, LIBRARY(sin)(x))                                        \
    X(SKMLP_DO_COS, "cos", 1, LIBRARY(cos)(x))                                        \
    X(SKMLP_DO_TAN, "tan", 1, LIBRARY(tan)(x))                                        \
    X(SKMLP_DO_ARCSIN, "arcsin", 1, LIBRARY(asin)(x))                                 \
    X(SKMLP_DO_ARCCOS, "arccos", 1, LIBRARY(acos)(x))                                 \
    X(SKMLP_DO_ARCTAN, "arctan", 1, LIBRARY(atan)(x))                                 \
    X(SKMLP_DO_SINH, "sinh", 1, LIBRARY(sinh)(x))                                     \
    X(SKMLP_DO_COSH, "cosh", 1, LIBRARY(cosh)(x))                                     \
    X(SKMLP_DO_ARCSINH, "arcsinh", 1, LIBRARY(asinh)(x))                              \
    X(SKMLP_DO_ARCCOSH, "arccosh", 1, LIBRARY(acosh)(x))                              \
    X(SKMLP_DO_ARCTANH, "arctanh", 1, LIBRARY(atanh)(x))                              \
    X(SKMLP_DO_POWER, "power", 2, LIBRARY(pow)(x, y))                                 \
    X(SKMLP_DO_ARCTAN2, "arctan2", 2, LIBRARY(atan2)(x, y))                           \
    X(SKMLP_DO_HYPOT, "hypot", 2, LIBRARY(hypot)(x, y))                               \
    X(SKMLP_DO_REMAINDER, "remainder", 2, NAME(remainder_of_floor)(x, y))

/* X(code, name): from a wide register to a narrow one; the last one the other way. */
#define SKMLP_ROW_OPERATIONS(X)                                                       \
    X(SKMLP_DO_ROW_SUM, "row_sum")                                                    \
    X(SKMLP_DO_ROW_MAX, "row_max")                                                    \
    X(SKMLP_DO_ROW_MIN, "row_min")                                                    \
    X(SKMLP_DO_SPREAD, "spread")

#define SKMLP_CODE(code, ...) code,
#define SKMLP_NAME(code, name, ...) name,
#define SKMLP_OPERANDS(code, name, operands, value) operands,
enum {
    SKMLP_ELEMENTWISE_OPERATIONS(SKMLP_CODE) SKMLP_LIBRARY_OPERATIONS(SKMLP_CODE)
    SKMLP_ROW_OPERATIONS(SKMLP_CODE) SKMLP_N_OPERATIONS
};
SKMLP_UNUSED static const char *const skmlp_operations[] = {
    SKMLP_ELEMENTWISE_OPERATIONS(SKMLP_NAME) SKMLP_LIBRARY_OPERATIONS(SKMLP_NAME)
    SKMLP_ROW_OPERATIONS(SKMLP_NAME)};
SKMLP_UNUSED static const unsigned char skmlp_operands[] = {
    SKMLP_ELEMENTWISE_OPERATIONS(SKMLP_OPERANDS)
    SKMLP_LIBRARY_OPERATIONS(SKMLP_OPERANDS) 1, 1, 1, 1};
#undef SKMLP_CODE
#undef SKMLP_NAME
#undef SKMLP_OPERANDS

enum {
    SKMLP_PROGRAM_COLUMNS = 5,    /* of `code` */
    SKMLP_PROGRAM_BLOCK = 512,    /* numbers of a wide register, if a row has fewer */
    SKMLP_MAX_REGISTERS = 1024,
};

/* `n_value_operations` operations are enough for the first output, the value. */
typedef struct {
    const int32_t *code;     /* (n_operations, SKMLP_PROGRAM_COLUMNS) */
    const int32_t *is_wide;  /* (n_registers,) */
    const double *constants; /* (n_constants, width); narrow ones are in column 0 */
    const int32_t *outputs;  /* (2,): the registers of value and derivative */
    int64_t n_operations, n_value_operations, n_registers, n_inputs, n_constants, width;
} skmlp_program;

static inline int skmlp_register_exists(const skmlp_program *program, int64_t number)
{
    return number >= 0 && number < program->n_registers;
}

static inline int skmlp_output_is_written(
    const skmlp_program *program, const unsigned char *written, int output)
{
    int32_t number = program->outputs[output];
    return skmlp_register_exists(program, number) && written[number];
}

/* Returns 1 if every operation has a code and registers that exist, of the right kinds,
   no register is read before it is written, and none writes to an input, to a constant or
   to one of its operands. */
SKMLP_UNUSED static int skmlp_program_is_valid(const skmlp_program *program)
{
    int64_t first = program->n_inputs + program->n_constants;
    unsigned char written[SKMLP_MAX_REGISTERS];
    if (program->width < 1 || program->n_inputs < 1 || program->n_constants < 0
        || program->n_registers > SKMLP_MAX_REGISTERS || first > program->n_registers
        || program->n_value_operations < 0
        || program->n_value_operations > program->n_operations)
        return 0;
    for (int64_t i = 0; i < program->n_inputs; i++)
        if (!program->is_wide[i]) return 0;
    for (int64_t i = 0; i < program->n_registers; i++) written[i] = i < first;
    if (program->n_value_operations == 0 && !skmlp_output_is_written(program, written, 0))
        return 0;
    for (int64_t number = 0; number < program->n_operations; number++) {
        const int32_t *each = program->code + number * SKMLP_PROGRAM_COLUMNS;
        if (each[0] < 0 || each[0] >= SKMLP_N_OPERATIONS) return 0;
        if (!skmlp_register_exists(program, each[1]) || each[1] < first) return 0;
        int wide = program->is_wide[each[1]] != 0;
        for (int operand = 0; operand < skmlp_operands[each[0]]; operand++) {
            int32_t source = each[2 + operand];
            if (!skmlp_register_exists(program, source) || source == each[1]
                || !written[source])
                return 0;
            int source_is_wide = program->is_wide[source] != 0;
            if (each[0] < SKMLP_DO_ROW_SUM ? source_is_wide != wide
                                        : source_is_wide == wide
                        || source_is_wide == (each[0] == SKMLP_DO_SPREAD))
                return 0;
        }
        written[each[1]] = 1;
        if (number + 1 == program->n_value_operations
            && !skmlp_output_is_written(program, written, 0))
            return 0;
    }
    return skmlp_output_is_written(program, written, 0)
        && skmlp_output_is_written(program, written, 1);
}

/* Returns the rows of a block, of which a wide register holds all numbers. */
static inline int64_t skmlp_program_rows(const skmlp_program *program)
{
    int64_t rows = SKMLP_PROGRAM_BLOCK / program->width;
    return rows > 1 ? rows : 1;
}

/* Returns how many numbers the registers of a program take, the inputs' left out, or a
   number that cannot be allocated. */
SKMLP_UNUSED static int64_t skmlp_program_size(const skmlp_program *program)
{
    if (program->width > (int64_t)1 << 40) return (int64_t)1 << 60;
    int64_t registers = program->n_registers - program->n_inputs;
    return registers * skmlp_program_rows(program) * program->width;
}

#define SKMLP_THIS_FILE "programs.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

#if SKMLP_DOUBLE
#define LIBRARY(function) function
#else
#define LIBRARY(function) function##f
#endif

/* log(e^x + e^y). */
SKMLP_INLINE REAL NAME(log_of_sum)(REAL x, REAL y)
{
    REAL larger = x > y || x != x ? x : y, gap = x > y ? x - y : y - x;
    gap = x == y ? 0 : gap; /* infinities, too */
    return larger + NAME(log_one_plus)(NAME(exponential)(-gap));
}

/* x − y·floor(x / y), with the sign of y. */
SKMLP_INLINE REAL NAME(remainder_of_floor)(REAL x, REAL y)
{
    REAL rest = LIBRARY(fmod)(x, y);
    return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

/* A program with its registers; those of constants are filled. */
typedef struct {
    const skmlp_program *program;
    REAL *memory;
} NAME(machine);

static REAL *NAME(own_register)(const NAME(machine) *machine, int64_t number)
{
    const skmlp_program *program = machine->program;
    int64_t size = skmlp_program_rows(program) * program->width;
    return machine->memory + (number - program->n_inputs) * size;
}

/* Prepares a program; `memory` holds skmlp_program_size numbers. */
static void NAME(open_machine)(
    NAME(machine) *machine, const skmlp_program *program, REAL *memory)
{
    machine->program = program;
    machine->memory = memory;
    for (int64_t i = 0; i < program->n_constants; i++) {
        const double *constant = program->constants + i * program->width;
        REAL *filled = NAME(own_register)(machine, program->n_inputs + i);
        int64_t width = program->is_wide[program->n_inputs + i] ? program->width : 1;
        for (int64_t row = 0; row < skmlp_program_rows(program); row++)
            for (int64_t k = 0; k < width; k++)
                filled[row * width + k] = (REAL)constant[k];
    }
}

#define SKMLP_EVERY(code, name, operands, value)                                      \
    case code:                                                                        \
        for (int64_t k = 0; k < n; k++) {                                             \
            REAL x = a[k], y = operands > 1 ? b[k] : 0, z = operands > 2 ? c[k] : 0;  \
            (void)y, (void)z;                                                         \
            target[k] = value;                                                        \
        }                                                                             \
        break;

/* One operation on n numbers. Operands that it has not are NULL. */
SKMLP_CLONES static void NAME(operate)(
    int32_t code, REAL *restrict target, const REAL *restrict a,
    const REAL *restrict b, const REAL *restrict c, int64_t n)
{
    switch (code) {
        SKMLP_ELEMENTWISE_OPERATIONS(SKMLP_EVERY)
        SKMLP_LIBRARY_OPERATIONS(SKMLP_EVERY)
    default: break;
    }
}

/* One operation between wide and narrow registers. */
SKMLP_CLONES static void NAME(operate_on_rows)(
    int32_t code, REAL *restrict target, const REAL *restrict a, int64_t rows,
    int64_t width)
{
    for (int64_t row = 0; row < rows; row++) {
        const REAL *restrict x = a + row * width;
        double sum = 0;
        REAL most = x[0];
        switch (code) {
        case SKMLP_DO_ROW_SUM:
            for (int64_t k = 0; k < width; k++) sum += (double)x[k];
            target[row] = (REAL)sum;
            break;
        case SKMLP_DO_ROW_MAX:
            for (int64_t k = 1; k < width; k++)
                most = most > x[k] || most != most ? most : x[k];
            target[row] = most;
            break;
        case SKMLP_DO_ROW_MIN:
            for (int64_t k = 1; k < width; k++)
                most = most < x[k] || most != most ? most : x[k];
            target[row] = most;
            break;
        default: /* spread; `a` is narrow */
            for (int64_t k = 0; k < width; k++) target[row * width + k] = a[row];
            break;
        }
    }
}

/* Runs the first operations on at most skmlp_program_rows rows of the inputs. */
static void NAME(run_operations)(
    const NAME(machine) *machine, const REAL *const *inputs, int64_t n_operations,
    int64_t rows)
{
    const skmlp_program *program = machine->program;
    for (int64_t number = 0; number < n_operations; number++) {
        const int32_t *each = program->code + number * SKMLP_PROGRAM_COLUMNS;
        const REAL *operands[3] = {NULL, NULL, NULL};
        for (int i = 0; i < skmlp_operands[each[0]]; i++)
            operands[i] = each[2 + i] < program->n_inputs
                ? inputs[each[2 + i]]
                : NAME(own_register)(machine, each[2 + i]);
        REAL *target = NAME(own_register)(machine, each[1]);
        if (each[0] >= SKMLP_DO_ROW_SUM)
            NAME(operate_on_rows)(each[0], target, operands[0], rows, program->width);
        else
            NAME(operate)(
                each[0], target, operands[0], operands[1], operands[2],
                program->is_wide[each[1]] ? rows * program->width : rows);
    }
}

/* Returns the numbers of an output, after its operations. */
static const REAL *NAME(output_of)(
    const NAME(machine) *machine, const REAL *const *inputs, int64_t output)
{
    int64_t number = machine->program->outputs[output];
    return number < machine->program->n_inputs ? inputs[number]
                                               : NAME(own_register)(machine, number);
}

static int NAME(run_program)(
    const skmlp_program *program, int64_t n, const REAL *first, const REAL *second,
    REAL *value, REAL *derivative, skmlp_signals *signals)
{
    NAME(machine) machine;
    int64_t width = program->width, some = skmlp_program_rows(program);
    int64_t size = skmlp_program_size(program), value_width = width;
    int64_t n_operations = derivative == NULL ? program->n_value_operations
                                              : program->n_operations;
    if (size > (int64_t)1 << 57) return SKMLP_NO_MEMORY;
    REAL *memory = malloc(sizeof(REAL) * (size_t)(size > 0 ? size : 1));
    if (memory == NULL) return SKMLP_NO_MEMORY;
    NAME(open_machine)(&machine, program, memory);
    if (!program->is_wide[program->outputs[0]]) value_width = 1;
    for (int64_t row = 0; row < n; row += some) {
        int64_t rows = n - row < some ? n - row : some;
        const REAL *inputs[2] = {first + row * width, NULL};
        if (second != NULL) inputs[1] = second + row * width;
        NAME(run_operations)(&machine, inputs, n_operations, rows);
        memcpy(value + row * value_width, NAME(output_of)(&machine, inputs, 0),
               sizeof(REAL) * (size_t)(rows * value_width));
        if (derivative != NULL)
            memcpy(derivative + row * width, NAME(output_of)(&machine, inputs, 1),
                   sizeof(REAL) * (size_t)(rows * width));
        if (skmlp_poll(signals, 10 * n_operations * rows * width)) break;
    }
    free(memory);
    return skmlp_end_of(signals);
}

#if SKMLP_LAST_TYPE

/* Writes the value, a row of `width` numbers or of one; and the derivative, a row of
   `width` numbers, unless it is NULL. */
SKMLP_UNUSED static int skmlp_run_program(
    const skmlp_program *program, int is_double, int64_t n, const void *first,
    const void *second, void *value, void *derivative, skmlp_signals *signals)
{
    return is_double
        ? run_program_f64(program, n, first, second, value, derivative, signals)
        : run_program_f32(program, n, first, second, value, derivative, signals);
}

#endif

#undef LIBRARY
#undef SKMLP_EVERY
#include "end_of_type.h"
#endif

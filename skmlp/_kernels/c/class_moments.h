/* Sums over the rows of classes: see reference/class_moments.py. Sums over rows are in
   double precision; the caller may allow float for the products of a few blocks at a time.

   BLAS counts columns first: to it, rows (n, d) one after the other are Rᵀ (d, n), and
   the lower triangle of a matrix is what C calls the upper one. */
#ifndef SKMLP_CLASS_MOMENTS_H
#define SKMLP_CLASS_MOMENTS_H

#include "blas.h"
#include "platform.h"
#include "signals.h"

enum {
    SKMLP_MOMENT_ROWS = 512, /* of a block: many for a product, few for the cache */
    SKMLP_TILE_ROWS = 64,
    SKMLP_FLOAT_BLOCKS = 4 /* blocks whose products are added in float */
};

/* Rows (n_rows, n_columns) with their labels and weights, the shifts that are subtracted
   from the rows of each class, and the sums, which are zero before. */
typedef struct {
    const void *values;                /* double or float */
    int64_t row_stride, column_stride; /* in bytes, of either sign, or zero */
    int64_t n_rows, n_columns;
    const int64_t *labels;
    const double *weights, *shifts;
    int in_float; /* products in float */
    skmlp_dsyrk dsyrk;
    skmlp_ssyrk ssyrk;
    double *class_weights, *sums, *scatter; /* output */
    skmlp_signals *signals;                 /* may be NULL */
} skmlp_class_sums;

#define SKMLP_THIS_FILE "class_moments.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

/* Copies some rows into a tile, row by row. A matrix in Fortran order is read along the
   memory, and the tile stays in the cache. By memcpy: numbers may not be aligned. */
static void NAME(take_tile)(
    const skmlp_class_sums *X, int64_t first, int64_t rows, REAL *restrict tile)
{
    const char *source = (const char *)X->values + first * X->row_stride;
    for (int64_t j = 0; j < X->n_columns; j++)
        for (int64_t i = 0; i < rows; i++)
            memcpy(tile + i * X->n_columns + j,
                   source + i * X->row_stride + j * X->column_stride, sizeof(REAL));
}

/* Adds Σ w and Σ w·r of some rows, which are at `x`. √w·r of the rows is written to
   `residuals` or, with the sums of its squares in double precision, to `floats`. */
SKMLP_CLONES static void NAME(residuals)(
    const skmlp_class_sums *X, int64_t first, int64_t rows, const REAL *restrict x,
    int64_t stride, double *restrict residuals, float *restrict floats,
    double *restrict squares)
{
    int64_t d = X->n_columns;
    for (int64_t i = 0; i < rows; i++, x += stride) {
        int64_t k = X->labels[first + i];
        double weight = X->weights[first + i], root = sqrt(weight);
        const double *restrict shift = X->shifts + k * d;
        double *restrict sum = X->sums + k * d;
        X->class_weights[k] += weight;
        if (floats == NULL) {
            double *restrict target = residuals + i * d;
            for (int64_t j = 0; j < d; j++) {
                double r = (double)x[j] - shift[j];
                sum[j] += weight * r;
                target[j] = root * r;
            }
        } else {
            float *restrict target = floats + i * d;
            for (int64_t j = 0; j < d; j++) {
                double r = (double)x[j] - shift[j];
                sum[j] += weight * r;
                target[j] = (float)(root * r);
                squares[j] += weight * r * r;
            }
        }
    }
}

/* Copies the triangle that BLAS calls lower to the other one; a tile stays in the cache. */
static void NAME(mirror)(double *square, int64_t d, skmlp_signals *signals)
{
    for (int64_t top = 0; top < d && !skmlp_poll(signals, SKMLP_TILE_ROWS * d);
         top += SKMLP_TILE_ROWS)
        for (int64_t i = 0; i < d; i++)
            for (int64_t j = top; j < i && j < top + SKMLP_TILE_ROWS; j++)
                square[i * d + j] = square[j * d + i];
}

static int NAME(class_moments)(const skmlp_class_sums *X)
{
    const int64_t n = X->n_rows, columns = X->n_columns, size = sizeof(REAL);
    const int64_t block = n < SKMLP_MOMENT_ROWS ? n : SKMLP_MOMENT_ROWS;
    const REAL *values = X->values;
    /* The rows of a block; in float, followed by the product of some blocks. */
    void *memory = malloc(
        X->in_float ? sizeof(float) * (size_t)((block + columns) * columns)
                    : sizeof(double) * (size_t)(block * columns));
    REAL *tile = malloc(sizeof(REAL) * (size_t)(SKMLP_TILE_ROWS * columns));
    double *squares = calloc((size_t)columns, sizeof(double));
    double *residuals = X->in_float ? NULL : memory;
    float *floats = X->in_float ? memory : NULL;
    float *product = floats == NULL ? NULL : floats + block * columns;
    char lower = 'L', no = 'N';
    int d = (int)columns, waiting = 0, error = SKMLP_NO_MEMORY;
    int in_place = (uintptr_t)values % sizeof(REAL) == 0 && X->row_stride % size == 0
        && X->column_stride == size;
    if (memory == NULL || tile == NULL || squares == NULL) goto end;
    for (int64_t first = 0; first < n; first += block) {
        int64_t rows = n - first < block ? n - first : block;
        if (skmlp_poll(X->signals, rows * columns * columns)) break;
        if (in_place)
            NAME(residuals)(
                X, first, rows, values + first * (X->row_stride / size),
                X->row_stride / size, residuals, floats, squares);
        else
            for (int64_t i = 0; i < rows; i += SKMLP_TILE_ROWS) {
                int64_t some = rows - i < SKMLP_TILE_ROWS ? rows - i : SKMLP_TILE_ROWS;
                NAME(take_tile)(X, first + i, some, tile);
                NAME(residuals)(
                    X, first + i, some, tile, columns,
                    floats == NULL ? residuals + i * columns : NULL,
                    floats == NULL ? NULL : floats + i * columns, squares);
            }
        int k = (int)rows;
        if (floats == NULL) {
            double one = 1;
            X->dsyrk(&lower, &no, &d, &k, &one, residuals, &d, &one, X->scatter, &d);
            continue;
        }
        float one = 1, before = waiting == 0 ? 0 : 1;
        X->ssyrk(&lower, &no, &d, &k, &one, floats, &d, &before, product, &d);
        waiting++;
        if (waiting < SKMLP_FLOAT_BLOCKS && first + block < n) continue;
        for (int64_t i = 0; i < columns; i++)
            for (int64_t j = i; j < columns; j++)
                X->scatter[i * columns + j] += (double)product[i * columns + j];
        waiting = 0;
    }
    if (floats != NULL)
        for (int64_t j = 0; j < columns; j++)
            X->scatter[j * columns + j] = squares[j];
    NAME(mirror)(X->scatter, columns, X->signals);
    error = skmlp_end_of(X->signals);
end:
    free(memory);
    free(tile);
    free(squares);
    return error;
}

#if SKMLP_LAST_TYPE

static int skmlp_class_moments(int is_double, const skmlp_class_sums *moments)
{
    return is_double ? class_moments_f64(moments) : class_moments_f32(moments);
}

#endif

#include "end_of_type.h"
#endif

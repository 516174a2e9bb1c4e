/* Sums over the rows of classes: see reference/class_moments.py. Included once for rows
   of doubles and once for rows of floats; sums over rows are in double precision, but for
   the products of a few blocks at a time where the caller allows it.

   BLAS counts columns first: to it, rows (n, d) one after the other are Rᵀ (d, n), and
   the lower triangle of a matrix is what C calls the upper one. */

#define SKMLP_TILE_ROWS 64
#define SKMLP_SINGLE_BLOCKS 4 /* of which the products are added up in floats */

typedef struct {
    const REAL *values;
    int64_t row_stride, column_stride; /* in bytes, of either sign, or zero */
    const int64_t *labels;
    const double *weights, *shifts;
    int64_t n_columns;
} NAME(classed_rows);

/* Some rows, one after the other. A matrix in Fortran order is read along the memory,
   and a tile keeps the lines of the cache that it is written to. Numbers are copied by
   memcpy, since they may not be aligned. */
static void NAME(take_tile)(
    const NAME(classed_rows) *X, int64_t first, int64_t rows, REAL *restrict tile)
{
    const char *source = (const char *)X->values + first * X->row_stride;
    for (int64_t j = 0; j < X->n_columns; j++)
        for (int64_t i = 0; i < rows; i++)
            memcpy(tile + i * X->n_columns + j,
                   source + i * X->row_stride + j * X->column_stride, sizeof(REAL));
}

/* Σ w and Σ w·r of the rows' classes. √w·r of the rows goes into `residuals` or, with
   its squares added up in doubles, into `single`. */
SKMLP_CLONES static void NAME(residuals)(
    const NAME(classed_rows) *X, int64_t first, int64_t rows, const REAL *restrict x,
    int64_t stride, double *restrict class_weights, double *restrict sums,
    double *restrict residuals, float *restrict single, double *restrict squares)
{
    int64_t d = X->n_columns;
    for (int64_t i = 0; i < rows; i++, x += stride) {
        int64_t k = X->labels[first + i];
        double weight = X->weights[first + i], root = sqrt(weight);
        const double *restrict shift = X->shifts + k * d;
        double *restrict sum = sums + k * d;
        class_weights[k] += weight;
        if (single == NULL) {
            double *restrict target = residuals + i * d;
            for (int64_t j = 0; j < d; j++) {
                double r = (double)x[j] - shift[j];
                sum[j] += weight * r;
                target[j] = root * r;
            }
        } else {
            float *restrict target = single + i * d;
            for (int64_t j = 0; j < d; j++) {
                double r = (double)x[j] - shift[j];
                sum[j] += weight * r;
                target[j] = (float)(root * r);
                squares[j] += weight * r * r;
            }
        }
    }
}

/* The triangle that BLAS calls lower, to the other one; a tile stays in the cache. */
static void NAME(mirror)(double *square, int64_t d)
{
    for (int64_t top = 0; top < d; top += SKMLP_TILE_ROWS)
        for (int64_t i = 0; i < d; i++)
            for (int64_t j = top; j < i && j < top + SKMLP_TILE_ROWS; j++)
                square[i * d + j] = square[j * d + i];
}

/* Adds to the sums, which are zero before. Scratch: a tile of X, and residuals (block, d)
   or, for products in floats, `single` (block + d, d) and `squares` (d,), all zero. */
static void NAME(skmlp_moments)(
    const REAL *values, int64_t row_stride, int64_t column_stride, int64_t n_rows,
    int64_t n_columns, const int64_t *labels, const double *weights, const double *shifts,
    skmlp_dsyrk dsyrk, skmlp_ssyrk ssyrk, int64_t block, REAL *tile, double *residuals,
    float *single, double *squares, double *class_weights, double *sums, double *scatter)
{
    NAME(classed_rows) X = {
        values, row_stride, column_stride, labels, weights, shifts, n_columns};
    char lower = 'L', no = 'N';
    int d = (int)n_columns, waiting = 0;
    float *product = single == NULL ? NULL : single + block * n_columns;
    const int64_t size = sizeof(REAL);
    int in_place = (uintptr_t)values % sizeof(REAL) == 0 && row_stride % size == 0
        && column_stride == size;
    for (int64_t first = 0; first < n_rows; first += block) {
        int64_t rows = n_rows - first < block ? n_rows - first : block;
        if (in_place)
            NAME(residuals)(
                &X, first, rows, values + first * (row_stride / size),
                row_stride / size, class_weights, sums, residuals, single, squares);
        else
            for (int64_t i = 0; i < rows; i += SKMLP_TILE_ROWS) {
                int64_t some = rows - i < SKMLP_TILE_ROWS ? rows - i : SKMLP_TILE_ROWS;
                NAME(take_tile)(&X, first + i, some, tile);
                NAME(residuals)(
                    &X, first + i, some, tile, n_columns, class_weights, sums,
                    single == NULL ? residuals + i * n_columns : NULL,
                    single == NULL ? NULL : single + i * n_columns, squares);
            }
        int k = (int)rows;
        if (single == NULL) {
            double one = 1;
            dsyrk(&lower, &no, &d, &k, &one, residuals, &d, &one, scatter, &d);
            continue;
        }
        float one = 1, before = waiting == 0 ? 0 : 1;
        ssyrk(&lower, &no, &d, &k, &one, single, &d, &before, product, &d);
        waiting++;
        if (waiting < SKMLP_SINGLE_BLOCKS && first + block < n_rows) continue;
        for (int64_t i = 0; i < n_columns; i++)
            for (int64_t j = i; j < n_columns; j++)
                scatter[i * n_columns + j] += (double)product[i * n_columns + j];
        waiting = 0;
    }
    if (single != NULL)
        for (int64_t j = 0; j < n_columns; j++) scatter[j * n_columns + j] = squares[j];
    NAME(mirror)(scatter, n_columns);
}

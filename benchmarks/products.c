/* Compute a list of matrix products repeatedly in compiled code: the time that a step
   spends in BLAS. Matrices are in row-major order and BLAS expects column-major order,
   so each call computes the transposed product. */
#include <stdint.h>

typedef struct {
    int32_t transpose_a, transpose_b, m, n, k, lda, ldb, ldc;
    double beta;
    void *a, *b, *c;
} product;

#define REPEAT(NAME, REAL)                                                            \
    void NAME(void (*gemm)(char *, char *, int *, int *, int *, REAL *, REAL *, int *, \
                           REAL *, int *, REAL *, REAL *, int *),                      \
              const product *products, int64_t n_products, int64_t repeats)            \
    {                                                                                 \
        char letters[2] = {'N', 'T'};                                                 \
        REAL one = 1;                                                                 \
        for (int64_t i = 0; i < repeats; i++)                                         \
            for (int64_t j = 0; j < n_products; j++) {                                \
                product p = products[j];                                              \
                REAL beta = (REAL)p.beta;                                             \
                gemm(&letters[p.transpose_b], &letters[p.transpose_a], &p.n, &p.m,    \
                     &p.k, &one, p.b, &p.ldb, p.a, &p.lda, &beta, p.c, &p.ldc);       \
            }                                                                         \
    }

REPEAT(repeat_f32, float)
REPEAT(repeat_f64, double)

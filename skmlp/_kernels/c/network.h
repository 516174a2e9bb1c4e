/* A network's forward and backward pass over batches of rows, and the updates between
   them, without the interpreter. Included once for double and once for float, with

   REAL           double or float
   NAME(x)        x with a suffix for that type
   R(constant)    the constant in that type
   SKMLP_DOUBLE   1 or 0

   Matrices are row by row (C order). BLAS counts columns first, so every product is
   asked for transposed: Zᵀ = Wᵀ·Aᵀ.

   One batch is: take the rows; for each layer z = a·W + b and a = σ(z); the loss and
   its gradient; for each layer backwards the gradients of W and b, then of a, then of
   z; the update. What a new activation, loss or update rule needs is one case in
   activations.h, in losses.h or in `update`. */

#include "elementary.h"
#include "activations.h"

typedef void (*NAME(gemm))(char *, char *, int *, int *, int *, REAL *, REAL *, int *,
                           REAL *, int *, REAL *, REAL *, int *);

#if defined(__GNUC__)
/* A vector of 64 bytes, whatever the processor has: compilers make less of loops. */
typedef REAL NAME(wide) __attribute__((vector_size(64), aligned(sizeof(REAL)), may_alias));
#endif
#define SKMLP_WIDE ((int64_t)(64 / sizeof(REAL)))

/* The rows of X, dense (indices is NULL) or CSR. */
typedef struct {
    const REAL *values;
    const int32_t *indices;
    const int32_t *starts;
    int64_t row_stride, column_stride; /* dense: in bytes, of either sign, or zero */
} NAME(rows);

typedef struct {
    int n_layers;               /* of weights */
    const int64_t *sizes;       /* n_layers + 1 */
    const int64_t *activations; /* n_layers − 1 */
    const double *activation_settings;
    int loss;
    const double *loss_settings;
    int has_intercepts;
    int64_t n_weights, n_parameters;
    NAME(gemm) gemm;
} NAME(network);

typedef struct {
    NAME(rows) X;
    const REAL *y;             /* (n, n_targets), or NULL with labels */
    int64_t n_targets;
    const int64_t *labels;     /* (n,) or NULL */
    const REAL *sample_weight; /* (n,) or NULL: all ones */
} NAME(data);

static void NAME(unpack)(
    const skmlp_problem *problem, NAME(network) *net, NAME(data) *data)
{
    net->n_layers = problem->n_layers;
    net->sizes = problem->sizes;
    net->activations = problem->activations;
    net->activation_settings = problem->activation_settings;
    net->loss = problem->loss;
    net->loss_settings = problem->loss_settings;
    net->has_intercepts = problem->has_intercepts;
    net->gemm = (NAME(gemm))problem->gemm;
    net->n_weights = net->n_parameters = 0;
    for (int l = 0; l < net->n_layers; l++) {
        net->n_weights += net->sizes[l] * net->sizes[l + 1];
        if (net->has_intercepts) net->n_parameters += net->sizes[l + 1];
    }
    net->n_parameters += net->n_weights;
    data->X.values = problem->values;
    data->X.indices = problem->indices;
    data->X.starts = problem->starts;
    data->X.row_stride = problem->row_stride;
    data->X.column_stride = problem->column_stride;
    data->y = problem->y;
    data->n_targets = problem->n_targets;
    data->labels = problem->labels;
    data->sample_weight = problem->sample_weight;
}

/* Room for one batch: every layer's outputs and, where they need them, slopes and what
   dropout leaves of them; two gradients of a layer's outputs; the rows of X taken out of
   it. */
typedef struct {
    REAL *memory;
    REAL *inputs;             /* rows of X, dense; NULL where they are used in place */
    REAL *outputs[SKMLP_MAX_LAYERS];
    REAL *slopes[SKMLP_MAX_LAYERS]; /* of the outputs, NULL where they tell them */
    REAL *dropped[SKMLP_MAX_LAYERS]; /* outputs·factors, NULL without dropout */
    REAL *factors[SKMLP_MAX_LAYERS];
    REAL *input_factors;
    const skmlp_noise *noise;
    REAL *gradients[2];
    REAL *weights;
    REAL *transposed;         /* a narrow layer's weights, or their gradient */
} NAME(workspace);

static int64_t NAME(widest)(const NAME(network) *net)
{
    int64_t widest = 0;
    for (int l = 1; l <= net->n_layers; l++)
        if (net->sizes[l] > widest) widest = net->sizes[l];
    return widest;
}

static int64_t NAME(largest_narrow)(const NAME(network) *net)
{
    int64_t largest = 0;
    for (int l = 0; l < net->n_layers; l++) {
        int64_t size = net->sizes[l] * SKMLP_NARROW;
        if (net->sizes[l + 1] <= SKMLP_NARROW && size > largest) largest = size;
    }
    return largest;
}

static int NAME(has_slopes)(const NAME(network) *net, int layer)
{
    return layer + 1 < net->n_layers && NAME(keeps_slopes)(net->activations[layer]);
}

/* Whether units of a layer are dropped; the inputs are layer 0, the scores none. */
static int NAME(drops)(const NAME(network) *net, const skmlp_noise *noise, int layer)
{
    return noise != NULL && layer < net->n_layers && noise->dropout[layer] > 0;
}

static int NAME(open_workspace)(
    NAME(workspace) *work, const NAME(network) *net, int64_t batch, int gathers,
    const skmlp_noise *noise)
{
    int64_t widest = NAME(widest)(net), total = batch * (2 * widest + 1);
    for (int l = 1; l <= net->n_layers; l++)
        total += batch * net->sizes[l]
            * (1 + NAME(has_slopes)(net, l - 1) + 2 * NAME(drops)(net, noise, l));
    total += batch * net->sizes[0] * (gathers + NAME(drops)(net, noise, 0));
    work->noise = noise;
    int64_t transposed = NAME(largest_narrow)(net);
    total += transposed;
    work->memory = malloc(sizeof(REAL) * (size_t)(total > 0 ? total : 1));
    if (work->memory == NULL) return -1;
    REAL *next = work->memory;
    for (int l = 1; l <= net->n_layers; l++) {
        work->outputs[l - 1] = next;
        next += batch * net->sizes[l];
        work->slopes[l - 1] = NULL;
        if (NAME(has_slopes)(net, l - 1)) {
            work->slopes[l - 1] = next;
            next += batch * net->sizes[l];
        }
        work->dropped[l - 1] = work->factors[l - 1] = NULL;
        if (NAME(drops)(net, noise, l)) {
            work->dropped[l - 1] = next;
            work->factors[l - 1] = next + batch * net->sizes[l];
            next += 2 * batch * net->sizes[l];
        }
    }
    work->input_factors = next;
    if (NAME(drops)(net, noise, 0)) next += batch * net->sizes[0];
    work->gradients[0] = next;
    work->gradients[1] = next + batch * widest;
    work->weights = next + 2 * batch * widest;
    work->transposed = work->weights + batch;
    work->inputs = gathers ? work->transposed + transposed : NULL;
    return 0;
}

/* C (m, n) = op(A)·op(B) + beta·C, all row by row; k is the length of the sums. */
static void NAME(multiply)(
    const NAME(network) *net, int transpose_a, int transpose_b, int64_t m, int64_t n,
    int64_t k, const REAL *A, int64_t lda, const REAL *B, int64_t ldb, REAL beta, REAL *C)
{
    char yes = 'T', no = 'N';
    int m_ = (int)m, n_ = (int)n, k_ = (int)k, lda_ = (int)lda, ldb_ = (int)ldb;
    REAL one = 1;
    net->gemm(transpose_b ? &yes : &no, transpose_a ? &yes : &no, &n_, &m_, &k_, &one,
              (REAL *)B, &ldb_, (REAL *)A, &lda_, &beta, C, &n_);
}

/* Products of few multiplications, where a call of BLAS would cost more than the work.
   Each sum runs over consecutive elements of its result, which vectorises. */
SKMLP_CLONES static void NAME(small_forward)(
    const REAL *restrict a, int64_t lda, const REAL *restrict W, REAL *restrict z,
    int64_t rows, int64_t in, int64_t out)
{
    for (int64_t i = 0; i < rows; i++) {
        const REAL *restrict ai = a + i * lda;
        REAL *restrict zi = z + i * out;
        int64_t done = 0;
#if defined(__GNUC__)
        for (; done + SKMLP_WIDE <= out; done += SKMLP_WIDE) {
            NAME(wide) sum = {0};
            for (int64_t j = 0; j < in; j++)
                sum += ai[j] * *(const NAME(wide) *)(W + j * out + done);
            *(NAME(wide) *)(zi + done) = sum;
        }
#endif
        for (int64_t k = done; k < out; k++) zi[k] = 0;
        for (int64_t j = 0; done < out && j < in; j++) {
            const REAL *restrict Wj = W + j * out;
            for (int64_t k = done; k < out; k++) zi[k] += ai[j] * Wj[k];
        }
    }
}

SKMLP_CLONES static void NAME(small_weight_gradient)(
    const REAL *restrict a, int64_t lda, const REAL *restrict dz, REAL *restrict dW,
    int64_t rows, int64_t in, int64_t out)
{
    for (int64_t j = 0; j < in; j++) {
        REAL *restrict dWj = dW + j * out;
        REAL first = a[j];
        for (int64_t k = 0; k < out; k++) dWj[k] = first * dz[k];
        for (int64_t i = 1; i < rows; i++) {
            REAL aij = a[i * lda + j];
            const REAL *restrict dzi = dz + i * out;
            for (int64_t k = 0; k < out; k++) dWj[k] += aij * dzi[k];
        }
    }
}

SKMLP_CLONES static void NAME(small_backward)(
    const REAL *restrict dz, const REAL *restrict W, REAL *restrict da, int64_t rows,
    int64_t in, int64_t out)
{
    for (int64_t i = 0; i < rows; i++) {
        const REAL *restrict dzi = dz + i * out;
        for (int64_t j = 0; out == 1 && j < in; j++) da[i * in + j] = dzi[0] * W[j];
        for (int64_t j = 0; out > 1 && j < in; j++) {
            const REAL *restrict Wj = W + j * out;
            REAL parts[8] = {0, 0, 0, 0, 0, 0, 0, 0}, sum = 0;
            int64_t k = 0;
            for (; k + 8 <= out; k += 8)
                for (int lane = 0; lane < 8; lane++)
                    parts[lane] += dzi[k + lane] * Wj[k + lane];
            for (; k < out; k++) sum += dzi[k] * Wj[k];
            for (int lane = 0; lane < 8; lane++) sum += parts[lane];
            da[i * in + j] = sum;
        }
    }
}

static inline int NAME(is_small)(int64_t rows, int64_t in, int64_t out)
{
    return rows <= 4 && rows * in * out <= SKMLP_SMALL_PRODUCT;
}

#include "narrow_products.h"

#if defined(__GNUC__)
typedef REAL NAME(four)
    __attribute__((vector_size(4 * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));
#endif

/* Σ x·w over the entries of a CSR row: eight sums, which need not wait for each other. */
SKMLP_INLINE REAL NAME(sparse_dot)(
    const REAL *restrict w, const REAL *restrict x, const int32_t *restrict places,
    int64_t length)
{
    int64_t e = 0;
#if defined(__GNUC__)
    NAME(four) sum = {0}, other = {0};
    for (; e + 8 <= length; e += 8) {
        const int32_t *p = places + e;
        NAME(four) first = {w[p[0]], w[p[1]], w[p[2]], w[p[3]]};
        NAME(four) last = {w[p[4]], w[p[5]], w[p[6]], w[p[7]]};
        sum += first * *(const NAME(four) *)(x + e);
        other += last * *(const NAME(four) *)(x + e + 4);
    }
    sum += other;
#else
    REAL sum[8] = {0};
    for (; e + 8 <= length; e += 8)
        for (int lane = 0; lane < 8; lane++)
            sum[lane] += w[places[e + lane]] * x[e + lane];
    for (int lane = 0; lane < 4; lane++) sum[lane] += sum[lane + 4];
#endif
    REAL total = (sum[0] + sum[2]) + (sum[1] + sum[3]);
    for (; e < length; e++) total += w[places[e]] * x[e];
    return total;
}

/* CSR rows: z = X·W. Sums stay in registers. */
SKMLP_CLONES static void NAME(sparse_forward)(
    const NAME(rows) *X, const int64_t *order, int64_t first, const REAL *restrict W,
    REAL *restrict z, int64_t rows, int64_t out)
{
    for (int64_t i = 0; i < rows; i++) {
        int64_t row = order == NULL ? first + i : order[i];
        int64_t start = X->starts[row], length = X->starts[row + 1] - start;
        const REAL *x = X->values + start;
        const int32_t *places = X->indices + start;
        REAL *restrict zi = z + i * out;
        if (out == 1) {
            zi[0] = NAME(sparse_dot)(W, x, places, length);
            continue;
        }
#if defined(__GNUC__)
        if (out >= SKMLP_WIDE) { /* the last columns may be summed twice */
            for (int64_t k = 0; k < out; k += SKMLP_WIDE) {
                int64_t column = k < out - SKMLP_WIDE ? k : out - SKMLP_WIDE;
                NAME(wide) sum = {0};
                for (int64_t e = 0; e < length; e++)
                    sum += x[e] * *(const NAME(wide) *)(W + places[e] * out + column);
                *(NAME(wide) *)(zi + column) = sum;
            }
            continue;
        }
#endif
        for (int64_t k = 0; k < out; k++) zi[k] = 0;
        for (int64_t e = 0; e < length; e++) {
            REAL value = x[e];
            const REAL *restrict Wj = W + (int64_t)places[e] * out;
            for (int64_t k = 0; k < out; k++) zi[k] += value * Wj[k];
        }
    }
}

/* CSR rows: dW = Xᵀ·dz. */
SKMLP_CLONES static void NAME(sparse_weight_gradient)(
    const NAME(rows) *X, const int64_t *order, int64_t first, const REAL *restrict dz,
    REAL *restrict dW, int64_t rows, int64_t in, int64_t out)
{
    memset(dW, 0, sizeof(REAL) * (size_t)(in * out));
    for (int64_t i = 0; i < rows; i++) {
        int64_t row = order == NULL ? first + i : order[i];
        const REAL *restrict dzi = dz + i * out;
        int32_t end = X->starts[row + 1];
        if (out == 1) {
            for (int32_t e = X->starts[row]; e < end; e++)
                dW[X->indices[e]] += X->values[e] * *dzi;
            continue;
        }
        for (int32_t e = X->starts[row]; e < end; e++) {
            REAL value = X->values[e];
            REAL *restrict dWj = dW + (int64_t)X->indices[e] * out;
            for (int64_t k = 0; k < out; k++) dWj[k] += value * dzi[k];
        }
    }
}

#include "losses.h"

/* Σ of the rows. The last columns may be summed twice: so a vector never ends early. */
SKMLP_CLONES static void NAME(column_sums)(
    const REAL *restrict dz, REAL *restrict sums, int64_t rows, int64_t width)
{
#if defined(__GNUC__)
    if (width >= SKMLP_WIDE) {
        for (int64_t k = 0; k < width; k += SKMLP_WIDE) {
            const REAL *first = dz + (k < width - SKMLP_WIDE ? k : width - SKMLP_WIDE);
            NAME(wide) sum = {0};
            for (int64_t i = 0; i < rows; i++)
                sum += *(const NAME(wide) *)(first + i * width);
            *(NAME(wide) *)(sums + (first - dz)) = sum;
        }
        return;
    }
#endif
    for (int64_t k = 0; k < width; k++) sums[k] = 0;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < width; k++) sums[k] += dz[i * width + k];
}

/* Where a layer's weights and intercepts start in the flat vector. */
static void NAME(offsets)(const NAME(network) *net, int64_t *weights, int64_t *intercepts)
{
    int64_t start = 0;
    for (int l = 0; l < net->n_layers; l++) {
        weights[l] = start;
        start += net->sizes[l] * net->sizes[l + 1];
    }
    for (int l = 0; l < net->n_layers; l++) {
        intercepts[l] = start;
        start += net->sizes[l + 1];
    }
}

/* Forward: the outputs of every layer; the last one's are the raw scores. Dense rows
   lie at `dense`, `stride` apart; CSR rows are found through `order`. */
static void NAME(forward)(
    const NAME(network) *net, const NAME(rows) *X, const int64_t *order, int64_t first,
    const REAL *dense, int64_t stride, const REAL *parameters, NAME(workspace) *work,
    int64_t rows)
{
    int64_t at_weights[SKMLP_MAX_LAYERS], at_intercepts[SKMLP_MAX_LAYERS];
    NAME(offsets)(net, at_weights, at_intercepts);
    const REAL *a = dense;
    int64_t lda = stride;
    for (int l = 0; l < net->n_layers; l++) {
        int64_t in = net->sizes[l], out = net->sizes[l + 1];
        const REAL *W = parameters + at_weights[l];
        REAL *z = work->outputs[l];
        if (l == 0 && X->indices != NULL)
            NAME(sparse_forward)(X, order, first, W, z, rows, out);
        else if (NAME(is_small)(rows, in, out))
            NAME(small_forward)(a, lda, W, z, rows, in, out);
        else if (NAME(is_narrow)(rows, in, out))
            NAME(narrow_forward)(a, lda, W, work->transposed, z, rows, in, out);
        else
            NAME(multiply)(net, 0, 0, rows, out, in, a, lda, W, out, 0, z);
        int hidden = l + 1 < net->n_layers;
        NAME(activate)(
            hidden ? net->activations[l] : SKMLP_IDENTITY,
            hidden ? (REAL)net->activation_settings[l] : 0, z,
            net->has_intercepts ? parameters + at_intercepts[l] : NULL, work->slopes[l],
            rows, out);
        a = z;
        lda = out;
        if (work->dropped[l] != NULL) {
            NAME(drop_units)(
                skmlp_stream_key(work->noise->seed, (uint64_t)l + 1),
                work->noise->dropout[l + 1], first, z, work->factors[l],
                work->dropped[l], rows, out);
            a = work->dropped[l];
        }
    }
}

SKMLP_CLONES static void NAME(multiply_by)(
    REAL *restrict numbers, const REAL *restrict factors, int64_t n)
{
    for (int64_t i = 0; i < n; i++) numbers[i] *= factors[i];
}

/* Backward: the last outputs hold dL/dscores; `gradient` is overwritten. */
static void NAME(backward)(
    const NAME(network) *net, const NAME(rows) *X, const int64_t *order, int64_t first,
    const REAL *dense, int64_t stride, const REAL *parameters, NAME(workspace) *work,
    int64_t rows, REAL *gradient)
{
    int64_t at_weights[SKMLP_MAX_LAYERS], at_intercepts[SKMLP_MAX_LAYERS];
    NAME(offsets)(net, at_weights, at_intercepts);
    REAL *dz = work->outputs[net->n_layers - 1];
    for (int l = net->n_layers - 1; l >= 0; l--) {
        int64_t in = net->sizes[l], out = net->sizes[l + 1];
        const REAL *a = l == 0 ? dense : work->outputs[l - 1];
        int64_t lda = l == 0 ? stride : in;
        if (l > 0 && work->dropped[l - 1] != NULL) a = work->dropped[l - 1];
        REAL *dW = gradient + at_weights[l];
        int small = NAME(is_small)(rows, in, out);
        int narrow = NAME(is_narrow)(rows, in, out);
        if (l == 0 && X->indices != NULL)
            NAME(sparse_weight_gradient)(X, order, first, dz, dW, rows, in, out);
        else if (small)
            NAME(small_weight_gradient)(a, lda, dz, dW, rows, in, out);
        else if (narrow) {
            REAL *dWt = out == 1 ? dW : work->transposed;
            NAME(narrow_weight_gradient)(a, lda, dz, dWt, rows, in, out);
            NAME(transposed)(dWt, out, in, dW);
        }
        else
            NAME(multiply)(net, 1, 0, in, out, rows, a, lda, dz, out, 0, dW);
        if (net->has_intercepts)
            NAME(column_sums)(dz, gradient + at_intercepts[l], rows, out);
        if (l > 0) {
            const REAL *W = parameters + at_weights[l];
            REAL *da = work->gradients[l % 2];
            if (small)
                NAME(small_backward)(dz, W, da, rows, in, out);
            else if (narrow)
                NAME(narrow_backward)(
                    dz, NAME(transposed)(W, in, out, work->transposed), da, rows, in,
                    out);
            else
                NAME(multiply)(net, 0, 1, rows, in, out, dz, out, W, out, 0, da);
            if (work->factors[l - 1] != NULL)
                NAME(multiply_by)(da, work->factors[l - 1], rows * in);
            NAME(pull_back)(
                net->activations[l - 1], (REAL)net->activation_settings[l - 1], da,
                work->outputs[l - 1], work->slopes[l - 1], rows * in);
            dz = da;
        }
    }
}

/* Noise and dropout of dense inputs, in place. */
static void NAME(disturb_inputs)(
    NAME(workspace) *work, int64_t first, int64_t rows, int64_t width)
{
    const skmlp_noise *noise = work->noise;
    if (noise->input_noise > 0)
        NAME(disturb)(
            skmlp_stream_key(noise->seed, SKMLP_NOISE_STREAM),
            skmlp_stream_key(noise->seed, SKMLP_NOISE_STREAM + 1), noise->input_noise,
            first, work->inputs, rows, width);
    if (noise->dropout[0] > 0) {
        NAME(drop_units)(
            skmlp_stream_key(noise->seed, 0), noise->dropout[0], first, work->inputs,
            work->input_factors, work->inputs, rows, width);
    }
}

/* Dense rows in the order asked for; CSR rows stay where they are. */
static const REAL *NAME(take_rows)(
    const NAME(rows) *X, const int64_t *order, int64_t first, int64_t rows, int64_t width,
    NAME(workspace) *work, int64_t *stride)
{
    const char *values = (const char *)X->values;
    *stride = X->row_stride / (int64_t)sizeof(REAL);
    if (X->indices != NULL) return NULL;
    if (work->inputs == NULL) return (const REAL *)(values + first * X->row_stride);
    for (int64_t i = 0; i < rows; i++) {
        int64_t row = order == NULL ? first + i : order[i];
        const char *source = values + row * X->row_stride;
        REAL *restrict target = work->inputs + i * width;
        /* By memcpy, since numbers may not be aligned. */
        if (X->column_stride == (int64_t)sizeof(REAL))
            memcpy(target, source, sizeof(REAL) * (size_t)width);
        else
            for (int64_t j = 0; j < width; j++)
                memcpy(target + j, source + j * X->column_stride, sizeof(REAL));
    }
    *stride = width;
    if (work->noise != NULL) NAME(disturb_inputs)(work, first, rows, width);
    return work->inputs;
}

static double NAME(take_weights)(
    const NAME(data) *data, const int64_t *order, int64_t first, int64_t rows,
    REAL *weights)
{
    double total = 0;
    if (data->sample_weight == NULL) return (double)rows;
    for (int64_t i = 0; i < rows; i++) {
        weights[i] = data->sample_weight[order == NULL ? first + i : order[i]];
        total += (double)weights[i];
    }
    return total;
}

/* Weighted sum of losses over some rows, of their weights too; `gradient` gets `factor`
   times the gradient of that sum. */
static double NAME(batch)(
    const NAME(network) *net, const NAME(data) *data, const int64_t *order, int64_t first,
    int64_t rows, REAL factor, const REAL *parameters, NAME(workspace) *work,
    REAL *gradient, double *total_weight)
{
    int64_t stride, K = net->sizes[net->n_layers];
    const REAL *dense = NAME(take_rows)(
        &data->X, order, first, rows, net->sizes[0], work, &stride);
    *total_weight = NAME(take_weights)(data, order, first, rows, work->weights);
    NAME(forward)(net, &data->X, order, first, dense, stride, parameters, work, rows);
    double total = NAME(loss_gradient)(
        net->loss, net->loss_settings, data, order, first,
        data->sample_weight == NULL ? NULL : work->weights,
        factor, work->outputs[net->n_layers - 1],
        rows, K);
    NAME(backward)(
        net, &data->X, order, first, dense, stride, parameters, work, rows, gradient);
    return total;
}

/* Whether BLAS can read dense rows in place: aligned numbers, columns side by side, and
   rows that do not overlap, at a distance that its integers can hold. */
static int NAME(in_place)(const NAME(rows) *X, int64_t width)
{
    const int64_t size = sizeof(REAL);
    return (uintptr_t)X->values % sizeof(REAL) == 0 && X->column_stride == size
        && X->row_stride % size == 0 && X->row_stride >= width * size
        && X->row_stride / size <= INT_MAX;
}

/* Whether a workspace needs room for copies of a batch's dense rows. */
static int NAME(gathers)(
    const NAME(rows) *X, int64_t width, int ordered, const skmlp_noise *noise)
{
    int disturbed = noise != NULL && (noise->input_noise > 0 || noise->dropout[0] > 0);
    return X->indices == NULL && (ordered || disturbed || !NAME(in_place)(X, width));
}

/* Sums over the rows from `first` to before `last`, in blocks that stay in the cache:
   the losses, their gradient (added to `gradient`, in double precision) and the weights. */
static double NAME(skmlp_sums)(
    const skmlp_problem *problem, int64_t first, int64_t last, int64_t block,
    const REAL *parameters, REAL *block_gradient, double *gradient, double *total_weight,
    int *error)
{
    NAME(network) net;
    NAME(data) data;
    NAME(workspace) work;
    double total = 0;
    *total_weight = 0;
    NAME(unpack)(problem, &net, &data);
    if (block > last - first) block = last - first;
    *error = NAME(open_workspace)(
        &work, &net, block, NAME(gathers)(&data.X, net.sizes[0], 0, NULL), NULL);
    if (*error) return 0;
    for (; first < last; first += block) {
        int64_t rows = last - first < block ? last - first : block;
        double weight;
        total += NAME(batch)(
            &net, &data, NULL, first, rows, 1, parameters, &work, block_gradient, &weight);
        *total_weight += weight;
        for (int64_t i = 0; i < net.n_parameters; i++)
            gradient[i] += (double)block_gradient[i];
    }
    free(work.memory);
    return total;
}

/* Raw scores of the rows from `first` to before `last`, block by block; `scores` are
   theirs alone. */
static void NAME(skmlp_scores)(
    const skmlp_problem *problem, int64_t first, int64_t last, int64_t block,
    const REAL *parameters, REAL *scores, int *error)
{
    NAME(network) net;
    NAME(data) data;
    NAME(workspace) work;
    NAME(unpack)(problem, &net, &data);
    int64_t K = net.sizes[net.n_layers];
    if (block > last - first) block = last - first;
    *error = NAME(open_workspace)(
        &work, &net, block, NAME(gathers)(&data.X, net.sizes[0], 0, NULL), NULL);
    if (*error) return;
    for (int l = 0; l < net.n_layers; l++) work.slopes[l] = NULL; /* no way back */
    for (; first < last; first += block) {
        int64_t rows = last - first < block ? last - first : block, stride;
        const REAL *dense = NAME(take_rows)(
            &data.X, NULL, first, rows, net.sizes[0], &work, &stride);
        work.outputs[net.n_layers - 1] = scores;
        scores += rows * K;
        NAME(forward)(
            &net, &data.X, NULL, first, dense, stride, parameters, &work, rows);
    }
    free(work.memory);
}

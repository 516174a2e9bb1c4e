"""The meaning of every kernel, in array code that NumPy, torch and CuPy can run."""

import numpy as np
import scipy.sparse

from skmlp.base.compat import array_namespace

# Links: raw scores -> means, stable for scores of any size.


def logistic(z):
    """1 / (1 + e^−z)."""
    xp = array_namespace(z)
    e = xp.exp(-xp.abs(z))
    return xp.where(z >= 0, 1 / (1 + e), e / (1 + e))


def softplus(z):
    """log(1 + e^z)."""
    xp = array_namespace(z)
    positive = xp.where(z > 0, z, xp.zeros_like(z))
    return positive + xp.log1p(xp.exp(-xp.abs(z)))


def log_logistic(z):
    """log(1 / (1 + e^−z)), finite wherever z is."""
    return -softplus(-z)


def log_sum_exp(scores):
    """log Σₖ e^scoresₖ over the last axis, which is kept with length one."""
    xp = array_namespace(scores)
    largest = xp.max(scores, axis=-1, keepdims=True)
    return largest + xp.log(xp.sum(xp.exp(scores - largest), axis=-1, keepdims=True))


def log_softmax(scores):
    """scoresₖ − log Σⱼ e^scoresⱼ, finite wherever the scores are."""
    return scores - log_sum_exp(scores)


def softmax(scores):
    """e^scoresₖ / Σⱼ e^scoresⱼ over the last axis."""
    xp = array_namespace(scores)
    e = xp.exp(scores - xp.max(scores, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True)


# Update rules: one step on flat vectors of one floating dtype, in place.


def descent_step(parameters, gradient, *, learning_rate):
    """θ ← θ − rate·gradient."""
    parameters -= learning_rate * gradient


def momentum_step(parameters, gradient, velocity, *, learning_rate, momentum, nesterov):
    """v ← momentum·v − rate·gradient, then θ ← θ + v; in place.

    With `nesterov`, θ moves by momentum·v − rate·gradient with the new v instead.
    """
    push = learning_rate * gradient
    velocity *= momentum
    velocity -= push
    parameters += momentum * velocity - push if nesterov else velocity


def adam_step(
    parameters, gradient, mean, square, *, step_size, beta_1, beta_2, epsilon
):
    """θ ← θ − step_size · m / (√v + ε), in place; m and v are running moments.

    The bias corrections of Kingma and Ba (2015, section 2, last remark) are folded
    into `step_size` by the caller. All arrays are flat and of one floating dtype.
    """
    _move_moments(mean, square, gradient, beta_1, beta_2)
    parameters -= step_size * mean / (square**0.5 + epsilon)


def amsgrad_step(
    parameters, gradient, mean, square, largest, *, step_size, beta_1, beta_2, epsilon
):
    """θ ← θ − step_size · m / (√v̂ + ε), where v̂ is the largest v so far."""
    _move_moments(mean, square, gradient, beta_1, beta_2)
    largest[...] = array_namespace(largest).maximum(largest, square)
    parameters -= step_size * mean / (largest**0.5 + epsilon)


def nadam_step(
    parameters,
    gradient,
    mean,
    square,
    *,
    step_size,
    gradient_step_size,
    beta_1,
    beta_2,
    epsilon,
):
    """θ ← θ − (step_size·m + gradient_step_size·gradient) / (√v + ε)."""
    _move_moments(mean, square, gradient, beta_1, beta_2)
    push = step_size * mean + gradient_step_size * gradient
    parameters -= push / (square**0.5 + epsilon)


def _move_moments(mean, square, gradient, beta_1, beta_2):
    """m ← β₁·m + (1 − β₁)·g and v ← β₂·v + (1 − β₂)·g²."""
    mean *= beta_1
    mean += (1 - beta_1) * gradient
    square *= beta_2
    square += (1 - beta_2) * (gradient * gradient)


def rmsprop_step(
    parameters, gradient, square, velocity, *, learning_rate, decay, momentum, epsilon
):
    """u ← momentum·u + g / (√v + ε), then θ ← θ − rate·u; v is a running mean of g²."""
    square *= decay
    square += (1 - decay) * (gradient * gradient)
    velocity *= momentum
    velocity += gradient / (square**0.5 + epsilon)
    parameters -= learning_rate * velocity


def adagrad_step(parameters, gradient, square, *, learning_rate, epsilon):
    """θ ← θ − rate·g / (√v + ε); v is the sum of g²."""
    square += gradient * gradient
    parameters -= learning_rate * gradient / (square**0.5 + epsilon)


def adadelta_step(
    parameters, gradient, square, step_square, *, learning_rate, decay, epsilon
):
    """Δ = √(u + ε) / √(v + ε) · g, then θ ← θ − rate·Δ.

    v and u are running means of g² and of Δ²; the step is taken with the last u.
    """
    square *= decay
    square += (1 - decay) * (gradient * gradient)
    step = (step_square + epsilon) ** 0.5 / (square + epsilon) ** 0.5 * gradient
    step_square *= decay
    step_square += (1 - decay) * (step * step)
    parameters -= learning_rate * step


# Random numbers that can be told from where they are used: no state, no order.

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def _row_keys(seed, stream, rows):
    """64 bits for a row of a stream, by SplitMix64 (Steele, Lea and Flood 2014)."""
    key = _split_mix(np.array([(seed + stream * _GOLDEN) & _MASK], dtype=np.uint64))
    return _split_mix(key + rows.astype(np.uint64) * np.uint64(_GOLDEN))


def _split_mix(x):
    """The 64 bits that SplitMix64 makes of 64 bits."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def random_bits(seed, stream, rows, columns):
    """32 random bits for every pair of a row and a column, which broadcast.

    A row's key starts and stirs a finaliser of 32 bits that is run on the column.
    """
    keys = _row_keys(seed, stream, rows)
    x = columns.astype(np.uint32) * np.uint32(0x9E3779B9) + keys.astype(np.uint32)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) + (keys >> np.uint64(32)).astype(np.uint32)
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def kept_units(seed, stream, rows, columns, p):
    """0 with probability p, else 1 / (1 − p), in float64."""
    kept = random_bits(seed, stream, rows, columns) >= drop_threshold(p)
    return kept / (1 - p)


def drop_threshold(p):
    """Below it, 32 random bits mean that a unit is dropped."""
    return np.uint32(min(int(p * 2**32 + 0.5), 2**32 - 1))


def standard_normals(seed, streams, first, n_rows, n_columns):
    """Normal variables (n_rows, n_columns) in float32, by Box and Muller (1958).

    √(−2·log u)·cos(2π·t) of two uniform variables of 24 bits. Logarithm and cosine are
    written out, in operations that give the same bits everywhere.
    """
    rows, columns = first + np.arange(n_rows)[:, None], np.arange(n_columns)
    u, t = (random_bits(seed, s, rows, columns) >> np.uint32(8) for s in streams)
    one = np.float32(2.0**-24)
    u, t = (u.astype(np.float32) + np.float32(0.5)) * one, t.astype(np.float32) * one
    return np.sqrt(np.float32(-2) * _log(u)) * _cosine_of_turns(t)


def _log(u):
    """exponent·log 2 + the series of 2·artanh((m − 1) / (m + 1)), for 0 < u < 1."""
    bits = u.view(np.int32)
    exponent = (bits - np.int32(0x3F3504F3)) >> np.int32(23)
    m = (bits - (exponent << np.int32(23))).view(np.float32)
    s = (m - np.float32(1)) / (m + np.float32(1))
    q = s * s
    p = np.float32(0.22222222) * q + np.float32(0.28571429)
    p = (p * q + np.float32(0.4)) * q + np.float32(0.66666667)
    p = p * q + np.float32(2)
    return exponent.astype(np.float32) * np.float32(0.69314718) + s * p


def _cosine_of_turns(t):
    """cos(2π·t) of 0 ≤ t < 1, by the series of the sine of a quarter of a turn."""
    half = np.abs(t - np.float32(0.5))
    x = (half - np.float32(0.25)) * np.float32(6.2831853)
    q = x * x
    p = np.float32(-2.5052108e-08) * q + np.float32(2.7557319e-06)
    p = (p * q + np.float32(-1.9841270e-04)) * q + np.float32(8.3333333e-03)
    p = (p * q + np.float32(-1.6666667e-01)) * q + np.float32(1)
    return p * x


# Statistics: sums over rows, accumulated in float64.

_BLOCK = 2048


def class_moments(X, labels, weights, shifts, *, single=False):
    """Σ w, Σ w·r and Σ w·r·rᵀ of the residuals r = x − shift of the row's class.

    The first two are sums over each class, (K,) and (K, d); the third is over all rows,
    (d, d). X is (n, d), labels (n,) integers below K, weights (n,), shifts (K, d). With
    `single`, products of two columns of a block of rows are formed in float32.
    """
    moments = _block_moments(
        X[:_BLOCK], labels[:_BLOCK], weights[:_BLOCK], shifts, single
    )
    for start in range(_BLOCK, X.shape[0], _BLOCK):
        rows = slice(start, start + _BLOCK)
        block = _block_moments(X[rows], labels[rows], weights[rows], shifts, single)
        for total, term in zip(moments, block, strict=True):
            total += term
    return moments


def _block_moments(X, labels, weights, shifts, single):
    """The same for so few rows that copies of them do no harm."""
    xp = array_namespace(X, shifts)
    residuals = xp.astype(X, xp.float64) - xp.take(shifts, labels, axis=0)
    classes = xp.arange(shifts.shape[0], dtype=labels.dtype)
    membership = xp.where(labels[:, None] == classes, weights[:, None], 0.0)
    sums = membership.T @ residuals
    residuals *= xp.sqrt(weights)[:, None]
    if single:
        squares = xp.sum(residuals * residuals, axis=0)
        residuals = xp.astype(residuals, xp.float32)
        scatter = xp.astype(residuals.T @ residuals, xp.float64)
        diagonal = xp.eye(scatter.shape[0], dtype=xp.bool)
        scatter = xp.where(diagonal, squares, scatter)
    else:
        scatter = residuals.T @ residuals
    return xp.sum(membership, axis=0), sums, scatter


# The perceptron's mistake-driven rule.


def perceptron_epoch(
    weights,
    intercepts,
    l1_due,
    l1_paid,
    weight_sums,
    intercept_sums,
    active,
    classes,
    dense,
    values,
    indices,
    starts,
    labels,
    order,
    sample_weight,
    positive,
    negative,
    *,
    rate,
    decay,
    l1_step,
    margin,
    fit_intercept,
    joint,
    losses,
    mistakes,
):
    """wₖ ← wₖ + rate·sᵢ·yᵢₖ·xᵢ wherever yᵢₖ·(wₖᵀxᵢ + bₖ) ≤ margin, for all classes.

    One visit of the rows in `order`. They are those of `dense` (n, d), or of the CSR
    matrix (values, indices, starts) where indices are not None. yᵢₖ is 1 where the
    label of row i is the unit's in `classes` (K,), else −1. Weights (K, d) and
    intercepts (K,) of the units that are `active` (K,) change in place; a mistake
    counts `positive` (K,) times where yᵢₖ = 1, else `negative` (K,) times.

    With `joint` a row is a mistake where its own score leads over the best other one by
    no more than the margin; both units are corrected, as often as `positive` of its
    class says. All units must be active then, and unit k stand for class k.

    Before each update weights shrink by the factor `decay`. With l1_step > 0 the
    weights of the row's entries then move towards zero by the penalty that came up
    since they were last seen: `l1_due` (K,) in all, `l1_paid` (K, d) of it so far
    (Tsuruoka, Tsujii and Ananiadou 2009). `losses` (K,) gets Σᵢ cᵢₖ·max(0, margin −
    lead), where the lead is yᵢₖ·score, or that over the best other score, and cᵢₖ how
    often the row counts; `mistakes` (K,) gets the number of rows that do.

    Where they are not None, `weight_sums` (K, d) and `intercept_sums` (K,) grow by
    Σᵢ sᵢ·wₖ and Σᵢ sᵢ·bₖ, with what wₖ and bₖ were after the visit of row i.
    """
    losses[...] = 0
    mistakes[...] = 0
    if indices is not None:
        values, indices, starts = _merged(values, indices, starts, weights.shape[1])
    learning = [k for k in range(weights.shape[0]) if active[k]]
    # Weights are scale·w. Their sum over the visits is clock·w + sums, so that a change
    # of w costs the sums its own entries only.
    scales, clocks = [1.0] * weights.shape[0], [0.0] * weights.shape[0]
    visits = 0.0

    def settle(k):
        if weight_sums is not None:
            weight_sums[k] += clocks[k] * weights[k]
        weights[k] *= scales[k]
        scales[k], clocks[k] = 1.0, 0.0

    for row in order:
        if indices is None:
            x, entries = dense[row], slice(None)
        else:
            x = values[starts[row] : starts[row + 1]]
            entries = indices[starts[row] : starts[row + 1]]
        label, visit = int(labels[row]), float(sample_weight[row])
        scores = {k: scales[k] * (weights[k][entries] @ x) for k in learning}
        scores = {k: score + intercepts[k] for k, score in scores.items()}
        own = {k: label == int(classes[k]) for k in learning}
        if joint:
            rival = max((k for k in learning if k != label), key=scores.get)
            leads = {label: scores[label] - scores[rival]}
        else:
            leads = {k: scores[k] if own[k] else -scores[k] for k in learning}
        pushes = {}
        for k, lead in leads.items():
            weight = visit * float((positive if joint or own[k] else negative)[k])
            if lead > margin or weight == 0:  # a tie is a mistake
                continue
            losses[k] += weight * (margin - lead)
            mistakes[k] += 1
            pushes[k] = rate * weight if own[k] else -rate * weight
            if joint:
                pushes[rival] = -pushes[k]
        for k in learning:
            scales[k] *= decay
            if scales[k] < 1e-3:  # w grows, and sums would be small differences
                settle(k)
        for k, push in pushes.items():
            change = push / scales[k] * x
            weights[k][entries] += change
            if weight_sums is not None:
                weight_sums[k][entries] -= clocks[k] * change
            if fit_intercept:
                intercepts[k] += push
                if intercept_sums is not None:
                    intercept_sums[k] -= visits * push
        visits += visit
        for k in learning:
            if l1_step > 0:
                l1_due[k] += l1_step
                due = l1_due[k] / scales[k]
                change = _pay_l1(weights[k], l1_paid[k], entries, due, scales[k])
                if weight_sums is not None:
                    weight_sums[k][entries] -= clocks[k] * change
            clocks[k] += visit * scales[k]
    for k in learning:
        settle(k)
        if intercept_sums is not None:
            intercept_sums[k] += visits * intercepts[k]


def _merged(values, indices, starts, n_columns):
    """The arrays of a CSR matrix, with entries that come in several pieces added up."""
    rows = scipy.sparse.csr_array(
        (values, indices, starts), shape=(len(starts) - 1, n_columns)
    )
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    return rows.data, rows.indices, rows.indptr


def _pay_l1(w, paid, entries, due, scale):
    """Move the weights of some entries towards zero, never past it; their changes."""
    xp = array_namespace(w)
    before = xp.asarray(w[entries], copy=True)
    already = paid[entries] / scale
    zero = xp.zeros_like(before)
    falling = xp.maximum(before - (due + already), zero)
    rising = xp.minimum(before + (due - already), zero)
    after = xp.where(before > 0, falling, xp.where(before < 0, rising, before))
    w[entries] = after
    paid[entries] += scale * (after - before)
    return after - before


# Coordinate descent on the quadratic model of a likelihood.

_REMEMBERED = 5


def coordinate_sweeps(
    values,
    indices,
    starts,
    stops,
    mean,
    curvature,
    gradient,
    parameters,
    l1,
    l2,
    lower,
    upper,
    step_scores,
    order,
    *,
    share,
    max_sweeps,
    fallen=0.0,
):
    """Minimise gᵀΔ + ½·Σᵢₖ cᵢₖ·Dᵢₖ·(Dᵢₖ − Σₘ pᵢₘ·Dᵢₘ) + ½·l2·‖θ‖² + l1·‖θ‖₁ over θ.

    θ = parameters (m, K) + Δ within lower and upper (m, K), one coordinate after the
    other; D = Σⱼ columnⱼ·Δⱼ (K, n) are the steps of the scores. Column j is made of the
    entries starts[j] to stops[j] of a CSC matrix (values, indices), or it is values[j]
    of values (m, n) where indices are None. p = mean (K, n) and c = curvature (K, n);
    g = gradient (m, K), l1 and l2 (m,).

    θ and `step_scores`, D, change in place. Columns are visited in the `order` (m,).
    After a visit of all coordinates come visits of those that are not zero, until one
    lowers the model by no more than `share` of what it has `fallen` by so far; then all
    are seen again. Every five visits are extrapolated to their limit by Anderson's
    mixing, where the model is lower there (Bertrand and Massias 2021). Returns the
    number of visits, at most max_sweeps, the share of the last visit of all, and
    `fallen`, all in units of twice the model.
    """
    xp = array_namespace(parameters)
    n_outputs = parameters.shape[1]
    mean_step = (mean * step_scores).sum(axis=0)
    curvatures = {}

    def visit(j, k):
        rows, x = _column(values, indices, starts, stops, j)
        c = curvature[k, rows]
        if (j, k) not in curvatures:
            curvatures[j, k] = (c * (1 - mean[k, rows])) @ (x * x)
        bend = curvatures[j, k] + l2[j]
        if not bend > 0:
            return 0.0
        before = parameters[j, k]
        slope = gradient[j, k] + (c * x) @ (step_scores[k, rows] - mean_step[rows])
        slope += l2[j] * before
        after = before - slope / bend
        shrunk = max(abs(after) - l1[j] / bend, 0.0)
        after = -shrunk if after < 0 and shrunk > 0 else shrunk
        after = min(max(after, lower[j, k]), upper[j, k])
        if after != before:
            parameters[j, k] = after
            step_scores[k, rows] += (after - before) * x
            mean_step[rows] += (after - before) * mean[k, rows] * x
        return (after - before) ** 2 * bend

    def extrapolate(active, known):
        bends = xp.asarray([curvatures[entry] + l2[entry[0]] for entry in active])
        weights = _mixing_weights(known, bends)
        if weights is None:
            return 0.0
        jump, jump_scores = 0 * parameters, 0 * step_scores
        for (j, k), limit in zip(active, weights @ xp.asarray(known[1:]), strict=True):
            limit = min(max(limit, lower[j, k]), upper[j, k])
            jump[j, k] = limit - parameters[j, k]
            rows, x = _column(values, indices, starts, stops, j)
            jump_scores[k, rows] += jump[j, k] * x
        pull = curvature * jump_scores
        slope = ((gradient + l2[:, None] * parameters) * jump).sum()
        slope += (pull * (step_scores - mean_step)).sum()
        bend = (l2[:, None] * jump * jump).sum()
        bend += (pull * (jump_scores - (mean * jump_scores).sum(axis=0))).sum()
        cost = l1[:, None] * (xp.abs(parameters + jump) - xp.abs(parameters))
        change = float(slope + 0.5 * bend + cost.sum())
        if not change < 0:
            return 0.0
        parameters[...] += jump
        step_scores[...] += jump_scores
        mean_step[...] += (mean * jump_scores).sum(axis=0)
        return -2 * change

    everything = [(int(j), k) for j in order for k in range(n_outputs)]
    sweeps, total, last = 0, fallen, 1.0
    while sweeps < max_sweeps:
        fall = sum(visit(j, k) for j, k in everything)
        sweeps, total = sweeps + 1, total + fall
        last = fall / total if total > 0 else 0.0
        if last <= share:
            break
        active = [(j, k) for j, k in everything if parameters[j, k] != 0]
        known = [[parameters[entry] for entry in active]]
        while sweeps < max_sweeps:
            fall = sum(visit(j, k) for j, k in active)
            sweeps, total = sweeps + 1, total + fall
            if fall <= share * total:
                break
            known.append([parameters[entry] for entry in active])
            if len(known) > _REMEMBERED:
                total += extrapolate(active, known)
                known = [[parameters[entry] for entry in active]]
    return sweeps, last, total


def _mixing_weights(known, bends):
    """Weights, of sum one, that make the mean of the known changes small, or None."""
    xp = array_namespace(bends)
    changes = xp.asarray(known[1:]) - xp.asarray(known[:-1])
    gram = (changes * bends) @ changes.T
    gram += 1e-12 * xp.max(xp.linalg.diagonal(gram)) * xp.eye(len(gram))
    if not xp.any(gram != 0):
        return None
    weights = xp.linalg.solve(gram, xp.ones((len(gram), 1)))[:, 0]
    total = xp.sum(weights)
    return weights / total if xp.isfinite(total) and total != 0 else None


def _column(values, indices, starts, stops, j):
    """The rows of a column's entries, and the entries."""
    if indices is None:
        return slice(None), values[j]
    entries = slice(starts[j], stops[j])
    return indices[entries], values[entries]


def column_products(values, indices, starts, stops, pull):
    """Σᵢ xᵢⱼ·pullₖᵢ (m, K) of the columns that `coordinate_sweeps` takes."""
    xp = array_namespace(pull)
    if indices is None:
        return values @ pull.T
    products = [xp.zeros((0, pull.shape[0]))]
    for j in range(len(starts)):
        rows, x = _column(values, indices, starts, stops, j)
        products.append((pull[:, rows] @ x)[None, :])
    return xp.concat(products, axis=0)


def violations(gradient, parameters, l1, l2, lower, upper):
    """How fast a smooth part with that gradient, ½·l2·‖θ‖² and l1·‖θ‖₁ fall together.

    The larger of the rates up and down each of the coordinates (m, K), as far as bounds
    let them move; l1 and l2 are (m,).
    """
    xp = array_namespace(parameters)
    theta, l1 = parameters, l1[:, None]
    smooth, zero = gradient + l2[:, None] * theta, xp.zeros_like(theta)
    up = xp.where(theta < upper, -smooth - xp.where(theta >= 0, l1, -l1), zero)
    down = xp.where(theta > lower, smooth + xp.where(theta > 0, l1, -l1), zero)
    return xp.maximum(xp.maximum(up, down), zero)


def log_loss(scores, targets, weight, mean, pull):
    """Σᵢ wᵢ·ℓᵢ of scores (K, n), by softmax; of one score by the logistic function.

    `targets` (K, n) sum to one over the classes, or are in [0, 1] for one score.
    `mean` (K, n) gets the probabilities, `pull` (K, n) the gradient w·(mean − targets).
    """
    xp = array_namespace(scores)
    if scores.shape[0] == 1:
        mean[...] = logistic(scores)
        values = softplus(scores) - targets * scores
    else:
        log_p = log_softmax(scores.T).T
        mean[...] = xp.exp(log_p)
        values = -targets * log_p
    pull[...] = weight * (mean - targets)
    return float(xp.sum(values @ weight))

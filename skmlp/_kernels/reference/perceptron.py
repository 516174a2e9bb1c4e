"""One epoch of the perceptron's mistake-driven rule."""

import scipy.sparse

from skmlp._kernels.arrays import array_namespace


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

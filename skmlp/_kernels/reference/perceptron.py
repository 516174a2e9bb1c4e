"""Epochs of the perceptron's mistake-driven rule, until its units have stopped."""

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse

from skmlp._kernels.arrays import array_namespace


class PerceptronRows(NamedTuple):
    """Rows with their labels, and the order in which they are visited.

    The rows are those of `dense` (n, d) or, where `indices` is not None, those of the
    CSR matrix (values, indices, starts).
    """

    dense: Any
    values: Any
    indices: Any
    starts: Any
    labels: Any  # (n,)
    order: Any  # the rows to visit
    sample_weight: Any  # (n,)
    words: Any  # (625,) state of the generator that shuffles `order`; None: no shuffles


class PerceptronUnits(NamedTuple):
    """State of K units; a kernel changes all arrays but the last three in place."""

    weights: Any  # (K, d)
    intercepts: Any  # (K,)
    l1_due: Any  # (K,): the l1 penalty that came up so far
    l1_paid: Any  # (K, d): the part of it that moved each weight
    weight_sums: Any  # (K, d), or None without averaging
    intercept_sums: Any  # (K,), or None without averaging
    active: Any  # (K,): 1 for units that learn
    classes: Any  # (K,): the label for which a unit's score should be positive
    positive: Any  # (K,): how often a mistake on a row of the unit's class counts
    negative: Any  # (K,): how often a mistake on another row counts


class PerceptronRule(NamedTuple):
    """Constants of the perceptron rule, such as its learning rate and margin."""

    rate: float
    decay: float
    l1_step: float
    margin: float
    fit_intercept: bool
    joint: bool


class PerceptronPlan(NamedTuple):
    """Number of epochs, and what ends a unit before."""

    max_epochs: int
    tol: (
        float | None
    )  # share of the first objective that is progress; None: no patience
    n_iter_no_change: int  # consecutive epochs without progress that end a unit
    l2: float  # strengths of the penalties, which are a part of the objective
    l1: float


class PerceptronProgress(NamedTuple):
    """Results of the epochs so far, for each of C units; joint units count as one.

    A kernel changes all arrays in place.
    """

    curve: Any  # (at least max_epochs,): gets the mistakes of each epoch
    losses: Any  # (K,): gets the losses of the last epoch
    mistakes: Any  # (K,): gets the mistakes of the last epoch
    objectives: Any  # (C,): gets the mean losses of the last epoch, plus penalties
    first: Any  # (C,): objectives of the first epoch; NaN before it
    best: Any  # (C,): lowest objectives so far
    waited: Any  # (C,): consecutive epochs without progress so far
    faultless: Any  # (C,): 1 if there was no mistake in the unit's last epoch
    visits: Any  # (K,): sums of the sample weights over the visits, or None


def perceptron_epochs(rows, units, rule, plan, progress):
    """Run epochs until no unit is active, or `max_epochs` have run.

    Every epoch visits the rows by `perceptron_epoch`. A unit is active until an epoch
    ends without a mistake, if there is no penalty, or until `n_iter_no_change`
    consecutive epochs have not lowered its best objective by at least `tol` times its
    first objective.

    If `words` are not None, they are the state of a `numpy.random.RandomState`: 624
    words, and the number of words that are used up. Then `order` is shuffled before
    every epoch.

    Parameters
    ----------
    rows : PerceptronRows
        `order` and `words` are changed in place.
    units : PerceptronUnits
        Changed in place, those that are active.
    rule : PerceptronRule
    plan : PerceptronPlan
    progress : PerceptronProgress
        Changed in place.

    Returns
    -------
    n_epochs : int
        Number of epochs that were run.
    is_sound : bool
        False if numbers overflowed in the last epoch, or the average of a unit
        vanished; the epochs end then.
    """
    n_epochs, is_sound = 0, True
    weight = rows.sample_weight[rows.order]
    while n_epochs < plan.max_epochs and units.active.any():
        if rows.words is not None:
            _shuffle(rows.order, rows.words)
        perceptron_epoch(rows, units, rule, progress.losses, progress.mistakes)
        if progress.visits is not None:
            progress.visits[...] += weight.sum(dtype=np.float64) * units.active
        progress.curve[n_epochs] = progress.mistakes.sum()
        n_epochs += 1
        is_sound = _set_objectives(rows, units, rule, plan, progress)
        if not is_sound:
            break
        _end_units(units.active, progress, plan, rule.joint)
    return n_epochs, is_sound


def _shuffle(order, words):
    """Shuffle numbers in place by a RandomState of the state `words` (625,)."""
    generator = np.random.RandomState()
    generator.set_state(("MT19937", words[:-1], int(words[-1])))
    generator.shuffle(order)
    _, words[:-1], words[-1], *_ = generator.get_state()


def _set_objectives(rows, units, rule, plan, progress):
    """Set the objectives of an epoch; return False if the units are not sound."""
    losses = progress.losses / max(1, len(rows.order))
    if plan.l2 > 0 or plan.l1 > 0:
        for k, w in enumerate(units.weights):
            losses[k] += plan.l2 / 2 * np.sum(w**2, dtype=np.float64)
            losses[k] += plan.l1 * np.sum(np.abs(w), dtype=np.float64)
    progress.objectives[...] = losses.sum() if rule.joint else losses
    largest_visit = np.max(rows.sample_weight[rows.order], initial=0.0)
    return bool(np.isfinite(progress.objectives).all()) and all(
        _is_sound(units, k, rule.l1_step > 0, float(largest_visit))
        for k in np.flatnonzero(units.active)
    )


def _is_sound(units, k, has_l1, largest_visit):
    """Return True if all numbers of a unit are finite, and its average does not vanish.

    An l1 penalty can set weights that have overflowed to zero, but not what it took
    from them, nor their sums. An average sums products of weights of two kinds.
    """
    arrays = [units.weights[k], units.intercepts[k]]
    if has_l1:
        arrays.append(units.l1_paid[k])
    if units.weight_sums is not None:
        size = float(np.max(np.abs(units.weights[k]), initial=0.0))
        if 0 < size * 2.0**500 * largest_visit < 2.0**-522:
            return False
        arrays += [units.weight_sums[k], units.intercept_sums[k]]
    return all(np.isfinite(array).all() for array in arrays)


def _end_units(active, progress, plan, joint):
    """Record the progress of an epoch, and end units that learn no more."""
    mistakes = progress.mistakes.sum(keepdims=True) if joint else progress.mistakes
    was_active = active[: len(mistakes)] > 0
    progress.faultless[was_active] = mistakes[was_active] == 0
    ends = np.zeros(len(mistakes), dtype=bool)
    if not (plan.l2 > 0 or plan.l1 > 0):
        ends |= mistakes == 0
    if plan.tol is not None:
        costs, new = progress.objectives, np.isnan(progress.first)
        progress.first[new] = costs[new]
        worse = costs > progress.best - plan.tol * progress.first
        progress.waited[...] = np.where(worse, progress.waited + 1, 0)
        progress.best[...] = np.minimum(progress.best, costs)
        ends |= progress.waited >= plan.n_iter_no_change
    active[np.broadcast_to(ends, active.shape)] = 0


def perceptron_epoch(rows, units, rule, losses, mistakes):
    """Visit the rows once, and correct the units after every mistake.

    A mistake of unit k on row i is yᵢₖ·(wₖᵀxᵢ + bₖ) ≤ margin, where yᵢₖ is 1 if the
    label of the row is the unit's class, else −1. It is corrected by
    wₖ ← wₖ + rate·cᵢₖ·yᵢₖ·xᵢ and bₖ ← bₖ + rate·cᵢₖ·yᵢₖ, where cᵢₖ is the sample weight
    times `positive` (yᵢₖ = 1) or `negative` of the unit.

    With `joint` a row is a mistake if its own score exceeds the best other score by no
    more than the margin. Both units are corrected, by `positive` of the row's class.
    All units must be active then, and unit k must stand for class k.

    Before each update the weights are multiplied by `decay`. With l1_step > 0 the
    weights of the row's entries then move towards zero by the penalty that came up
    since their last visit (Tsuruoka, Tsujii and Ananiadou 2009).

    Where they are not None, `weight_sums` and `intercept_sums` grow by Σᵢ sᵢ·wₖ and
    Σᵢ sᵢ·bₖ, with the values after the visit of row i and its sample weight sᵢ.

    Parameters
    ----------
    rows : PerceptronRows
    units : PerceptronUnits
        Changed in place, those that are active.
    rule : PerceptronRule
    losses : ndarray of shape (K,)
        Gets Σᵢ cᵢₖ·max(0, margin − lead), where the lead is yᵢₖ·score or, with `joint`,
        the own score minus the best other score.
    mistakes : ndarray of shape (K,)
        Gets the number of mistakes.
    """
    dense, values, indices, starts, labels, order, sample_weight, _ = rows
    weights, intercepts, l1_due, l1_paid, weight_sums, intercept_sums = units[:6]
    active, classes, positive, negative = units[6:]
    rate, decay, l1_step, margin, fit_intercept, joint = rule
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
        """Apply the pending scale to the weights of unit k; update its weight sums."""
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
    """Return the arrays of a CSR matrix without duplicate entries: these are added."""
    rows = scipy.sparse.csr_array(
        (values, indices, starts), shape=(len(starts) - 1, n_columns)
    )
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    return rows.data, rows.indices, rows.indptr


def _pay_l1(w, paid, entries, due, scale):
    """Apply the pending l1 penalty to w[entries] in place; return the changes."""
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

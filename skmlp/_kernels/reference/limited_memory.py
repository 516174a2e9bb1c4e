"""The direction of L-BFGS: the two loops of Nocedal (1980)."""

from skmlp._kernels.arrays import array_namespace


def limited_memory_direction(gradient, steps, changes, *, newest, n_pairs):
    """Return −H·gradient (n,), with the H that L-BFGS makes of the last pairs.

    H is an approximate inverse of the Hessian, from steps s and the changes y of the
    gradient. Row `newest` of `steps` and `changes` (size, n) is the last of `n_pairs`
    pairs; the rows before it, and from the end again, are older. Without pairs H is the
    identity.
    """
    xp = array_namespace(gradient)
    size = steps.shape[0]
    rows = [(newest - age) % size for age in range(n_pairs)]
    curvatures = {row: xp.sum(steps[row] * changes[row]) for row in rows}
    shares, direction = {}, -gradient
    for row in rows:
        shares[row] = xp.sum(steps[row] * direction) / curvatures[row]
        direction = direction - shares[row] * changes[row]
    if rows:
        last = changes[newest]
        direction = direction * (curvatures[newest] / xp.sum(last * last))
    for row in reversed(rows):
        share = shares[row] - xp.sum(changes[row] * direction) / curvatures[row]
        direction = direction + share * steps[row]
    return direction

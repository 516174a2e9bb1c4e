"""Random arguments of kernels, and their faults."""

import numpy as np
import scipy.sparse

PLACES = ("indices", "starts", "stops", "order", "labels", "classes", "layer_sizes")
PLACES += ("activations", "code", "is_wide", "outputs")


def spoil(arguments, case):
    """Replace one of the arrays of numbers by one with the fault of the case."""
    fault = case.settings["fault"]
    names = [
        name
        for name, value in arguments.items()
        if isinstance(value, np.ndarray) and name not in PLACES and value.size
    ]
    if fault == "none" or not names:
        return
    name = names[case.data["argument"] % len(names)]
    arguments[name] = altered(arguments[name], fault, case.data["options"])


def altered(array, fault, options):
    """Return the array shortened, in another layout, or of another dtype."""
    if fault == "wrong length":
        return array[:-1].copy() if options[0] else array[..., :-1].copy()
    if fault == "other dtype":
        other = {"float32": "f8", "float64": "f4"}.get(array.dtype.name, "f8")
        return array.astype(other)
    if options[0]:
        return array[::-1].copy()[::-1]
    if options[1]:
        return np.repeat(array, 2, axis=-1)[..., ::2]
    if options[2] and array.ndim == 2:
        return np.asfortranarray(array)
    changed = np.frombuffer(bytearray(1 + array.nbytes), array.dtype, offset=1)
    changed = changed.reshape(array.shape)
    changed[...] = array
    return changed


def numbers(data, rng, *shape):
    with np.errstate(over="ignore"):
        return (data["scale"] * rng.normal(size=shape)).astype(data["dtype"])


def rows_of(data, rng, X):
    """Return the arguments dense, values, indices and starts of dense or CSR rows."""
    rows = dict.fromkeys(("dense", "values", "indices", "starts"))
    if not data["sparse"]:
        return rows | {"dense": X}
    X = scipy.sparse.csr_array(np.where(rng.random(X.shape) < 0.5, 0, X))
    indices, starts = X.indices.astype(np.int32), X.indptr.astype(np.int32)
    return rows | {"values": X.data, "indices": indices, "starts": starts}

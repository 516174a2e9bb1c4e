"""Random numbers that follow from their position alone, without state, in any order."""

import numpy as np

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def _row_keys(seed, stream, rows):
    """Return 64 random bits per row of a stream, by SplitMix64 (Steele et al. 2014)."""
    key = _split_mix(np.array([(seed + stream * _GOLDEN) & _MASK], dtype=np.uint64))
    return _split_mix(key + rows.astype(np.uint64) * np.uint64(_GOLDEN))


def _split_mix(x):
    """Return SplitMix64's hash of 64 bits."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def random_bits(seed, stream, rows, columns):
    """Return 32 random bits for every pair of a row and a column, which broadcast.

    The bits are a 32-bit hash of the column, into which the row's key is mixed.
    """
    keys = _row_keys(seed, stream, rows)
    x = columns.astype(np.uint32) * np.uint32(0x9E3779B9) + keys.astype(np.uint32)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) + (keys >> np.uint64(32)).astype(np.uint32)
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def dropout_factors(seed, stream, rows, columns, p):
    """Return dropout factors: 0 with probability p, else 1 / (1 − p), in float64."""
    kept = random_bits(seed, stream, rows, columns) >= drop_threshold(p)
    return kept / (1 - p)


def drop_threshold(p):
    """Return the number below which 32 random bits mean that a unit is dropped."""
    return np.uint32(min(int(p * 2**32 + 0.5), 2**32 - 1))


def standard_normals(seed, streams, first, n_rows, n_columns):
    """Return standard normal variables (n_rows, n_columns) in float32.

    By the method of Box and Muller (1958): √(−2·log u)·cos(2π·t) of two uniform
    variables of 24 bits. Logarithm and cosine are computed by operations that give the
    same bits on every platform.
    """
    rows, columns = first + np.arange(n_rows)[:, None], np.arange(n_columns)
    u, t = (random_bits(seed, s, rows, columns) >> np.uint32(8) for s in streams)
    one = np.float32(2.0**-24)
    u, t = (u.astype(np.float32) + np.float32(0.5)) * one, t.astype(np.float32) * one
    return np.sqrt(np.float32(-2) * _log(u)) * _cosine_of_turns(t)


def _log(u):
    """Return log u for 0 < u < 1, by the series of 2·artanh((m − 1) / (m + 1))."""
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
    """Return cos(2π·t) for 0 ≤ t < 1, by the series of the sine near zero."""
    half = np.abs(t - np.float32(0.5))
    x = (half - np.float32(0.25)) * np.float32(6.2831853)
    q = x * x
    p = np.float32(-2.5052108e-08) * q + np.float32(2.7557319e-06)
    p = (p * q + np.float32(-1.9841270e-04)) * q + np.float32(8.3333333e-03)
    p = (p * q + np.float32(-1.6666667e-01)) * q + np.float32(1)
    return p * x

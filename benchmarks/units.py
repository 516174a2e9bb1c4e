"""Print durations with three digits and a unit."""

_UNITS = ((1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def duration(seconds):
    """Return seconds as a number with its unit, such as "77.3µs"."""
    scale, unit = next((pair for pair in _UNITS if seconds >= pair[0]), _UNITS[-1])
    return f"{three_digits(seconds / scale)}{unit}"


def three_digits(number):
    """Return a number with three digits, or with all digits before the point."""
    return f"{number:.3g}" if number < 100 else f"{number:.0f}"

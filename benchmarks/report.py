"""Print the measurements as tables of plain text, and convert them to JSON."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import timing
from benchmarks.datasets import fashion_is_real
from benchmarks.scaling import VARIABLES
from benchmarks.units import duration, three_digits

# Widths of the columns; the first one is aligned to the left.
_WIDTHS = (33, 10, 10, 10, 10, 10, 11, 11, 14)


def environment():
    """Return a dict of the machine and the versions on which the numbers depend."""
    # Imported here, since the parent process needs no estimator for anything else.
    import numpy as np
    from scipy.linalg import cython_blas
    from threadpoolctl import threadpool_info

    from skmlp import _kernels

    assert cython_blas
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    names = ("skmlp", "scikit-learn", "numpy", "scipy", "torch")
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in names},
        "blas": [
            {
                "name": Path(pool["filepath"]).name.split("-")[0],
                "version": pool["version"],
                "architecture": pool.get("architecture"),
                "threads": pool["num_threads"],
            }
            for pool in pools
        ],
        "kernels": _kernels.NAME,
        "simd": np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found"),
        "fashion_mnist": fashion_is_real(),
    }


def machine(about):
    """Return the environment in a few lines of text."""
    packages = ", ".join(
        f"{name} {number}" for name, number in about["packages"].items() if number
    )
    blas = "; ".join(
        f"{pool['name']} {pool['version']} {pool['architecture']} "
        f"({pool['threads']} threads)"
        for pool in about["blas"]
    )
    data = "Fashion-MNIST" if about["fashion_mnist"] else "random data of its shape"
    return (
        f"{about['cpu']}, {about['cores']} cores, load {about['load']:.1f}, "
        f"{about['system']}",
        f"Python {about['python']}, {packages}",
        f"BLAS: {blas}",
        f"kernels: {about['kernels']}; images of 28 × 28 pixels: {data}",
    )


def header(about, *, quick):
    """Return the lines above the tables: the environment, and an explanation."""
    lines = [
        *machine(about),
        "Medians of alternated runs ± their median absolute deviation in percent; of "
        "threads, the better",
        "of one and all.",
        "Steps, epochs and Newton's iterations are whole fits over their number: "
        "validation of the input is in them.",
    ]
    if quick:
        lines.append("--quick: fewer runs, smaller n, no compiled PyTorch, no memory.")
    return "\n".join(lines)


def table_header():
    """Return two lines of column heads and a rule."""
    first = ("", "", "scikit-", "torch", "torch", "", "faster", "over", "MB ours")
    second = ("work", "ours", "learn", "eager", "compiled", "floor")
    second += ("than s-l.", "the floor", "/theirs")
    return "\n".join((_line(first), _line(second), "-" * len(_line(second))))


def table_row(work, result, memory):
    """Return a row of the table: times, ratios with their targets, memory."""
    times = [time_cell(result.best(role)) for role in timing.ROLES]
    ours, theirs = memory.get("ours"), memory.get("theirs")
    megabytes = f"{_megabytes(ours)}/{_megabytes(theirs)}"
    if work.bytes_beyond_input is not None and ours is not None:
        megabytes += _mark(ours <= work.bytes_beyond_input)
    return _line(
        (
            f"{work.name}",
            *times,
            _more(result.best("theirs"))
            + _target(result.ratio("theirs", "ours"), "≥", work.times_faster),
            _target(result.ratio("ours", "floor"), "≤", work.of_floor),
            megabytes,
        )
    )


def footnotes(work, result):
    """Return lines below the table: agreement with scikit-learn, and failures."""
    lines = []
    agreement = timing.agreement(work, result)
    if agreement is not None and work.compares == "loss":
        lines.append(f"loss {agreement:+.2%} of scikit-learn's")
    elif agreement is not None:
        lines.append(f"{agreement:.2%} of predictions equal scikit-learn's")
    lines += [f"{role}: {text[:90]}" for role, text in result.failures.items()]
    bests = {role: result.best(role) for role in result.times}
    lines += [f"{role}: {t.unfinished}" for role, t in bests.items() if t.unfinished]
    return [f"{work.name}: {line}" for line in lines]


def row_numbers(work, result, memory):
    """Return the numbers of a row for JSON."""
    return {
        "work": work.name,
        "unit": work.unit,
        "seconds": seconds(result),
        "times_faster": result.ratio("theirs", "ours"),
        "times_faster_target": work.times_faster,
        "of_floor": result.ratio("ours", "floor"),
        "of_floor_target": work.of_floor,
        "bytes_beyond_input": memory,
        "bytes_beyond_input_target": work.bytes_beyond_input,
        "compares": work.compares,
        "agreement": timing.agreement(work, result),
        "failures": result.failures,
    }


def seconds(result):
    """Return the seconds of all runs of a Result for JSON, by role and variant."""
    return {
        role: {
            variant: {
                "median": times.median,
                "spread": times.spread,
                "runs": times.runs,
                "unfinished": times.unfinished,
            }
            for variant, times in variants.items()
        }
        for role, variants in result.times.items()
    }


def feature_header():
    """Return the column heads of the table of features."""
    title = (
        "What a feature costs: a step of 64-100-10 (regressors -1), float32, batch 32 "
        "(plain: 200)"
    )
    return f"{title}\n{'feature':<42}{'with':>10}{'without':>10}{'ratio':>14}"


def feature_row(feature, with_it, without):
    """Return the row of a feature: seconds of a step with and without it, the ratio."""
    times = "".join(f"{seconds * 1e6:>8.1f}µs" for seconds in (with_it, without))
    ratio = _target(with_it / without, "≤", feature.max_ratio)
    return f"{feature.name:<42}{times}{ratio:>14}"


def check_header():
    """Return the column heads of the table of checks inside fits."""
    title = (
        "Checks of sparse matrices (20,000 documents) and of the result: their share"
    )
    return f"{title}\n{'work':<42}{'whole':>10}{'checks':>10}{'share':>14}"


def check_row(check, whole, inside, max_share):
    """Return the row of a fit or prediction: its time, time and share of its checks."""
    times = f"{whole * 1e3:>8.1f}ms{inside * 1e6:>8.0f}µs"
    share = inside / whole
    text = f"{share:.2%}"
    if max_share is not None:
        text += f"≤{max_share:.0%}{_mark(share <= max_share)}"
    return f"{check.name:<42}{times}{text:>14}"


def exponent_header():
    """Return the column heads of the table of exponents."""
    cells = "".join(f"{variable:>17}" for variable in VARIABLES)
    title = "Exponents: time grows as size to the power of (over the sizes)"
    return f"\n{title}\n{'':19}{cells}"


def exponent_row(curve, fitted):
    """Return the row of a curve: its exponents, and the ranges of sizes of the fits."""
    cells = []
    for variable in VARIABLES:
        cell = "–"
        if variable in fitted:
            sizes = fitted[variable]["sizes"]
            first, last = (_thousands(size) for size in (sizes[0], sizes[-1]))
            cell = f"{fitted[variable]['exponent']:.2f} ({first}-{last})"
        cells.append(f"{cell:>17}")
    return f"{curve.name:19}" + "".join(cells)


def _line(cells):
    widths = zip(cells[1:], _WIDTHS[1:], strict=True)
    return f"{cells[0]:<{_WIDTHS[0]}}" + "".join(f"{c:>{width}}" for c, width in widths)


def time_cell(times):
    """Return a median with its unit, and its spread in percent."""
    if times is None:
        return "–"
    return f"{_more(times)}{duration(times.median)}±{100 * times.spread:.0f}"


def _more(times):
    """Return '>' for times that are lower bounds, else an empty text."""
    return ">" if times is not None and times.unfinished else ""


def _target(ratio, sign, target):
    if ratio is None:
        return "–"
    text = f"{ratio:.1f}" if ratio < 100 else f"{ratio:.0f}"
    if sign == "≤":
        text = f"{ratio:.2f}"
    if target is None:
        return text
    met = ratio >= target if sign == "≥" else ratio <= target
    return f"{text}{sign}{target:g}{_mark(met)}"


def _mark(met):
    return "✓" if met else "✗"


def _thousands(size):
    return f"{size // 1000}k" if size >= 10_000 else str(size)


def _megabytes(number):
    return "–" if number is None else three_digits(number / 1e6)


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _cpu():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line for line in lines if line.startswith("model name"))
        family = [
            next(line for line in lines if line.startswith(key)).split(":")[1].strip()
            for key in ("cpu family", "model\t")
        ]
        flags = next(line for line in lines if line.startswith("flags"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
    widest = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else ""
    return f"{name.split(':')[1].strip()} (family {family[0]}, {widest})"

"""Print how long the settings of every library take to reach the accuracy of a task."""

from dataclasses import asdict
from math import inf
from statistics import geometric_mean, median

from benchmarks.units import duration

LIBRARIES = {"ours": "skmlp", "theirs": "scikit-learn", "torch_eager": "PyTorch"}


def header():
    """Return the lines above the tables of all tasks."""
    return (
        "\nTime to an accuracy on test rows: seconds of training, median of the seeds, "
        "by the wall clock.\n"
        "It is measured at the end of every epoch, or of a fit without epochs; that "
        "time does not count.\n"
        ">: half of the seeds did not reach it; these are the seconds and the accuracy "
        "at the end."
    )


def title(task, accuracy):
    """Return the heads of the table of a task."""
    heads = f"{'library':<14}{'setting':<48}{'threads':>8}{'seconds':>10}"
    heads += f"{'epochs':>8}{'reached':>9}{'accuracy':>10}"
    return f"\n{task.name}: {accuracy:.4f}\n{heads}\n{'-' * len(heads)}"


def row(role, name, threads, outcomes):
    """Return the line of a setting."""
    reached = sum(outcome.reached for outcome in outcomes)
    seconds = seconds_to_target(outcomes)
    if seconds == inf:
        seconds = median(outcome.seconds for outcome in outcomes)
        text = f">{duration(seconds)}"
    else:
        text = duration(seconds)
    epochs = median(outcome.n_epochs for outcome in outcomes)
    accuracy = median(outcome.accuracy for outcome in outcomes)
    return (
        f"{LIBRARIES[role]:<14}{name:<48}{threads or 'all':>8}{text:>10}{epochs:>8g}"
        f"{f'{reached}/{len(outcomes)}':>9}{accuracy:>10.4f}"
    )


def best(results):
    """Return the line of every library's best setting, and its time ÷ ours.

    `results` is {role: {name of a setting: outcomes}}.
    """
    seconds = fastest(results)
    parts = []
    for role, least in seconds.items():
        text = "not reached" if least == inf else duration(least)
        parts.append(f"{LIBRARIES[role]} {text}")
        if role in ratios(results):
            parts[-1] += f" (ours {ratios(results)[role]:.1f} times faster)"
    return f"best: {'; '.join(parts)}"


def summary(results):
    """Return the geometric means over {task name: results}, for every other library."""
    lines = []
    for role, library in LIBRARIES.items():
        known = [
            ratios(each)[role] for each in results.values() if role in ratios(each)
        ]
        if known:
            lines.append(
                f"{geometric_mean(known):.2f} times faster than {library}: geometric "
                f"mean over {len(known)} targets"
            )
    return "\n".join(("", *lines))


def seconds_to_target(outcomes):
    """Return the median seconds; infinite if half of the seeds did not get there."""
    return median(outcome.seconds if outcome.reached else inf for outcome in outcomes)


def fastest(results):
    """Return {role: seconds of its best setting}."""
    return {
        role: min(map(seconds_to_target, settings.values()))
        for role, settings in results.items()
    }


def ratios(results):
    """Return {role: seconds of a library ÷ ours}, where both reached the accuracy."""
    seconds = fastest(results)
    ours = seconds.pop("ours", inf)
    return {
        role: theirs / ours
        for role, theirs in seconds.items()
        if ours < inf and theirs < inf
    }


def numbers(accuracy, results):
    """Return the numbers of a task for JSON."""
    return {
        "accuracy": accuracy,
        "outcomes": {
            role: {name: list(map(asdict, each)) for name, each in settings.items()}
            for role, settings in results.items()
        },
        "times_faster": ratios(results),
    }

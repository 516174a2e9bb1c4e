"""The verdict of a comparison, in plain sentences."""

from skmlp.base.text import listed, short_p_value, signed
from skmlp.model_comparison.ranking import against_baseline, pairs, ranking

__all__ = ["verdict"]

_LINEAR_PAIR = ("LDA", "logistic regression")


def verdict(comparison):
    """Return the sentences on baseline, first place and the two linear models."""
    groups = ranking(comparison)
    if not groups:
        return []
    tests = {(each.first, each.second): each for each in pairs(comparison)}
    by_baseline = against_baseline(comparison)
    lost = [
        each.first
        for each in by_baseline
        if each.better != each.first or each.is_practically_equal
    ]
    beaten = not by_baseline or len(lost) < len(by_baseline)
    sentences = [] if beaten else [_no_better_than_baseline(comparison, by_baseline)]
    first, *apart = groups
    if beaten:
        sentences += _best(comparison, first, tests, by_baseline, lost)
    for group in apart if beaten else ():
        sentences += [
            _apart(comparison, name, group, first, tests) for name in group.names
        ]
    if beaten and lost:
        sentences.append(_also_no_better(comparison, by_baseline, lost))
    contest = comparison.contest()
    if contest and (contest[0].first, contest[0].second) == _LINEAR_PAIR:
        sentences.append(contest_sentence(contest, comparison.data.name))
        if beaten and comparison.linear_models is not None:
            sentences += comparison.linear_models.sentences(
                {each.better for each in contest}
            )
    return [each for each in sentences if each]


def _best(comparison, group, tests, by_baseline, lost):
    """Return the sentences on the best candidate, with those that no test can compare.

    They are those that have the measure of the ranking in fewer than two folds in
    common with the best one, as if one fold only was done.
    """
    best, *others = group.names
    duels = _duels(group, tests)
    untested = [name for name in others if name not in duels]
    sentences = []
    if duels:
        sentences.append(_first_place(comparison, group, duels, lost))
    elif by_baseline and by_baseline[0].first == best:
        sentences.append(_better_than_baseline(comparison, by_baseline[0]))
    elif others or comparison.baseline is not None:
        return [_no_test(comparison, group)]
    if untested:
        verb = "is" if len(untested) == 1 else "are"
        sentences.append(
            f"{_capitalise(_listed(untested))} {verb} not compared with {best} by "
            f"{group.metric.label}, as fewer than two folds have that of both."
        )
    return sentences


def _duels(group, tests):
    """Return {name: test of the best candidate against it}, by the group's metric."""
    best, *others = group.names
    found = {name: tests.get((best, name)) for name in others}
    return {
        name: test
        for name, test in found.items()
        if test is not None and test.metric == group.metric.label
    }


def _no_test(comparison, group):
    """Return the sentence for scores of one fold, which leave nothing to test."""
    best, metric = group.names[0], group.metric
    mean = _mean(comparison, best, metric)
    if len(group.names) > 1:
        degree = "highest" if metric.larger_is_better else "lowest"
        has = f"the {degree} {metric.label}, {mean}, of {len(group.names)} models"
        what = "order"
    else:
        has, what = f"the {metric.label} {mean}", "difference"
    if comparison.baseline is not None:
        has += f" (baseline: {_mean(comparison, comparison.baseline, metric)})"
    return (
        f"{_capitalise(best)} has {has}, but on {comparison.data.name} no test is "
        f"possible, which needs the scores of two folds: the {what} may be chance."
    )


def _no_better_than_baseline(comparison, differences):
    """Return the sentence for a comparison in which no candidate beats the baseline."""
    n_models = len(differences)
    subject = (
        f"{_capitalise(differences[0].first)} is not"
        if n_models == 1
        else f"None of the {n_models} models is"
    )
    smallest = min(each.final_p_value for each in differences)
    return (
        f"{subject} better than the baseline on {comparison.data.name} by more than "
        "chance: without looking at any column, that has the "
        f"{_score(comparison, comparison.baseline, differences[0].metric)} (smallest "
        f"{short_p_value(smallest)})."
    )


def _also_no_better(comparison, differences, lost):
    """Return the sentence that names the candidates that do not beat the baseline."""
    metric = next(each.metric for each in differences if each.first == lost[0])
    score = _score(comparison, comparison.baseline, metric)
    return f"Not shown to be better than the baseline ({score}): {_listed(lost)}."


def _better_than_baseline(comparison, difference):
    """Return the sentence for a candidate that is compared with the baseline alone."""
    metric = _metric(comparison, difference.metric)
    if difference.better != difference.first or difference.is_practically_equal:
        return ""
    return (
        f"{_capitalise(difference.first)} is better than the baseline on "
        f"{comparison.data.name}: its {metric.label}, "
        f"{_mean(comparison, difference.first, metric)}, is {_by(difference)}."
    )


def _first_place(comparison, group, duels, lost):
    """Return the sentence that names who has, or who shares, the first place.

    `duels` are the tests of the best candidate by the names of the others. Those in
    `lost` are not better than the baseline, and none of them suits best.
    """
    metric, best = group.metric, group.names[0]
    sharing = [
        name
        for name, each in duels.items()
        if each.better != best or each.is_practically_equal
    ]
    behind = [name for name in duels if name not in sharing]
    where = f"on {comparison.data.name}"
    if not sharing:
        degree = "highest" if metric.larger_is_better else "lowest"
        losses = _listed([f"that of {n} by {_size(duels[n])}" for n in behind])
        suits = "has" if best in lost else f"suits best {where}: it has"
        return (
            f"{_capitalise(best)} {suits} the {degree} {metric.label}, "
            f"{_mean(comparison, best, metric)}, {_degree(metric)} than {losses}."
        )
    names = [best, *sharing]
    scores = [_mean(comparison, name, metric) for name in names]
    shown = [f"{names[0]} ({metric.label} {scores[0]})"]
    shown += [f"{n} ({score})" for n, score in zip(names[1:], scores[1:], strict=True)]
    sentence = (
        f"{_capitalise(_listed(shown))} share the first place {where}: "
        f"{_why_shared([duels[name] for name in sharing])}"
    )
    if behind:
        verb = "is" if len(behind) == 1 else "are"
        late = _listed([f"{n} by {_size(duels[n])}" for n in behind])
        sentence += f". Behind {best} {verb} {late}"
    return sentence + "."


def _why_shared(duels):
    """Return why candidates share a place: equal in practice, or not told apart."""
    if all(each.is_practically_equal for each in duels):
        least = min(each.probabilities[1] for each in duels)
        return (
            f"the differences are within ±{signed(duels[0].rope)} with a probability "
            f"of {'0.99 or more' if least >= 0.99 else f'{least:.2f}'}"
        )
    smallest = min(
        each.final_p_value for each in duels if not each.is_practically_equal
    )
    word = "smallest " if len(duels) > 1 else ""
    return f"these rows do not tell them apart ({word}{short_p_value(smallest)})"


def _apart(comparison, name, group, first, tests):
    """Return the sentence on a candidate that lacks the metric of the others."""
    lacks = first.metric.label
    reason = (
        "predicts no probabilities"
        if first.metric.needs_probabilities
        else f"has no {lacks}"
    )
    best = first.names[0]
    difference = tests.get((best, name))
    if difference is not None and difference.metric != group.metric.label:
        difference = None
    sentence = (
        f"{_capitalise(name)} {reason} and is therefore compared by "
        f"{group.metric.label}: {_mean(comparison, name, group.metric)}"
    )
    if difference is None:
        return sentence + "."
    if difference.is_practically_equal:
        return f"{sentence}, practically that of {best}."
    if difference.better is None:
        p = short_p_value(difference.final_p_value)
        return f"{sentence}, which cannot be told from that of {best} ({p})."
    return f"{sentence}, {_by(difference.reversed(), than=f'that of {best}')}."


def contest_sentence(differences, data_name):
    """Return one sentence that says which of two estimators is better, by metric."""
    first, second = differences[0].first, differences[0].second
    winners = {difference.better for difference in differences}
    if winners == {None}:
        findings = [
            f"{each.metric}: {short_p_value(each.final_p_value)}"
            for each in differences
        ]
        return (
            f"{_capitalise(first)} and {second} cannot be told apart on {data_name} "
            f"({', '.join(findings)})."
        )
    if len(winners) == 1:
        qualities = " and ".join(_advantage(each) for each in differences)
        return f"Of {first} and {second}, {winners.pop()} has {qualities}."
    # What cannot be told apart comes first, so that both names stand at the beginning.
    ordered = sorted(differences, key=lambda each: each.better is not None)
    clauses = ", but ".join(map(_metric_clause, ordered))
    return f"{_capitalise(clauses)}."


def _metric_clause(paired):
    """Return the clause of the contest for one metric."""
    if paired.better is not None:
        return f"{paired.better} has {_advantage(paired)}"
    return (
        f"{paired.first} and {paired.second} cannot be told apart in {paired.metric} "
        f"({short_p_value(paired.final_p_value)})"
    )


def _advantage(paired):
    """Return 'the higher accuracy (by ...)' for a significant difference."""
    winner_first = paired if paired.better == paired.first else paired.reversed()
    degree = "higher" if paired.larger_is_better else "lower"
    low, high = sorted(map(abs, winner_first.interval))
    return (
        f"the {degree} {paired.metric} (by {signed(abs(paired.difference))}, "
        f"{100 * paired.confidence:g} % interval {signed(low)} to {signed(high)}, "
        f"{short_p_value(paired.final_p_value)})"
    )


def _by(difference, than="that of the baseline"):
    """Return 'lower than that of … by 0.03 (p = …)' for first − second."""
    degree = "higher" if difference.difference > 0 else "lower"
    return f"{degree} than {than} by {_size(difference)}"


def _size(difference):
    """Return the size of a difference and its p-value, such as '0.031 (p = 0.02)'."""
    p = short_p_value(difference.final_p_value)
    return f"{signed(abs(difference.difference))} ({p})"


def _degree(metric):
    """Return 'higher' or 'lower', the word for a better score."""
    return "higher" if metric.larger_is_better else "lower"


def _mean(comparison, name, metric):
    """Return the mean score of a candidate as text."""
    return signed(comparison.summary()[name][metric.name].mean)


def _score(comparison, name, label):
    """Return 'log loss 0.08', the mean score of a candidate with its label."""
    metric = _metric(comparison, label)
    return f"{label} {_mean(comparison, name, metric)}"


def _metric(comparison, label):
    """Return the Metric of a label."""
    return next(each for each in comparison.metrics if each.label == label)


def _listed(texts):
    """Return texts as 'a, b and c', and no more than five of them."""
    if len(texts) > 5:
        return listed(texts, 4)
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if texts[1:] else texts)


def _capitalise(text):
    """Return `text` with its first letter in upper case."""
    return text[:1].upper() + text[1:]

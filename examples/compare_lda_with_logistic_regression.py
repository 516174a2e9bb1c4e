"""
Linear discriminant analysis or logistic regression?
====================================================

Both methods have linear decision boundaries. Discriminant analysis computes them in
closed form and assumes Gaussian classes with one common covariance; logistic regression
maximises the likelihood of the labels and assumes nothing about the distribution of the
inputs. This example compares the two by cross-validation, with a test of the difference
that takes into account that the folds share training rows.
"""

from sklearn.datasets import load_breast_cancer, load_wine

from skmlp.model_comparison import ComparisonDisplay, compare

for load in (load_wine, load_breast_cancer):
    X, y = load(return_X_y=True)
    name = load.__name__.removeprefix("load_")
    comparison = compare(X, y, ["LDA", "logistic regression"], name=name)
    print(comparison, end="\n\n\n")
    ComparisonDisplay(comparison).plot().figure_.savefig(f"compare_{name}.png")

# The test works for any pair of models and any score: first minus second.
difference = comparison.paired_difference("LDA", "logistic regression", "brier_score")
low, high = difference.interval
print(f"Brier score, LDA minus logistic regression: {difference.difference:.4f}")
print(f"95 % interval {low:.4f} to {high:.4f}, p = {difference.p_value:.3f}")
print("\nThe scores are drawn in compare_wine.png and compare_breast_cancer.png.")

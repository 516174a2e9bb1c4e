"""
Linear discriminant analysis or logistic regression?
====================================================

Both draw straight lines between classes. Discriminant analysis finds them in closed
form, from Gaussian classes with one covariance; logistic regression maximises the
likelihood of the labels and assumes nothing about the inputs. Which one suits a data
set better is a question for cross-validation, and whether the answer is more than luck
is one for a test that knows that the folds share their training rows.
"""

from sklearn.datasets import load_breast_cancer, load_wine

from skmlp.model_comparison import compare

for load in (load_wine, load_breast_cancer):
    X, y = load(return_X_y=True)
    name = load.__name__.removeprefix("load_")
    comparison = compare(X, y, ["LDA", "logistic regression"], name=name)
    print(comparison, end="\n\n\n")

# The test is there for any pair and any score. Differences are first minus second.
difference = comparison.paired_difference("LDA", "logistic regression", "brier_score")
low, high = difference.interval
print(f"Brier score, LDA less logistic regression: {difference.difference:.4f}")
print(f"95 % interval {low:.4f} to {high:.4f}, p = {difference.p_value:.3f}")

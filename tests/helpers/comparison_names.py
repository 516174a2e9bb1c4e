"""Names of the estimators in tests of model comparison."""

LINEAR = ["LDA", "logistic regression"]

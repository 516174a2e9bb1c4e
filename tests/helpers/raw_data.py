"""Data sets whose columns are not scaled."""

from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine

RAW = {
    "iris": load_iris,
    "wine": load_wine,
    "breast_cancer": load_breast_cancer,
    "digits": load_digits,
}

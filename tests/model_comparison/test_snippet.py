"""The snippet of a comparison fits its models without the command line."""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from clean_table import TARGET, clean_table, csv_text
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

import skmlp
from skmlp.__main__ import main
from skmlp.model_comparison import compare, read_file, read_frame
from skmlp.model_comparison.candidates import default_estimators
from skmlp.model_comparison.columns import read_columns
from skmlp.model_comparison.datasets import load

pandas = pytest.importorskip("pandas")
pytest.importorskip("skrub")

QUICK = ["--cv", "2", "--repeats", "1"]
ROOT = Path(skmlp.__file__).parents[1]


def models_of(snippet, **names):
    """Return what a snippet leaves behind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(snippet, "snippet.py", "exec"), names)
    return names


def random_table(n_rows=120):
    """Return a frame of numbers, categories, dates, texts, and what is left out."""
    rng = np.random.RandomState(0)
    place = rng.choice(["Rome", "Paris", "Łódź", 'a "b"'], n_rows)
    score = rng.normal(size=n_rows)
    days = pandas.to_datetime("2015-01-01") + pandas.to_timedelta(
        rng.randint(0, 3000, n_rows), unit="D"
    )
    words = np.array(["red", "blue", "tall", "small", "old", "new", "fast", "slow"])
    frame = pandas.DataFrame(
        {
            "id": np.arange(n_rows),
            "price": [f"${each:.2f}" for each in np.exp(score)],
            "place": np.where(rng.rand(n_rows) < 0.1, None, place),
            "day": days.strftime("%d.%m.%Y"),
            "remark": [" ".join(rng.choice(words, 5)) for _ in range(n_rows)],
            "empty": np.nan,
            "many": [f"k{rng.poisson(20)}" for _ in range(n_rows)],
        }
    )
    frame.loc[::15, "price"] = "unknown"
    y = np.where(score + (place == "Rome") > 0, "yes", "no")
    return frame, y


def assert_same_models(models, X, y, task):
    """Assert that fitted pipelines predict like the pipelines of `compare`."""
    features = read_columns(X)
    for name, estimator in default_estimators(task, 0).items():
        expected = make_pipeline(features.preparation(), clone(estimator))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected.fit(features.values, y)
        clean = features.as_frame()
        for method in ("predict_proba", "predict"):
            if hasattr(expected, method):
                found = getattr(models[name], method)(clean)
                wanted = getattr(expected, method)(features.values)
                if method == "predict" and task == "classification":
                    np.testing.assert_array_equal(found, wanted)
                else:
                    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


def test_the_snippet_of_a_frame_fits_the_same_models():
    X, y = random_table()
    comparison = compare(X, y, cv=2, repeats=1)
    recipe = comparison.recipe
    assert recipe.numbers[:2] == ("price", "day")
    assert recipe.categories == ("place", "many")
    assert recipe.texts == ("remark",)
    found = models_of(comparison.snippet_, X=X, y=y)
    assert set(found["X"]) == {*recipe.numbers, "place", "remark", "many"}
    assert_same_models(found["models"], X, y, "classification")


def test_the_snippet_of_a_regression():
    rng = np.random.RandomState(1)
    X = rng.normal(size=(60, 3))
    y = X @ [1.0, -2.0, 0.5] + rng.normal(size=60)
    comparison = compare(X, y, cv=2, repeats=1)
    models = models_of(comparison.snippet_, X=X, y=y)["models"]
    assert_same_models(models, X, y, "regression")


def test_the_snippet_of_the_command_line_runs_alone(tmp_path, capsys):
    X, y = random_table()
    path = tmp_path / "it's data.csv"
    X.assign(bought=y).to_csv(path, index=False, sep=";", encoding="utf-8")
    snippet = tmp_path / "models.py"
    options = [
        "--target",
        "bought",
        "--sep",
        ";",
        "--drop",
        "remark",
        "--na",
        "unknown",
    ]
    assert (
        main(["compare", str(path), *options, *QUICK, "--snippet", str(snippet)]) == 0
    )
    code = snippet.read_text(encoding="utf-8") + (
        "\nprint(sum(m.predict(X)[0] in ('yes', 'no') for m in models.values()))\n"
        "print(*models['LDA'].predict_proba(X)[:, 1])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
    )
    assert ran.returncode == 0, ran.stderr
    count, shares = ran.stdout.splitlines()
    assert count == "4"
    frame = load(str(path), "bought", drop=["remark"]).X
    features = read_columns(frame)
    lda = make_pipeline(features.preparation(), skmlp.LinearDiscriminantAnalysis())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lda.fit(features.values, y)
    expected = lda.predict_proba(features.values)[:, 1]
    np.testing.assert_allclose(np.array(shares.split(), float), expected, rtol=1e-9)


@pytest.mark.parametrize("data", ["iris", "diabetes"])
def test_the_snippet_of_a_bundled_data_set(data, tmp_path, capsys):
    snippet = tmp_path / "models.py"
    arguments = ["compare", data, *QUICK, "--snippet", str(snippet)]
    assert main(arguments) == 0
    text = snippet.read_text(encoding="utf-8")
    assert "skmlp.model_comparison" not in text
    found = models_of(text)
    task = "classification" if data == "iris" else "regression"
    dataset = load(data)
    features = read_columns(dataset.X)
    for name, model in found["models"].items():
        expected = make_pipeline(
            features.preparation(), default_estimators(task, 0)[name]
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected.fit(dataset.X, dataset.y)
        np.testing.assert_array_equal(
            model.predict(dataset.X), expected.predict(dataset.X)
        )


def test_estimators_without_source_code_are_named_in_a_comment():
    X, y = random_table()
    network = skmlp.MLPClassifier(random_state=np.random.RandomState(0), max_iter=5)
    pipeline = make_pipeline(skmlp.LogisticRegression())
    numbers = X[["id"]].assign(other=np.arange(len(X))[::-1] % 7)
    comparison = compare(
        numbers,
        y,
        {"LDA": skmlp.LinearDiscriminantAnalysis(), "net": network, "own": pipeline},
        cv=2,
        repeats=1,
    )
    assert "# 'net' is left out: " in comparison.snippet_
    assert "# 'own' gets the columns as they were given." in comparison.snippet_
    assert list(models_of(comparison.snippet_, X=numbers, y=y)["models"]) == ["LDA"]


def test_what_was_fitted_is_in_the_json_and_in_the_verbose_report(tmp_path, capsys):
    path = tmp_path / "table.csv"
    path.write_text(csv_text(clean_table()), encoding="utf-8")
    file = tmp_path / "all.json"
    options = [
        "--target",
        TARGET,
        "--estimators",
        "lda, MLP",
        "-v",
        "--json",
        str(file),
    ]
    assert main(["compare", str(path), *QUICK, *options]) == 0
    report = " ".join(capsys.readouterr().out.split())
    assert "LDA: LinearDiscriminantAnalysis()" in report
    assert "MLP: MLPClassifier(alpha=0.1, max_iter=500, random_state=0)" in report
    assert "missing values replaced by the median, then standardised" in report
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["ranking"] == sorted(
        content["ranking"], key=content["ranking"].index
    )
    assert set(content["models"]) == {"LDA", "MLP"}
    assert content["models"]["MLP"]["class"] == (
        "skmlp.multilayer_perceptron.classifier.MLPClassifier"
    )
    assert content["models"]["MLP"]["parameters"]["alpha"] == 0.1
    assert content["models"]["MLP"]["parameters"]["hidden_layer_sizes"] == [100]
    assert content["models"]["LDA"]["prepared"] is True
    known = {*content["preparation"]["numbers"], *content["preparation"]["categories"]}
    assert known == set(clean_table()) - {TARGET}
    assert "read_file(" in content["snippet"]


def test_read_file_equals_read_frame_of_the_same_table(tmp_path):
    X, y = random_table()
    path = tmp_path / "table.csv"
    X.assign(target=y).to_csv(path, index=False)
    from_file, labels = read_file(path)
    from_frame, same = read_frame(X, y)
    pandas.testing.assert_frame_equal(from_file, from_frame)
    np.testing.assert_array_equal(labels, same)
    assert from_file["price"].isna().sum() == len(X.loc[::15])
    assert from_file["price"].dtype == np.float64
    assert [each for each in from_file if each.startswith("day")] == [
        "day",
        "day (month)",
        "day (day)",
        "day (weekday)",
    ]


def test_rows_without_target_or_time_are_left_out():
    X = pandas.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})
    clean, y = read_frame(X, ["x", None, "y", "x"], time=[1, 2, np.nan, 4])
    assert clean["a"].tolist() == [1.0, 4.0]
    assert y.tolist() == ["x", "x"]

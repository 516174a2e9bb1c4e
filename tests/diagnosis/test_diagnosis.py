"""Diagnoses as text, tables and pictures."""

import pytest

from skmlp.diagnosis import Diagnosis, Finding

FINDINGS = (
    Finding(
        "vanishing gradients",
        0.95,
        "The ratio is 1e-6.",
        "Slopes are below 1 & weights are <small>.",
        "from skmlp import MLPClassifier\nmodel = MLPClassifier()",
        "Glorot and Bengio (2010)",
        numbers={"ratio": 1e-6},
    ),
    Finding("stopped too early", 0.7, "It fell.", "Time.", "model = 1", "Prechelt"),
)


def test_the_text_has_evidence_cause_cure_and_source_of_each_finding():
    text = str(Diagnosis("MLPClassifier", FINDINGS))
    assert text.startswith("Diagnosis of MLPClassifier, worst first:")
    for finding in FINDINGS:
        for part in (finding.name, finding.evidence, finding.cause, finding.source):
            assert part in text
    assert "    model = MLPClassifier()" in text
    assert text.index("1. vanishing") < text.index("2. stopped")


def test_a_diagnosis_is_a_sequence_of_findings():
    diagnosis = Diagnosis("MLPClassifier", FINDINGS)
    assert len(diagnosis) == 2
    assert tuple(diagnosis) == FINDINGS
    assert diagnosis[1].name == "stopped too early"
    assert repr(diagnosis) == (
        "<Diagnosis of MLPClassifier: vanishing gradients, stopped too early>"
    )


def test_a_diagnosis_without_findings_says_so():
    diagnosis = Diagnosis("Perceptron")
    assert str(diagnosis) == "Perceptron: nothing wrong was found."
    assert repr(diagnosis) == "<Diagnosis of Perceptron: nothing found>"
    assert "Nothing wrong" in diagnosis._repr_html_()


def test_the_data_frame_has_a_row_for_each_finding():
    pytest.importorskip("pandas")
    frame = Diagnosis("MLPClassifier", FINDINGS).to_frame()
    assert frame["name"].tolist() == ["vanishing gradients", "stopped too early"]
    assert frame["severity"].tolist() == [0.95, 0.7]
    assert "cure" in frame


def test_html_is_escaped():
    text = Diagnosis("<b>", FINDINGS)._repr_html_()
    assert "&lt;b&gt;" in text
    assert "&amp; weights are &lt;small&gt;" in text
    assert text.count("<tr>") == 3


@pytest.mark.parametrize("size", [(4, 3), (10, 8)])
@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("findings", [FINDINGS, ()], ids=["two", "none"])
def test_the_plot_has_a_bar_for_each_finding(findings, style, size):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    from text_boxes import clipped, overlapping

    with pyplot.style.context(style):
        figure, ax = pyplot.subplots(figsize=size, layout="constrained")
        assert Diagnosis("MLPClassifier", findings).plot(ax) is ax
        assert [bar.get_width() for bar in ax.patches] == [
            each.severity for each in findings
        ]
        assert overlapping(figure) == clipped(figure) == []
    pyplot.close(figure)

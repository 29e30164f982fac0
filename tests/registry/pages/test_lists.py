"""Lists ask a fixed number of questions, page by keyset, filter, and show only what is the reader's."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evidence.models import LedgerEntry
from registry import runs
from registry.access.roles import Role
from registry.models import Project, Run
from registry.presentation import paging
from tests.registry.pages.conftest import SignIn
from tests.world import World, admit_run, made_files, make_rollback, receive, work_off

MOST = 12
"""Eight for the list itself; session, person, project and role for the frame around it."""


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


@pytest.mark.parametrize(
    "url",
    [
        "/projects/",
        "/runs/",
        "/projects/HARBOR/runs/",
        "/projects/HARBOR/submissions/",
        "/ledger/",
        "/projects/HARBOR/ledger/",
        "/projects/HARBOR/catalogue/rollbacks/",
    ],
)
def test_a_list_asks_as_often_for_many_rows_as_for_one(
    world: World, run: Run, signed_in: SignIn, url: str
) -> None:
    client = signed_in("ines")
    one = queries(client, url)
    for number in range(3):
        admit_run(world, k=340 + number)
        make_rollback(world.cast, f"way-back-{number}")
        receive(world)
    many = queries(client, url)
    assert many == one
    assert many <= MOST


def test_older_rows_are_a_link_away(world: World, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [admit_run(world, k=340 + number).human_id for number in range(3)]
    monkeypatch.setattr(paging.page, "__kwdefaults__", {"length": 2})
    client = signed_in("ines")
    first = client.get("/runs/", {"stage": "selection"}).content.decode()
    assert runs[2] in first
    assert runs[0] not in first
    older = re.search(r'href="(\?[^"]+)" rel="next"', first)
    assert older is not None
    assert "stage=selection" in older[1]
    second = client.get("/runs/" + older[1].replace("&amp;", "&")).content.decode()
    assert runs[0] in second
    assert runs[2] not in second


def test_runs_are_found_by_what_people_know(world: World, run: Run, signed_in: SignIn) -> None:
    client = signed_in("ines")
    for query in ({"id": run.human_id}, {"id": run.external_id}, {"id": str(run.pk)}, {"model": "argo"}):
        assert run.human_id in client.get("/runs/", query).content.decode()
    for query in ({"status": "void"}, {"model": "none"}, {"project": "ELSEWHERE"}):
        html = client.get("/runs/", query).content.decode()
        assert run.human_id not in html
        assert "No run matches." in html


def test_the_ledger_is_filtered_by_kind_person_and_subject(world: World, run: Run, signed_in: SignIn) -> None:
    client = signed_in("audra")
    assert "Run admitted" in client.get("/ledger/", {"subject": f"run:{run.pk}"}).content.decode()
    by_adam = client.get("/ledger/", {"person": "adam"}).content.decode()
    assert run.human_id not in by_adam
    html = client.get("/ledger/", {"kind": "run.admitted"}).content.decode()
    assert re.findall(r"<b><a [^>]+>([^<]+)</a></b>", html) == ["Run admitted"]


def test_the_ledger_is_filtered_by_human_id_channel_and_time(
    world: World, run: Run, signed_in: SignIn
) -> None:
    client = signed_in("audra")

    def shown(**query: str) -> list[str]:
        return re.findall(r"<b><a [^>]+>([^<]+)</a></b>", client.get("/ledger/", query).content.decode())

    assert shown(subject=run.human_id) == ["Run admitted"]
    assert shown(subject=run.human_id, since="2020-01-01T00:00", until="2999-01-01T00:00") == ["Run admitted"]
    assert shown(subject=run.human_id, until="2020-01-01T00:00") == []
    assert shown(subject=run.human_id, channel="system") == []
    assert "Grant given" in shown(channel="cli")


def test_a_filter_that_is_no_time_says_so_at_its_field(world: World, signed_in: SignIn) -> None:
    html = signed_in("audra").get("/ledger/", {"since": "yesterday"}).content.decode()
    assert "Write a time such as 2026-11-22T09:00, in UTC." in html
    assert "Correct the field above; nothing was looked for." in html
    assert 'value="yesterday"' in html


def test_the_ledger_shows_what_was_before(world: World, run: Run, signed_in: SignIn) -> None:
    runs.void(run, reason="The notes were graded twice.", principal=world.engineer)
    html = signed_in("audra").get("/ledger/", {"kind": "run.voided"}).content.decode()
    assert "<s>admitted</s> → <b>void</b>" in html


def test_an_entry_leads_to_the_next_about_the_same(world: World, run: Run, signed_in: SignIn) -> None:
    runs.void(run, reason="The notes were graded twice.", principal=world.engineer)
    admitted, voided = LedgerEntry.objects.filter(subject=f"run:{run.pk}").order_by("pk")
    html = signed_in("audra").get(reverse("ledger_entry", args=[admitted.pk])).content.decode()
    assert f'<a href="{reverse("ledger_entry", args=[voided.pk])}">the one after</a>' in html
    assert "the one before" not in html


def test_the_ledger_of_a_stranger_holds_nothing_of_the_project(
    world: World, run: Run, signed_in: SignIn
) -> None:
    html = signed_in("mallory").get("/ledger/").content.decode()
    assert run.human_id not in html
    assert "Grant given" in html
    nothing = signed_in("gus").get("/ledger/").content.decode()
    assert "Nothing happened yet in a project that you see." in nothing


def test_the_way_from_an_entry_leads_to_its_subject(world: World, run: Run, signed_in: SignIn) -> None:
    client = signed_in("audra")
    there = client.get(reverse("subject", args=[f"run:{run.pk}"]))
    assert there["Location"] == reverse("run", args=["HARBOR", run.human_id])
    assert signed_in("mallory").get(reverse("subject", args=[f"run:{run.pk}"])).status_code == 404
    assert client.get(reverse("subject", args=["run:no-id"])).status_code == 404


def test_a_proof_is_a_file_that_names_the_place(world: World, run: Run, signed_in: SignIn) -> None:
    client = signed_in("audra")
    html = client.get("/ledger/", {"kind": "run.admitted"}).content.decode()
    entry = re.search(r'href="(/ledger/entries/[^"]+)"', html)
    assert entry is not None
    response = client.get(entry[1] + "proof/")
    assert response.content.startswith(b"c2sp.org/tlog-proof@v1\nindex ")
    assert "attachment" in response["Content-Disposition"]


def test_a_refused_submission_says_what_where_and_what_next(world: World, signed_in: SignIn) -> None:
    refused = work_off(receive(world, made_files(task="another_task")))
    client = signed_in("ines")
    html = client.get(reverse("submission", args=["HARBOR", refused.pk])).content.decode()
    for said in ("FIELD_CONFLICT", "/results/another_task", "Correct the submission"):
        assert said in html
    assert 'hx-get="' not in html


def test_a_submission_under_way_is_asked_again_until_it_is_decided(world: World, signed_in: SignIn) -> None:
    waiting, client = receive(world), signed_in("ines")
    url = reverse("submission", args=["HARBOR", waiting.pk])
    progress = reverse("submission_progress", args=["HARBOR", waiting.pk])
    page = client.get(url).content.decode()
    assert f'hx-get="{progress}"' in page
    assert "htmx" in page
    work_off(waiting)
    fragment = client.get(progress).content.decode()
    assert "hx-get" not in fragment
    assert "Open the run" in fragment
    assert "<html" not in fragment


def test_an_empty_project_says_what_comes_first(world: World, signed_in: SignIn) -> None:
    Project.objects.get(key="ELSEWHERE")
    html = signed_in("mallory").get(reverse("project", args=["ELSEWHERE"])).content.decode()
    assert "No model version is recorded" in html
    assert f"Nobody holds the role {Role.VALIDATOR.label.lower()}." in html
    assert "No run has arrived yet." in html


def test_the_six_facts_stand_on_the_run(world: World, run: Run, signed_in: SignIn) -> None:
    html = signed_in("audra").get(reverse("run", args=["HARBOR", run.human_id])).content.decode()
    labels = re.findall(r"<dt>([A-Z][a-z ]+?) <span", html)
    assert labels == [
        "Owner",
        "Dataset provenance",
        "Model version",
        "Approvals",
        "Rollback artifacts",
        "Monitoring signals",
    ]
    for said in (
        "348/400 = 87.0%",
        "Handwritten notes.",
        "8 of 9",
        "container digest",
        "No release cites it",
    ):
        assert said in html

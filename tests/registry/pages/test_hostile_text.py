"""Whatever people and files say is shown as text: no markup, no address to follow."""

import json
import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from evidence import sealing
from registry.access import people, tokens
from registry.models import (
    Benchmark,
    BenchmarkVersion,
    CatalogueRecord,
    CriteriaSet,
    Dataset,
    DatasetVersion,
    MetricDefinition,
    Model,
    ModelVersion,
    MonitoringSignal,
    Project,
    RollbackArtifact,
    Run,
    Submission,
    User,
)
from registry.models.catalogue import Family
from registry.presentation.catalogue_kinds import BY_MODEL
from tests.registry.pages.conftest import SignIn
from tests.world import File, World, receive, work_off

HOSTILE = (
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "file:///etc/passwd",
)
ALL = " ".join(HOSTILE)
RECORDS: tuple[type[CatalogueRecord], ...] = (
    ModelVersion,
    DatasetVersion,
    BenchmarkVersion,
    MetricDefinition,
    CriteriaSet,
    RollbackArtifact,
    MonitoringSignal,
)


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_harmless(html: str) -> None:
    page = Elements()
    page.feed(html)
    for tag, attributes in page.found:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert tag != "script" or "src" in attributes
        for name in ("href", "src", "action", "hx-get"):
            target = attributes.get(name) or ""
            assert not re.match(r"\s*(?:javascript|file|data):", target, re.IGNORECASE), target
    assert "<script>alert" not in html
    assert "<svg onload" not in html


def spoilt(row: CatalogueRecord | Family) -> dict[str, object]:
    """Hostile values for all free texts and lists of a row; the id keeps names apart."""
    free = [f for f in row._meta.concrete_fields if not f.choices and f.name != "channel"]
    texts: dict[str, object] = {
        f.name: f"{row.pk.hex[-4:]} {ALL}"[: f.max_length]
        for f in free
        if f.get_internal_type() in ("CharField", "TextField")
    }
    lists = {f.name: list(HOSTILE) for f in free if f.name in ("aliases", "languages", "annotators")}
    return texts | lists


def spoil(world: World, run: Run) -> None:
    """Put hostile text where no check of ours would let it in: into every text column."""
    kinds: tuple[type[CatalogueRecord | Family], ...] = (*RECORDS, Model, Dataset, Benchmark)
    for kind in kinds:
        for row in kind._default_manager.filter(project=world.project):
            kind._default_manager.filter(pk=row.pk).update(**spoilt(row))
    CriteriaSet.objects.update(
        criteria=[dict.fromkeys(("metric", "statistic", "operator", "threshold", "slice"), ALL)]
    )
    Project.objects.filter(pk=world.project.pk).update(name=ALL, description=ALL)
    User.objects.update(printed_name=ALL)
    finding = {"code": ALL, "severity": "flag", "message": ALL, "file": ALL, "pointer": ALL, "next_step": ALL}
    origin = {
        "field": "model",
        "state": "conflict",
        "value": ALL,
        "file": ALL,
        "pointer": ALL,
        "override_reason": ALL,
    }
    circumstances = {"stated": {ALL: ALL}, "read": {"gpu": ALL}}
    Run.objects.update(
        external_id=ALL,
        not_covered=ALL,
        correction_reason=ALL,
        stage="selection",
        findings=[finding],
        origins=[origin],
        environment=circumstances,
        conditions=circumstances,
    )
    run.results.update(name=ALL, slice=ALL, statistic=ALL[:40], unit=ALL[:40], value=ALL[:60], ci_method="")
    run.files.update(name=ALL, role="other", media_type=ALL)
    Submission.objects.update(external_id=ALL, findings=[{**finding, "severity": "refuse"}])


def pages_of(world: World, run: Run) -> list[str]:
    entries = [f"{reverse('project_ledger', args=['HARBOR'])}"]
    records = [
        reverse("catalogue_record", args=["HARBOR", BY_MODEL[type(row)].key, row.pk])
        for kind in RECORDS
        for row in kind._default_manager.filter(project=world.project)
    ]
    kinds = [reverse("catalogue_kind", args=["HARBOR", kind.key]) for kind in BY_MODEL.values()]
    edits = [f"{url}revise/" for url in records]
    named = [
        reverse(n, args=["HARBOR"])
        for n in ("project", "people", "token_list", "submission_list", "project_runs")
    ]
    own = [
        reverse("run", args=["HARBOR", run.human_id]),
        reverse("run_file", args=["HARBOR", run.human_id, 0]),
        reverse("submission", args=["HARBOR", run.submission_id]),
        reverse("submission_progress", args=["HARBOR", run.submission_id]),
    ]
    return [
        *entries,
        *records,
        *kinds,
        *edits,
        *named,
        *own,
        *map(reverse, ("project_list", "run_list", "ledger")),
    ]


def test_hostile_text_in_every_column_is_only_text(world: World, run: Run, signed_in: SignIn) -> None:
    spoil(world, run)
    client = signed_in("ines")
    shown = 0
    for url in pages_of(world, run):
        response = client.get(url)
        assert response.status_code == 200, url
        html = response.content.decode()
        assert_harmless(html)
        shown += "&lt;script&gt;" in html
    assert shown > 20


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_reasons_and_names_in_the_ledger_are_only_text(
    world: World, signed_in: SignIn, text: str
) -> None:
    adam = world.cast.principal("adam")
    people.invite(
        project=world.project,
        email="k@example.org",
        printed_name=text,
        role="auditor",
        reason=text,
        principal=adam,
    )
    tokens.issue(
        project=world.project,
        user=adam.user,
        name=text,
        scopes=["project:read"],
        expires_at=world.rollback.created_at.replace(year=world.rollback.created_at.year + 1),
        principal=adam,
    )
    sealing.seal()
    client = signed_in("adam")
    ledger = client.get(reverse("project_ledger", args=["HARBOR"])).content.decode()
    urls = re.findall(r'href="(/ledger/entries/[^"]+)"', ledger)[:2]
    pages = [*urls, reverse("people", args=["HARBOR"]), reverse("token_list", args=["HARBOR"])]
    for html in (ledger, *(client.get(url).content.decode() for url in pages)):
        assert_harmless(html)


def test_a_hostile_filter_comes_back_as_text(world: World, run: Run, signed_in: SignIn) -> None:
    client = signed_in("ines")
    for url, names in (
        ("/runs/", ("id", "model", "project", "after")),
        ("/ledger/", ("person", "subject", "kind")),
    ):
        for text in (*HOSTILE, "\x00"):
            response = client.get(url, dict.fromkeys(names, text))
            assert response.status_code == 200
            assert_harmless(response.content.decode())


def test_a_hostile_file_is_shown_as_its_rows(world: World, signed_in: SignIn) -> None:
    page = ("<h1>taken over</h1>" + ALL + "\n").encode() * 80
    files = [
        File("page.html", "log", page, "text/html"),
        File("bytes.bin", "other", b"\x00\x01<script>", "text/html"),
    ]
    run = _native(world, files)
    client = signed_in("ines")
    shown = client.get(reverse("run_file", args=["HARBOR", run.human_id, 0])).content.decode()
    assert_harmless(shown)
    assert shown.count("&lt;h1&gt;taken over") == 50
    binary = client.get(reverse("run_file", args=["HARBOR", run.human_id, 1])).content.decode()
    assert "These bytes are no text" in binary


def _native(world: World, files: list[File]) -> Run:
    metric = {"name": "pass rate", "value": "0.88", "k": 352, "n": 400}
    submission = work_off(receive(world, files, reader="native", metrics=[metric]))
    assert submission.state == "admitted", json.dumps(submission.findings)
    return Run.objects.get(submission=submission)

"""Intake: what is taken in, what is refused in the request, and that a refusal stores nothing."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from evidence import clock, records, vault
from evidence.digests import sha256_bytes
from evidence.errors import BenchsealError
from evidence.models import Blob, Job, LedgerEntry, Record
from registry import artifacts, catalogue, intake
from registry.access import tokens
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.errors import (
    ArtifactUnknown,
    DocumentUnreadable,
    ExternalIdTaken,
    FieldsInvalid,
    NotFound,
    PermissionMissing,
    ReferenceUnknown,
    ScopeMissing,
)
from registry.models import Artifact, Run, RunArtifact, Submission, User
from registry.models.runs import SubmissionState
from tests.cast import Cast
from tests.world import (
    File,
    World,
    content,
    made_files,
    make_dataset,
    make_model,
    make_rollback,
    receive,
    revise,
    submission_document,
    work_off,
)

pytestmark = pytest.mark.django_db


def post(world: World, body: bytes, by: Principal | None = None) -> intake.Received:
    return intake.receive(project=world.project, body=body, principal=by or world.engineer)


def counts() -> dict[str, int]:
    kinds = (Submission, Run, RunArtifact, Record, Job, LedgerEntry, Artifact, Blob)
    return {kind.__name__: kind.objects.count() for kind in kinds}


@contextmanager
def nothing_stored() -> Iterator[None]:
    before = counts()
    yield
    assert counts() == before


def refused(world: World, kind: type[BenchsealError], body: bytes, by: Principal | None = None) -> Any:
    with nothing_stored(), pytest.raises(kind) as caught:
        post(world, body, by)
    return caught.value


def errors(error: BenchsealError) -> list[tuple[str, str]]:
    listed = error.extra["errors"]
    assert isinstance(listed, list)
    return [(one["pointer"], one["code"]) for one in listed]


def test_a_document_is_stored_and_its_reading_is_asked_for(world: World) -> None:
    body = submission_document(world, external_id="ci-4711")

    received = post(world, body)

    submission = received.submission
    assert received.created
    assert (submission.state, submission.external_id) == ("received", "ci-4711")
    assert records.load(submission.document_id) == json.loads(body)
    assert submission.job is not None
    assert submission.job.task == "registry.admit_submission"
    assert submission.job.params == {
        "submission": str(submission.pk),
        "persons": [str(world.cast["ines"].pk)],
    }
    entry = LedgerEntry.objects.get(kind="submission.received")
    assert entry.subject == f"submission:{submission.pk}"
    assert submission.document_id.encode() in bytes(entry.payload.body)


def test_the_same_document_is_one_submission_in_every_state(world: World) -> None:
    body = submission_document(world)
    first = post(world, body).submission
    spaced = json.dumps(json.loads(body), indent=4).encode()

    for state in (SubmissionState.RECEIVED, SubmissionState.READING, SubmissionState.ADMITTED):
        Submission.objects.filter(pk=first.pk).update(state=state)
        with nothing_stored():
            again = post(world, spaced)
        assert (again.submission.pk, again.created) == (first.pk, False)


@pytest.mark.parametrize("state", ["received", "reading", "admitted"])
def test_another_document_under_the_same_external_id_is_a_conflict(world: World, state: str) -> None:
    first = receive(world, external_id="ci-1")
    Submission.objects.filter(pk=first.pk).update(state=state)
    other = submission_document(world, external_id="ci-1", not_covered="Something else.")

    error = refused(world, ExternalIdTaken, other)

    assert (error.code, error.status, error.pointer) == ("external_id_taken", 409, "/external_id")
    assert error.extra["submission"] == str(first.pk)


def test_a_refused_submission_frees_its_external_id(world: World) -> None:
    broken = [File("results.json", "results", b'{"results": {')]
    first = work_off(receive(world, broken, external_id="ci-1"))
    assert first.state == "refused"

    second = receive(world, external_id="ci-1")

    assert second.pk != first.pk
    assert Submission.objects.filter(external_id="ci-1").count() == 2


def test_external_ids_of_two_projects_are_apart(world: World, cast: Cast) -> None:
    receive(world, external_id="ci-1")
    mallory = cast.principal("mallory")
    body = submission_document(world, external_id="ci-1")

    with pytest.raises((ArtifactUnknown, ReferenceUnknown)):
        intake.receive(project=cast.elsewhere, body=body, principal=mallory)


@pytest.mark.parametrize("other", [False, True])
def test_two_requests_at_the_same_moment_get_the_usual_answers(
    world: World, monkeypatch: pytest.MonkeyPatch, other: bool
) -> None:
    body = submission_document(world, external_id="ci-1")
    first = post(world, body).submission
    if other:
        body = submission_document(world, external_id="ci-1", not_covered="Something else.")
    known = intake._known
    # The first look comes too early to see the other request's row.
    looks: list[Any] = [known, lambda *_: None]

    def look(*args: Any) -> Submission | None:
        found: Submission | None = looks.pop()(*args)
        return found

    monkeypatch.setattr(intake, "_known", look)

    if other:
        refused(world, ExternalIdTaken, body)
    else:
        with nothing_stored():
            again = post(world, body)
        assert (again.submission.pk, again.created) == (first.pk, False)


def test_submitting_needs_the_permission(world: World, cast: Cast) -> None:
    body = submission_document(world)
    token = tokens.issue(
        project=cast.project,
        user=cast["ines"],
        name="reads",
        scopes=[Permission.PROJECT_READ],
        expires_at=clock.now() + timedelta(days=1),
        principal=cast.principal("ines"),
    ).token

    refused(world, PermissionMissing, body, by=cast.principal("audra"))
    refused(world, NotFound, body, by=cast.principal("mallory"))
    refused(world, NotFound, body, by=cast.principal("sue"))
    refused(world, ScopeMissing, body, by=Principal(user=cast["ines"], token=token))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json_truncated"),
        (b'{"external_id": "ci-1", "reader"', "json_truncated"),
        (b'{"external_id": "ci-', "json_truncated"),
        (b'{"value": NaN}', "json_non_finite"),
        (b'{"value": Infinity}', "json_non_finite"),
        (b'{"value": -Infinity}', "json_non_finite"),
        (b'{"external_id": "a", "external_id": "b"}', "json_duplicate_key"),
        (b"[" * 1_000_000, "json_too_deep"),
        (b"[" * 10_000_000, "json_too_large"),
        (b'"\xff"', "json_not_utf8"),
        (b'{"owner": "\\ud800"}', "json_not_utf8"),
    ],
    ids=range(11),
)
def test_what_is_no_json_is_refused_with_its_place(world: World, body: bytes, code: str) -> None:
    error = refused(world, DocumentUnreadable, body)

    assert (error.code, error.status) == (code, 400)
    assert "line 1" in error.detail
    assert error.next_step


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"external_id": ""}, "/external_id", "field_too_short"),
        ({"reader": "excel"}, "/reader", "field_not_allowed_value"),
        ({"model": {"name": "", "version": "1"}}, "/model/name", "field_too_short"),
        ({"artifacts": []}, "/artifacts", "list_too_short"),
        ({"verdict": "good"}, "/verdict", "field_unknown"),
        ({"started_at": "2026-02-30T00:00:00Z"}, "/started_at", "time_invalid"),
        ({"corrects": "HARBOR-RUN-2026-0001"}, "/correction_reason", "field_missing"),
        ({"overrides": [{"field": "model", "reason": "because"}]}, "/overrides/0/reason", "field_too_short"),
    ],
)
def test_each_wrong_field_is_named(world: World, changes: dict[str, Any], pointer: str, code: str) -> None:
    body = submission_document(world, **changes)

    error = refused(world, FieldsInvalid, body)

    assert error.status == 422
    assert errors(error) == [(pointer, code)]


@pytest.mark.parametrize("digest", ["sha256:abc", "sha256:" + "a" * 65, "sha256:" + "A" * 64, "a" * 64, 7])
def test_a_digest_of_the_wrong_form_is_named(world: World, digest: object) -> None:
    posted = content(world)
    posted["artifacts"][0]["digest"] = digest

    error = refused(world, FieldsInvalid, json.dumps(posted).encode())

    assert errors(error) == [("/artifacts/0/digest", "artifact_digest_invalid")]


def test_an_unknown_artifact_and_another_projects_are_the_same_answer(world: World, cast: Cast) -> None:
    foreign = b'{"results": {}, "of": "another project"}'
    with vault.staged(
        io.BytesIO(foreign), expected_digest=sha256_bytes(foreign), expected_size=len(foreign)
    ) as file:
        vault.move_in(file)
        artifacts.keep(
            cast.elsewhere, file, media_type="application/json", principal=cast.principal("mallory")
        )
    answers = []
    for body in (foreign, b"sent by nobody"):
        posted = content(world)
        posted["artifacts"][0]["digest"] = sha256_bytes(body)
        error = refused(world, ArtifactUnknown, json.dumps(posted).encode())
        assert errors(error) == [("/artifacts/0/digest", "artifact_unknown")]
        answers.append(str(error.detail).replace(sha256_bytes(body), ""))

    assert answers[0] == answers[1]


def test_every_name_that_leads_nowhere_is_listed_at_once(world: World) -> None:
    body = submission_document(
        world,
        owner="nobody",
        model={"name": "Argo-L", "version": "2027-01"},
        benchmark={"name": "MMLU", "version": "1"},
        dataset={"name": "claims-notes-v1", "version": "9"},
        rollback_artifacts=[world.rollback.name, "none"],
        monitoring_signals=["none"],
        corrects="HARBOR-RUN-2026-0099",
        correction_reason="The wrong files were sent before.",
    )

    error = refused(world, ReferenceUnknown, body)

    assert [pointer for pointer, _ in errors(error)] == [
        "/owner",
        "/model",
        "/benchmark",
        "/dataset",
        "/rollback_artifacts/1",
        "/monitoring_signals/0",
        "/corrects",
    ]


def test_records_of_another_project_are_unknown(world: World, cast: Cast) -> None:
    moved = Cast(project=cast.elsewhere, elsewhere=cast.project, people={**cast.people})
    moved.people["ines"] = cast["mallory"]
    make_model(moved, "Brig-M", "1")

    error = refused(
        world, ReferenceUnknown, submission_document(world, model={"name": "Brig-M", "version": "1"})
    )

    assert errors(error) == [("/model", "reference_unknown")]


def test_rollback_artifacts_may_be_named_by_id_and_the_newest_revision_counts(world: World) -> None:
    newer = revise(world, world.rollback, recovery_seconds=300)

    receive(world, rollback_artifacts=[str(newer.pk)])
    error = refused(
        world, ReferenceUnknown, submission_document(world, rollback_artifacts=[str(world.rollback.pk)])
    )

    assert errors(error) == [("/rollback_artifacts/0", "reference_unknown")]


def test_a_withdrawn_record_is_not_named_any_more(world: World) -> None:
    gone = make_rollback(world.cast, "argo-l-2024-01")
    catalogue.withdraw(gone, reason="The image was deleted.", principal=world.engineer)
    catalogue.withdraw(world.private_dataset, reason="Wrong labels.", principal=world.engineer)

    error = refused(world, ReferenceUnknown, submission_document(world, rollback_artifacts=[gone.name]))

    assert [pointer for pointer, _ in errors(error)] == ["/dataset", "/rollback_artifacts/0"]
    assert "withdrawn: Wrong labels." in error.detail


@pytest.mark.parametrize("owner", ["gus", "robot", "mallory", "tobias"])
def test_the_owner_is_an_active_person_of_the_project(world: World, cast: Cast, owner: str) -> None:
    User.objects.create(
        username="robot", printed_name="Robot", kind="service", answerable=cast["ines"], email="r@example.org"
    )
    User.objects.filter(username="tobias").update(is_active=False)

    error = refused(world, ReferenceUnknown, submission_document(world, owner=owner))

    assert errors(error) == [("/owner", "reference_unknown")]


@pytest.mark.parametrize("privacy_class", ["personal", "special_category"])
def test_raw_items_of_personal_data_need_a_legal_basis(world: World, privacy_class: str) -> None:
    values: dict[str, Any] = {
        "item_count": 400,
        "split": "test",
        "exposure": "access_controlled",
        "privacy_class": privacy_class,
        "annotation_guideline": "Guideline 1",
    }
    make_dataset(world.cast, "letters", **values)
    make_dataset(world.cast, "letters-agreed", legal_basis="Consent form 12", **values)
    named = {"name": "letters", "version": "1"}
    results, samples = made_files()

    error = refused(world, FieldsInvalid, submission_document(world, [results, samples], dataset=named))
    assert errors(error) == [("/artifacts/1", "raw_items_refused")]

    receive(world, [results], dataset=named)
    receive(world, [results, samples], dataset={"name": "letters-agreed", "version": "1"})

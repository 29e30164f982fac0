"""Admission: a submission becomes an attested run, or is refused with findings; nothing in between."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from evidence import clock, jobs, records, statements, vault
from evidence.actors import Actor, Channel
from evidence.canonical import jcs
from evidence.digests import digest_of
from evidence.models import Job, JobState, LedgerEntry, Record, Statement
from evidence.signing import KeyUse, active_key
from registry import admission, catalogue, reading, run_bodies, tasks
from registry.access import grants, tokens
from registry.access.principals import Principal
from registry.access.roles import TOKEN_SCOPES, Role
from registry.formats import lm_eval
from registry.models import MetricResult, Run, RunArtifact, Submission, User
from tests.cast import Cast
from tests.world import (
    DATE,
    PUBLIC_DATA,
    File,
    World,
    admit_run,
    made_files,
    made_results,
    make_benchmark,
    make_dataset,
    make_model,
    put,
    receive,
    revise,
    work_off,
)

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[1] / "data" / "lm-eval"
REASON = "The catalogue is being corrected this week."
CHANGED: list[tuple[Any, str, str]] = []


def note_change(row: Any, *, reason: str, actor: Actor) -> None:
    """What `ON_EVIDENCE_CHANGED` names in these tests: there is no release here."""
    CHANGED.append((row, reason, actor.id))


@pytest.fixture
def _watched(settings: Settings) -> None:
    CHANGED.clear()
    settings.ON_EVIDENCE_CHANGED = f"{__name__}.note_change"


def run_of(submission: Submission) -> Run:
    assert submission.state == "admitted", submission.findings
    return Run.objects.get(submission=submission)


def codes(submission: Submission) -> list[str]:
    return [finding["code"] for finding in submission.findings if finding["severity"] == "refuse"]


def assert_no_run() -> None:
    for kind in (Run, RunArtifact, MetricResult, Statement):
        assert not kind.objects.exists()
    assert not Record.objects.filter(type__endswith="/run/v1").exists()
    assert not LedgerEntry.objects.filter(kind="run.admitted").exists()


def take_over(submission: Submission, **changes: Any) -> None:
    """Another worker has the job: what the first one holds is no longer its token."""
    assert submission.job is not None
    Job.objects.filter(pk=submission.job.pk).update(token=uuid4(), **changes)


def results_file(**changes: Any) -> list[File]:
    return [File("results.json", "results", made_results(352, 400, **changes))]


# --- Admitted ------------------------------------------------------------------------------------


def test_a_run_is_admitted_with_counts_from_its_samples(world: World) -> None:
    run = admit_run(world, k=348)

    result = run.results.get()
    assert (result.k, result.n, result.k_source, result.slice) == (348, 400, "samples", "")
    assert (result.metric, result.value) == (world.metrics["pass rate"], "0.87")
    assert (result.ci_low[:5], result.ci_high[:5], result.ci_method) == ("0.833", "0.899", "wilson")
    assert run.human_id == f"HARBOR-RUN-{clock.now().year}-0001"
    assert (run.owner, run.uploaded_by) == (world.cast["ines"], world.cast["ines"])
    assert (run.split, run.stage, run.findings) == ("held_out_private", "selection", [])
    assert list(run.rollback_artifacts.all()) == [world.rollback]
    assert list(run.monitoring_signals.all()) == [world.signal]


def test_human_ids_count_up_within_a_project(world: World) -> None:
    assert [admit_run(world).human_id[-4:] for _ in range(3)] == ["0001", "0002", "0003"]


def test_the_record_is_rebuilt_from_rows_byte_for_byte(world: World) -> None:
    run = Run.objects.get(pk=admit_run(world).pk)

    assert jcs(run_bodies.body_of(run)) == records.load_bytes(run.record_id)
    body = records.load(run.record_id)
    assert body["model"] == {
        "name": "Argo-L 2026-03",
        "id": str(world.model.pk),
        "digest": world.model.record_id,
    }
    assert [one["digest"] for one in body["metric_definitions"]] == [world.metrics["pass rate"].record_id]
    assert body["submission"]["digest"] == run.submission.document_id
    assert {"status", "voided_at", "links"}.isdisjoint(body)


def test_a_changed_row_no_longer_fits_the_record(world: World) -> None:
    run = admit_run(world)
    MetricResult.objects.filter(run=run).update(k=399)

    assert digest_of(run_bodies.body_of(Run.objects.get(pk=run.pk))) != run.record_id


def test_the_statement_names_the_record_which_names_each_file(world: World) -> None:
    run = admit_run(world)

    key = active_key(KeyUse.ATTEST)
    keys = {str(key["key_id"]): str(key["public_key_pem"])}
    statement = statements.verify_envelope(bytes(run.statement.envelope), keys)
    assert statement["subject"] == [{"name": run.human_id, "digest": {"sha256": run.record_id[7:]}}]
    assert statement["predicateType"] == "https://benchseal.dev/ns/run/v1"
    assert run.statement.subject_digest == run.record_id
    files = {one["name"]: one["digest"] for one in records.load(run.record_id)["artifacts"]}
    assert files == {file.name: file.artifact.blob_id for file in run.files.all()}
    assert len(files) == 2


def test_the_ledger_names_record_and_statement(world: World) -> None:
    run = admit_run(world)

    entry = LedgerEntry.objects.get(kind="run.admitted")
    payload = json.loads(bytes(entry.payload.body))
    assert (entry.subject, entry.actor_id) == (f"run:{run.pk}", str(world.cast["ines"].pk))
    assert (payload["record"], payload["statement"]) == (run.record_id, run.statement_id)


def test_the_job_ends_with_the_run(world: World) -> None:
    run = admit_run(world)

    job = run.submission.job
    assert job is not None
    assert (job.state, job.progress_done, job.progress_total) == ("done", 4, 4)
    assert job.result == {"state": "admitted", "run": str(run.pk), "human_id": run.human_id}


def test_all_files_are_kept_in_the_order_of_the_document(world: World) -> None:
    log = File("run.log", "log", b"not opened by anybody", "text/plain")
    results, samples = made_files()

    run = run_of(work_off(receive(world, [log, samples, results])))

    assert [(file.position, file.name, file.role) for file in run.files.all()] == [
        (0, "run.log", "log"),
        (1, samples.name, "samples"),
        (2, results.name, "results"),
    ]


def test_the_task_takes_a_job_id_and_a_repeat_does_nothing(world: World) -> None:
    submission = receive(world)

    for _ in range(2):
        tasks.admit_submission(str(submission.job_id))

    assert Run.objects.get().submission == submission


def test_metrics_of_a_document_are_admitted_without_a_results_file(world: World) -> None:
    metrics = [
        {"name": "pass rate", "value": "0.880", "k": 352, "n": 400, "stderr": "0.0163"},
        {"name": "latency", "value": 2310, "statistic": "p95", "unit": "ms", "n": 400, "slice": "letters"},
        {"name": "F1", "value": {"state": "nan"}},
    ]
    submission = work_off(
        receive(world, [File("log", "log", b"log")], reader="native", metrics=metrics, conditions={})
    )

    run = run_of(submission)
    assert [(one.name, one.value, one.value_state, one.slice) for one in run.results.all()] == [
        ("pass rate", "0.880", "finite", ""),
        ("latency", "2310", "finite", "letters"),
        ("F1", "", "nan", ""),
    ]
    assert {one["code"] for one in run.findings} == {"VALUE_NOT_FINITE"}
    assert jcs(run_bodies.body_of(run)) == records.load_bytes(run.record_id)


# --- Real files ----------------------------------------------------------------------------------


def real(world: World, *files: tuple[str, str, str], **references: Any) -> Submission:
    sent = [File(name, role, (DATA / source).read_bytes()) for source, name, role in files]
    return work_off(receive(world, sent, origin_kind="own", conditions={}, **references))


def named(name: str, version: str = "1") -> dict[str, str]:
    return {"name": name, "version": version}


def test_a_file_of_version_0_3_is_admitted_without_n(world: World) -> None:
    make_model(world.cast, "mpt-7b", "1", provider_snapshot="mosaicml/mpt-7b", aliases=["mosaicml/mpt-7b"])
    make_dataset(world.cast, "arithmetic", **{**PUBLIC_DATA, "item_count": 20000})
    make_benchmark(world.cast, "Arithmetic", task="arithmetic_1dc", kind="public", public_release_date=None)

    submission = real(
        world,
        ("v0.3_mpt-7b_arithmetic.json", "mpt-7b_arithmetic_5-shot.json", "results"),
        model=named("mpt-7b"),
        benchmark=named("Arithmetic"),
        dataset=named("arithmetic"),
    )

    run = run_of(submission)
    assert run.results.count() == 10
    assert set(run.results.values_list("k", "n", "ci_low")) == {(None, None, "")}
    assert {"K_MISSING", "CONTAMINATION_UNKNOWN"} <= {one["code"] for one in run.findings}


def test_a_file_of_version_0_4_3_has_counts_from_its_values(world: World) -> None:
    sha = "fe8a4ea1ffedaf415f4da2f062534de366a451e6"
    hub = "TinyLlama/TinyLlama-1.1B-Chat-v1.0"
    make_model(world.cast, "TinyLlama", "1.0", provider_snapshot=f"{hub}@{sha}", aliases=[hub])
    source = "https://huggingface.co/datasets/arcee-globe/AlGhafa-Arabic-LLM-Benchmark-Translated-10percent"
    make_dataset(world.cast, "AlGhafa COPA", **{**PUBLIC_DATA, "item_count": 9, "source": source})
    make_benchmark(world.cast, "Arabic COPA", task="leaderboard_arabic_copa_light", kind="public")

    submission = real(
        world,
        ("v0.4.3_tinyllama_copa.json", "results_2024-08-14T04-26-36.420014.json", "results"),
        model=named("TinyLlama", "1.0"),
        benchmark=named("Arabic COPA"),
        dataset=named("AlGhafa COPA"),
    )

    run = run_of(submission)
    found = {one.name: (one.k, one.n, one.k_source, one.slice) for one in run.results.all()}
    # acc_norm has no definition in the project, so nothing says that it is a proportion.
    assert found == {"acc": (3, 9, "value", ""), "acc_norm": (None, 9, "", "")}
    assert "METRIC_UNDEFINED" in {one["code"] for one in run.findings}
    assert {one["field"]: one["state"] for one in run.origins}["revision"] == "both"


def test_files_of_version_0_4_13_with_samples_keep_their_states(world: World) -> None:
    sha = "b968826d9c46dd6066d109eabc6255188de91218"
    make_model(
        world.cast, "Qwen3-8B", "2025-04", provider_snapshot=f"Qwen/Qwen3-8B@{sha}", aliases=["Qwen/Qwen3-8B"]
    )
    make_dataset(world.cast, "NegotiationToM", **{**PUBLIC_DATA, "item_count": 32242})
    make_benchmark(world.cast, "NegotiationToM", task="negotiationtom", kind="public")

    submission = real(
        world,
        ("v0.4.13dev_qwen3-8b.json", "results_2026-07-08T16-04-34.219874.json", "results"),
        (
            "v0.4.13dev_samples_intention.jsonl",
            "samples_negotiationtom_intention_2026-07-08T16-04-34.219874.jsonl",
            "samples",
        ),
        model=named("Qwen3-8B", "2025-04"),
        benchmark=named("NegotiationToM"),
        dataset=named("NegotiationToM"),
    )

    run = run_of(submission)
    by_place = {(one.name, one.slice): one for one in run.results.all()}
    exact = by_place["exact_match", "negotiationtom_intention"]
    assert (exact.k, exact.n, exact.k_source) == (4, 20, "samples")
    # "N/A" for a standard error is a state, not a number and not nothing.
    assert by_place["micro_f1", "negotiationtom_intention"].stderr == "missing"
    assert by_place["acc", ""].k is None  # the group is an aggregate over tasks
    body = records.load(run.record_id)
    assert {"state": "missing"} in [one["stderr"] for one in body["metrics"]]
    assert jcs(run_bodies.body_of(run)) == records.load_bytes(run.record_id)
    assert "LIMIT_USED" in {one["code"] for one in run.findings}


# --- Bad files -----------------------------------------------------------------------------------

TEXT_METRIC: dict[str, Any] = {"results": {"claims_notes": {"acc,none": "very good"}}}


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (made_results(352, 400)[:-20], "JSON_TRUNCATED", ""),
        (b"", "JSON_TRUNCATED", ""),
        (b"PK\x03\x04\xff", "JSON_NOT_UTF8", ""),
        (b'{"results": {}, "results": {}}', "JSON_DUPLICATE_KEY", ""),
        (b"[" * 10_000_000, "JSON_TOO_DEEP", ""),
        (b"{}", "RESULTS_NOT_LM_EVAL", "/results"),
        (b'{"results": {}}', "NO_METRIC", ""),
        (
            made_results(352, 400, **TEXT_METRIC),
            "METRIC_NOT_A_NUMBER",
            "/results/claims_notes/acc,none",
        ),
        (
            made_results(352, 400, results={"claims_notes": {"acc,none": 1.5}}),
            "VALUE_OUT_OF_RANGE",
            "/results/claims_notes/acc,none",
        ),
        (
            made_results(352, 400, results={"claims_notes": {"acc,none": int("9" * 70)}}),
            "VALUE_TOO_LONG",
            "/results/claims_notes/acc,none",
        ),
    ],
    ids=range(10),
)
def test_a_file_that_cannot_be_evidence_refuses_with_its_place(
    world: World, body: bytes, code: str, pointer: str
) -> None:
    submission = work_off(receive(world, [File("results.json", "results", body)]))

    assert submission.state == "refused"
    finding = next(one for one in submission.findings if one["code"] == code)
    assert (finding["severity"], finding["pointer"]) == ("refuse", pointer)
    assert finding["file"] in ("results.json", "")
    assert finding["next_step"]
    assert_no_run()


def test_a_refusal_is_in_the_ledger_and_ends_the_job(world: World) -> None:
    submission = work_off(receive(world, [File("results.json", "results", b"{")]))

    entry = LedgerEntry.objects.get(kind="submission.refused")
    payload = json.loads(bytes(entry.payload.body))
    assert entry.subject == f"submission:{submission.pk}"
    assert payload["new"]["findings"] == ["JSON_TRUNCATED"]
    assert submission.decided_at is not None
    assert submission.job is not None
    assert (submission.job.state, submission.job.result["state"]) == ("done", "refused")


@pytest.mark.parametrize(("word", "state"), [("NaN", "nan"), ("Infinity", "inf"), ("-Infinity", "-inf")])
def test_a_bare_non_finite_number_is_a_state_and_never_zero(world: World, word: str, state: str) -> None:
    body = made_results(352, 400).replace(b'"acc,none": 0.88', f'"acc,none": {word}'.encode())

    run = run_of(work_off(receive(world, [File("results.json", "results", body)])))

    result = run.results.get()
    assert (result.value, result.value_state, result.k, result.ci_low) == ("", state, None, "")
    assert records.load(run.record_id)["metrics"][0]["value"] == {"state": state}
    assert "VALUE_NOT_FINITE" in {one["code"] for one in run.findings}


def test_an_empty_model_name_is_read_from_the_arguments(world: World) -> None:
    run = run_of(work_off(receive(world, results_file(model_name=""))))

    origin = {one["field"]: one for one in run.origins}["model"]
    assert (origin["state"], origin["pointer"]) == ("both", "/config/model_args/pretrained")


def test_a_file_without_any_model_name_leaves_the_uploaders_word(world: World) -> None:
    run = run_of(work_off(receive(world, results_file(model_name="", config={}))))

    assert {one["field"]: one["state"] for one in run.origins}["model"] == "uploader"


def test_results_beyond_the_limit_are_not_opened(world: World, settings: Settings) -> None:
    settings.MAX_RESULTS_BYTES = 100

    submission = work_off(receive(world, results_file()))

    assert codes(submission) == ["RESULTS_TOO_LARGE"]


def test_samples_of_another_evaluation_are_refused(world: World) -> None:
    results, _ = made_files(k=352)
    _, samples = made_files(k=300)

    assert codes(work_off(receive(world, [results, samples]))) == ["RESULTS_SAMPLES_DIFFER"]
    assert_no_run()


@pytest.mark.parametrize(
    ("field", "changes", "said"),
    [
        ("model", {"model_name": "other/model"}, "other/model"),
        ("dataset", {"configs": {"claims_notes": {"dataset_path": "cais/mmlu"}}}, "cais/mmlu"),
    ],
)
def test_a_conflict_between_file_and_uploader_refuses_until_a_reason_is_given(
    world: World, field: str, changes: dict[str, Any], said: str
) -> None:
    refused = work_off(receive(world, results_file(**changes)))

    assert codes(refused) == ["FIELD_CONFLICT"]
    assert said in refused.findings[0]["message"]
    assert_no_run()

    override = [{"field": field, "reason": REASON}]
    run = run_of(work_off(receive(world, results_file(**changes), overrides=override)))

    flag = next(one for one in run.findings if one["code"] == "FIELD_CONFLICT")
    assert flag["severity"] == "flag"
    assert REASON in flag["message"]
    origin = {one["field"]: one for one in run.origins}[field]
    assert (origin["state"], origin["file_value"], origin["override_reason"]) == ("conflict", said, REASON)
    assert flag in records.load(run.record_id)["findings"]


# --- People --------------------------------------------------------------------------------------


def test_a_run_names_everybody_behind_it(world: World, cast: Cast) -> None:
    robot = User.objects.create(
        username="robot", printed_name="CI", kind="service", answerable=cast["dora"], email="ci@example.org"
    )
    adam = cast.principal("adam")
    grants.give(project=cast.project, user=robot, role=Role.SUBMITTER, reason="CI sends", principal=adam)
    grants.give(
        project=cast.project, user=cast["dora"], role=Role.SUBMITTER, reason="Owns CI", principal=adam
    )
    token = tokens.issue(
        project=cast.project,
        user=robot,
        name="ci",
        scopes=list(TOKEN_SCOPES),
        expires_at=clock.now() + timedelta(days=1),
        principal=cast.principal("dora"),
    ).token
    caller = Principal(user=robot, token=token, channel=Channel.API)
    put(world.project, made_files()[0].body, principal=cast.principal("ines"))

    run = admit_run(world, by=caller, owner="tobias")

    # Dora answers for the robot, Tobias is declared, Ines brought the files.
    expected = sorted(str(cast[name].pk) for name in ("dora", "tobias", "ines"))
    assert run.responsible_persons == expected
    assert (run.uploaded_by, run.owner, run.submission.token) == (robot, cast["tobias"], token)
    assert records.load(run.record_id)["responsible_persons"] == expected


# --- Corrections ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("_watched")
def test_a_correction_is_a_new_run_that_tells_whoever_relied_on_the_old_one(world: World) -> None:
    old = admit_run(world, k=352)

    new = admit_run(world, k=300, corrects=old.human_id, correction_reason="The wrong prompt was used.")

    assert (new.corrects, new.correction_reason) == (old, "The wrong prompt was used.")
    assert [(row.pk, actor) for row, _, actor in CHANGED] == [(old.pk, str(world.cast["ines"].pk))]
    assert "The wrong prompt was used." in CHANGED[0][1]
    assert records.load(new.record_id)["corrects"] == {
        "id": str(old.pk),
        "human_id": old.human_id,
        "digest": old.record_id,
    }
    old.refresh_from_db()
    assert old.status == "admitted"


def test_a_run_is_corrected_once(world: World) -> None:
    old = admit_run(world)
    reason = "The wrong prompt was used."
    waiting = receive(world, corrects=old.human_id, correction_reason=reason)
    admit_run(world, corrects=old.human_id, correction_reason=reason)

    assert codes(work_off(waiting)) == ["RUN_CORRECTED"]
    assert Run.objects.count() == 2


# --- Workers -------------------------------------------------------------------------------------


def test_a_worker_that_lost_its_lease_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    submission = receive(world)
    read = reading.read

    def slow(*args: Any, **kwargs: Any) -> reading.Reading:
        found = read(*args, **kwargs)
        take_over(submission)
        return found

    monkeypatch.setattr(reading, "read", slow)
    with jobs.taken(str(submission.job_id)) as lease:
        assert lease is not None
        admission.admit(submission.pk, lease)

    submission.refresh_from_db()
    assert submission.state == "reading"
    assert_no_run()
    world.project.refresh_from_db()
    assert world.project.run_count == 0


def test_a_lease_lost_at_the_very_end_rolls_back_the_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = receive(world)
    store = admission._store

    def lose(rows: run_bodies.RunRows) -> Run:
        run = store(rows)
        take_over(submission)
        return run

    monkeypatch.setattr(admission, "_store", lose)
    with jobs.taken(str(submission.job_id)) as lease:
        assert lease is not None
        admission.admit(submission.pk, lease)

    assert_no_run()


def test_the_catalogue_may_move_while_a_file_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    submission = receive(world)
    read, first = reading.read, world.private_dataset

    def slow(*args: Any, **kwargs: Any) -> reading.Reading:
        found = read(*args, **kwargs)
        if found.references.dataset == first:
            world.private_dataset = revise(world, first, relevance="Corrected wording.")
        return found

    monkeypatch.setattr(reading, "read", slow)
    with pytest.raises(admission.CatalogueMoved):
        tasks.admit_submission(str(submission.job_id))
    assert_no_run()
    tasks.admit_submission(str(submission.job_id))

    assert Run.objects.get().dataset_version == world.private_dataset


def test_what_was_withdrawn_since_refuses_with_its_name(world: World) -> None:
    submission = receive(world)
    catalogue.withdraw(world.private_benchmark, reason="The task leaked.", principal=world.engineer)

    work_off(submission)

    assert codes(submission) == ["REFERENCE_UNKNOWN"]
    assert "The task leaked." in submission.findings[0]["message"]


def test_an_unexpected_reader_error_ends_in_a_refusal_not_in_a_loop(
    world: World, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.JOB_MAX_ATTEMPTS = 2
    submission = receive(world, external_id="ci-1")

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(lm_eval, "read", broken)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            tasks.admit_submission(str(submission.job_id))
    submission.refresh_from_db()
    assert submission.state == "reading"
    tasks.admit_submission(str(submission.job_id))

    submission.refresh_from_db()
    assert (submission.state, codes(submission)) == ("refused", ["READER_FAILED"])
    assert "2 attempts" in submission.findings[0]["message"]
    assert submission.job is not None
    assert submission.job.state == JobState.FAILED
    monkeypatch.undo()
    assert receive(world, external_id="ci-1").pk != submission.pk


def test_a_worker_killed_each_time_leaves_a_refusal(world: World, settings: Settings) -> None:
    submission = receive(world)
    past = clock.now() - timedelta(minutes=1)
    Submission.objects.filter(pk=submission.pk).update(state="reading")
    take_over(submission, state="running", attempts=settings.JOB_MAX_ATTEMPTS, lease_until=past)

    tasks.admit_submission(str(submission.job_id))

    submission.refresh_from_db()
    assert codes(submission) == ["READER_FAILED"]


def test_bytes_that_are_gone_refuse_by_name(world: World) -> None:
    submission = receive(world, results_file())
    digest = records.load(submission.document_id)["artifacts"][0]["digest"]
    vault.file_path(digest).unlink()

    work_off(submission)

    assert codes(submission) == ["BLOB_MISSING"]
    assert digest in submission.findings[0]["message"]


def test_a_missing_key_refuses_and_stores_no_run(world: World, settings: Settings, tmp_path: Path) -> None:
    submission = receive(world)
    settings.KEYS_DIR = tmp_path / "no-keys"

    work_off(submission)

    assert codes(submission) == ["KEY_MISSING"]
    assert_no_run()


def test_times_come_from_file_document_and_server(world: World) -> None:
    before = clock.now()
    run = admit_run(world, finished_at="2026-07-08T18:05:00+02:00")

    assert run.started_at is not None
    assert run.started_at.timestamp() == DATE
    assert run.finished_at is not None
    assert run.finished_at.date() == date(2026, 7, 8)
    assert before <= run.received_at <= run.admitted_at

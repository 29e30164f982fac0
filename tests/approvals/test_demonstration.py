"""The demonstration: exact figures, the states a visitor finds, loads that are repeated or interrupted."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker, Settings

from approvals import decision_view
from approvals.assessment import assess
from approvals.demonstration import evaluation, notes, people, story
from approvals.demonstration.people import CAST, House
from approvals.demonstration.story import Told
from approvals.gate import GateState
from approvals.models import Release, Signature
from approvals.states import Action, State
from evidence import bags, vault
from evidence.models import LedgerEntry, UnsealedEntry
from evidence.signing import KeyUse, active_key, fingerprint
from registry.access import factors, tokens
from registry.models import ApiToken, DatasetVersion, MetricResult, Project, Run, TotpUse, User
from tests.cast import Cast
from tests.evidence import verify_md

pytestmark = pytest.mark.thorough

PASSWORD = "a password of the demonstration"


def quiet(_: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the loaded demonstration keeps its bytes."""
    return tmp_path_factory.mktemp("demonstration")


@pytest.fixture(scope="module")
def loaded(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    folder: Path,
    key_folder: Path,
) -> Iterator[tuple[House, Told]]:
    """One load for all tests that only look; it is rolled back after the last of them."""
    # pytest-django makes a test database only when a marked test is chosen, too.
    assert re.search("memory|test", str(connection.settings_dict["NAME"])), "run the whole file"
    with (
        django_db_blocker.unblock(),
        override_settings(**own_settings(folder, key_folder)),
        transaction.atomic(),
    ):
        house = people.arrive(PASSWORD)
        yield house, story.tell(house, say=quiet)
        transaction.set_rollback(True)


def own_settings(folder: Path, keys: Path) -> dict[str, object]:
    storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(folder / "blobs")},
    }
    return {
        "DATA_DIR": folder,
        "STAGING_DIR": folder / "staging",
        "KEYS_DIR": keys,
        "LOG_ORIGIN": "benchseal.test/log",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "STORAGES": {
            "default": storage,
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
    }


def percent(share: str) -> str:
    return f"{100 * float(share):.1f}"


@pytest.mark.parametrize(
    ("model", "k", "low", "high"),
    [
        ("argo-l", 352, "84.4", "90.8"),
        ("brig-m", 348, "83.3", "89.9"),
        ("cutter-s", 291, "68.2", "76.9"),
    ],
)
def test_three_candidates_have_their_exact_pass_rates(
    loaded: tuple[House, Told], model: str, k: int, low: str, high: str
) -> None:
    found = MetricResult.objects.get(run__external_id=f"shortlist-notes-{model}")
    assert (found.k, found.n, found.k_source, found.slice) == (k, 400, "samples", "")
    assert (percent(found.ci_low), percent(found.ci_high)) == (low, high)


@pytest.mark.parametrize(
    ("model", "p50", "p95", "p99"),
    [("argo-l", 1480, 2310, 3050), ("brig-m", 1120, 1740, 1960), ("cutter-s", 410, 690, 940)],
)
def test_response_times_are_stated_by_percentile(
    loaded: tuple[House, Told], model: str, p50: int, p95: int, p99: int
) -> None:
    rows = MetricResult.objects.filter(run__external_id=f"shortlist-times-{model}")
    found = {row.statistic: int(row.value) for row in rows}
    assert found == {"p50": p50, "p95": p95, "p99": p99}


@pytest.mark.parametrize("times", [(1480, 2310, 3050), (1120, 1740, 1960), (410, 690, 940)])
def test_the_file_beside_a_response_time_gives_the_stated_percentiles(times: tuple[int, int, int]) -> None:
    lines = evaluation.latency_file(*times, seed=1).body.decode().splitlines()[1:]
    measured = [int(line.split(",")[1]) for line in lines]
    assert len(measured) == evaluation.REQUESTS
    assert tuple(evaluation.nearest_rank(measured, p) for p in evaluation.PERCENTILES) == times


def test_the_candidates_differ_on_as_many_notes_as_the_paired_test_needs() -> None:
    argo, brig, cutter = evaluation.shortlist()
    assert (len(argo - brig), len(brig - argo)) == (22, 18)
    assert (len(brig - cutter), len(cutter - brig)) == (73, 16)


def test_made_files_are_the_same_bytes_each_time() -> None:
    argo = evaluation.shortlist()[0]
    candidate = evaluation.Candidate("argo/argo-l", "0" * 40, 11)
    assert evaluation.private_files(candidate, argo) == evaluation.private_files(candidate, argo)
    assert evaluation.notes() == evaluation.notes()


def test_a_visitor_finds_a_release_in_each_state_of_interest(loaded: tuple[House, Told]) -> None:
    _, told = loaded
    states = [Release.objects.get(pk=one.pk).state for one in (told.live, told.waiting, told.blocked)]
    assert states == [State.RELEASED, State.IN_REVIEW, State.DRAFT]
    assert told.pack.release_id == told.live.pk
    assert told.pack.issued_at is not None


def test_ruth_can_sign_next_and_nobody_before_her_is_missing(loaded: tuple[House, Told]) -> None:
    house, told = loaded
    stages = dict(told.waiting.revisions.get(number=1).stages.values_list("code", "state"))
    assert {code: str(state) for code, state in stages.items()} == {
        **dict.fromkeys(("1", "2", "3", "4a", "4b", "4d"), "signed"),
        "5": "open",
        "6": "pending",
    }
    view = decision_view.show(told.waiting, "5", action=Action.SIGN, principal=house.principal("ruth"))
    assert view.refusal is None
    assert not view.found.blocking


def test_public_scores_before_the_cutoff_are_flagged_and_unknown_ones_too(loaded: tuple[House, Told]) -> None:
    _, told = loaded
    codes = {one.human_id: {gate.code for gate in assess(one).gates} for one in (told.waiting, told.blocked)}
    assert "CONTAMINATION_RISK" in codes[told.waiting.human_id]
    assert "CONTAMINATION_UNKNOWN" in codes[told.blocked.human_id]


def test_flags_are_said_in_words_and_keep_their_codes_as_facts(loaded: tuple[House, Told]) -> None:
    _, told = loaded
    flags = {gate.code: gate for gate in assess(told.waiting).gates if gate.state == GateState.FLAG}
    risk, small = flags["CONTAMINATION_RISK"], flags["GATE_PRIVATE_EVAL"]
    assert "is public since 8 Sep 2021, the training cutoff is 31 Aug 2025" in risk.reason
    assert risk.facts == {"public": "2021-09-08", "cutoff": "2025-08-31"}
    assert small.reason.startswith("Small private set: 400 items, under 500 (HARBOR-RUN-")
    assert small.facts == {"code": "SMALL_PRIVATE_SET", "items": 400, "small_under": 500}


def test_public_evidence_alone_does_not_pass(loaded: tuple[House, Told]) -> None:
    _, told = loaded
    failing = {gate.code for gate in assess(told.blocked).gates if gate.state == GateState.FAIL}
    assert failing == {"GATE_PRIVATE_EVAL", "GATE_CRITERIA"}


def test_a_corrected_run_stopped_the_signatures_given_on_it(loaded: tuple[House, Told]) -> None:
    _, told = loaded
    assert (told.stopped.state, told.stopped.revision) == (State.IN_REVIEW, 2)
    signatures = Signature.objects.filter(release=told.stopped)
    assert sorted(signature.stage.code for signature in signatures) == ["1", "2", "3"]
    assert all("Corrected by" in signature.end.reason for signature in signatures)


def test_the_refused_submission_names_both_faults(loaded: tuple[House, Told]) -> None:
    _, told = loaded
    found = {finding["code"] for finding in told.refused.findings if finding["severity"] == "refuse"}
    assert {"FIELD_CONFLICT", "RESULTS_SAMPLES_DIFFER"} <= found
    assert not Run.objects.filter(submission=told.refused).exists()


def test_made_data_says_so(loaded: tuple[House, Told]) -> None:
    project = Project.objects.get(key="HARBOR")
    assert project.is_demonstration
    assert "made data" in project.name
    assert all("Made data" in row.collection_method for row in DatasetVersion.objects.all())
    assert all("no measurement" in run.not_covered for run in Run.objects.all())


def test_everything_is_sealed_and_nobody_is_a_superuser(loaded: tuple[House, Told]) -> None:
    assert not UnsealedEntry.objects.exists()
    assert not User.objects.filter(is_superuser=True).exists()


def test_what_a_visitor_reads_names_everybody_and_everything_to_try(loaded: tuple[House, Told]) -> None:
    house, told = loaded
    text = notes.text(told, house, "bs_token")
    assert fingerprint() in text
    assert all(part.printed_name in text for part in CAST)
    wanted = (told.waiting, told.blocked, told.stopped, told.pack)
    assert all(row.human_id in text for row in wanted)
    assert text.count(PASSWORD) == 1
    secrets = {factors.secret_of(house.people[part.account]) for part in CAST if part.stage}
    assert len(secrets) == 9
    assert all(secret and secret in text for secret in secrets)


def test_who_has_no_device_is_told_the_code_that_counts_next(
    loaded: tuple[House, Told], capsys: pytest.CaptureFixture[str]
) -> None:
    ruth = loaded[0].people["ruth"]
    TotpUse.objects.filter(user=ruth).delete()  # the codes of the load may still be those of this minute
    call_command("demo_code", "ruth")
    assert factors.spend(ruth, capsys.readouterr().out)
    call_command("demo_code", "ruth")
    assert factors.spend(ruth, capsys.readouterr().out)
    for account in ("audra", "nobody"):
        with pytest.raises(CommandError, match="nobody of the demonstration"):
            call_command("demo_code", account)


@pytest.fixture
def bag(loaded: tuple[House, Told], folder: Path, tmp_path: Path) -> Path:
    """The demonstration's pack as an auditor unpacks it."""
    _, told = loaded
    downloaded = tmp_path / f"{told.pack.human_id}.zip"
    shutil.copy(folder / "blobs" / vault.address_of(str(told.pack.blob_id)), downloaded)
    return verify_md.unpack(downloaded, tmp_path / "unpacked")


def test_its_pack_verifies_with_public_tools_line_by_line(loaded: tuple[House, Told], bag: Path) -> None:
    _, told = loaded
    pack_key = str(active_key(KeyUse.PACK)["key_id"])
    outcomes = verify_md.run_all(bag, zip_digest=str(told.pack.blob_id), pack_key=pack_key)
    assert [(outcome.number, outcome.output) for outcome in outcomes if not outcome.is_ok] == []
    assert len(outcomes) == len(verify_md.steps(bag))


def test_one_flipped_byte_in_any_file_of_its_pack_is_found(bag: Path) -> None:
    (digests,) = (step for step in verify_md.steps(bag) if step.number == 1)
    for name in bags.files_of(bag):
        body = (bag / name).read_bytes()
        middle = len(body) // 2
        (bag / name).write_bytes(body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :])
        assert not verify_md.run(digests, bag).is_ok, name
        (bag / name).write_bytes(body)
    assert verify_md.run(digests, bag).is_ok


def test_a_second_load_changes_nothing(loaded: tuple[House, Told]) -> None:
    house, told = loaded
    before = LedgerEntry.objects.count()
    again = story.tell(people.arrive(house.password), say=quiet)
    assert LedgerEntry.objects.count() == before
    assert again == told


@pytest.mark.django_db
def test_an_interrupted_load_is_finished_by_the_next() -> None:
    class Killed(Exception):
        pass

    def kill(text: str) -> None:
        if "is live" in text:
            raise Killed

    house = people.arrive(PASSWORD)
    with pytest.raises(Killed):
        story.tell(house, say=kill)
    told = story.tell(people.arrive(PASSWORD), say=quiet)
    assert (told.waiting.state, told.stopped.revision) == (State.IN_REVIEW, 2)
    assert Release.objects.count() == 4


@pytest.mark.django_db
def test_production_refuses(settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="never runs in the production profile"):
        call_command("load_demo")
    assert not User.objects.exists()


def test_a_registry_in_use_is_left_alone(cast: Cast) -> None:
    before = LedgerEntry.objects.count()
    with pytest.raises(CommandError, match="This registry is in use"):
        call_command("load_demo")
    assert LedgerEntry.objects.count() == before


def test_the_password_is_random_kept_and_readable_by_one_user_alone(tmp_path: Path) -> None:
    made = notes.password(tmp_path)
    assert notes.password(tmp_path) == made
    assert (tmp_path / "demo.txt").stat().st_mode & 0o777 == 0o600
    assert notes.password(_made(tmp_path / "other")) != made


def test_the_token_is_issued_once_and_again_when_it_was_revoked(
    loaded: tuple[House, Told], tmp_path: Path
) -> None:
    house, told = loaded
    first = notes.token(tmp_path, house)
    notes.write(tmp_path, notes.text(told, house, first))
    assert notes.token(tmp_path, house) == first
    tokens.revoke(ApiToken.objects.get(), principal=house.principal("ines"))
    assert notes.token(tmp_path, house) != first


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder

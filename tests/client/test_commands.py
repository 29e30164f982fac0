"""The command against the real API, in one process: only network and waiting are shortened."""

import json
from pathlib import Path
from typing import Any

import pytest
from benchseal import cli

from approvals.models import Release
from approvals.tasks import seal_pack
from evidence import auditing
from evidence.digests import sha256_bytes
from evidence.models import Job, JobState
from evidence.signing import KeyUse, active_key
from registry.models import Run
from registry.tasks import admit_submission
from tests.releases import LOW, approved, draft, go_live, link_all
from tests.world import File, World, content, made_files

pytestmark = pytest.mark.django_db

TASKS = {"approvals.seal_pack": seal_pack}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, world: World, real_api: None) -> None:
    """The environment of Ines, the submitter, with a token of hers."""
    monkeypatch.setattr("benchseal.waiting.time.sleep", work_off)
    monkeypatch.setenv("BENCHSEAL_PROJECT", "HARBOR")
    monkeypatch.setenv("BENCHSEAL_TOKEN", world.cast.token("ines"))


def work_off(seconds: float) -> None:
    """While the command waits, a worker does what is queued."""
    for job in Job.objects.filter(state=JobState.QUEUED):
        TASKS.get(job.task, admit_submission)(str(job.pk))


@pytest.fixture
def document(world: World, tmp_path: Path) -> Path:
    """A folder as an engineer has it: the document, digests left out, its files beside it."""
    folder = tmp_path / "run"
    folder.mkdir()
    files = made_files()
    for file in files:
        (folder / file.name).write_bytes(file.body)
    body = content(world, [])
    body["artifacts"] = [described(file) for file in files]
    path = folder / "submission.json"
    path.write_text(json.dumps(body))
    return path


def described(file: File) -> dict[str, str]:
    return {"name": file.name, "role": file.role, "media_type": file.media_type}


def changed(document: Path, **changes: Any) -> Path:
    body = json.loads(document.read_text())
    document.write_text(json.dumps(body | changes))
    return document


def test_a_run_is_uploaded_with_its_files_and_admitted(
    account: None, document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["run", "upload", str(document), "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    run = Run.objects.get(human_id=answer["run"])
    assert {file.artifact.blob_id for file in run.files.all()} == {
        sha256_bytes(file.body) for file in made_files()
    }


def test_the_same_upload_again_is_the_same_run(
    account: None, document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["run", "upload", str(document)]) == 0
    assert cli.run(["run", "upload", str(document)]) == 0
    assert Run.objects.count() == 1


def test_a_refused_run_shows_each_finding_with_its_next_step(
    account: None, document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = made_files()[0].name
    (document.parent / name).write_bytes(b"{")
    assert cli.run(["run", "upload", str(document)]) == 1
    said = capsys.readouterr().err
    assert name in said
    assert "Next step: " in said
    assert not Run.objects.exists()


def test_a_name_the_catalogue_does_not_know_is_refused_with_its_pointer(
    account: None, document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(document, model={"name": "Nobody", "version": "1"})
    assert cli.run(["run", "upload", str(document)]) == 1
    assert "/model" in capsys.readouterr().err


def test_a_document_with_a_wrong_field_is_refused_with_its_pointer(
    account: None, document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(document, stage="production")
    assert cli.run(["run", "upload", str(document)]) == 1
    assert "/stage" in capsys.readouterr().err
    assert not Run.objects.exists()


def test_a_file_that_differs_from_the_document_is_not_sent(
    account: None, document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = json.loads(document.read_text())
    body["artifacts"][1]["digest"] = f"sha256:{'0' * 64}"
    document.write_text(json.dumps(body))
    assert cli.run(["run", "upload", str(document)]) == 1
    assert "/artifacts/1/digest is sha256:000" in capsys.readouterr().err
    assert not Job.objects.exists()


def test_a_file_that_is_nowhere_is_named(
    account: None, document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (document.parent / made_files()[0].name).unlink()
    assert cli.run(["run", "upload", str(document)]) == 1
    assert made_files()[0].name in capsys.readouterr().err


def test_runs_are_listed_as_table_json_and_tsv(
    account: None, document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.run(["run", "upload", str(document), "--format", "json"])
    run = json.loads(capsys.readouterr().out)["run"]
    assert cli.run(["run", "list", "--format", "json"]) == 0
    text = capsys.readouterr().out
    assert [row["human_id"] for row in json.loads(text)] == [run]
    assert (
        text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    )
    assert cli.run(["run", "list", "--format", "tsv"]) == 0
    head, line = capsys.readouterr().out.splitlines()
    assert dict(zip(head.split("\t"), line.split("\t"), strict=True))["human_id"] == run
    assert cli.run(["run", "list"]) == 0
    assert "Argo-L" in capsys.readouterr().out
    assert cli.run(["run", "show", run]) == 0
    assert "Handwritten notes." in capsys.readouterr().out


def test_gates_decide_the_exit_code_and_a_complete_release_is_submitted(
    account: None, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    release = draft(world, answers=LOW)
    assert cli.run(["release", "check", release.human_id]) == 1
    assert cli.run(["release", "submit", release.human_id]) == 1
    assert "GATE_" in capsys.readouterr().err
    link_all(world, release)
    assert cli.run(["release", "check", release.human_id, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["passes"] is True
    assert cli.run(["release", "submit", release.human_id]) == 0
    assert cli.run(["release", "status", release.human_id]) == 0
    assert "submitted" in capsys.readouterr().out
    assert Release.objects.get(pk=release.pk).state == "submitted"


@pytest.mark.thorough
def test_a_pack_is_sealed_downloaded_and_found_genuine(
    account: None, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = approved(world, answers=LOW)
    go_live(world, release)
    assert cli.run(["pack", "seal", release.human_id, "--format", "json"]) == 0
    pack = json.loads(capsys.readouterr().out)
    target = tmp_path / "alone" / "pack.zip"
    target.parent.mkdir()
    assert cli.run(["pack", "download", pack["human_id"], "--to", str(target)]) == 0
    assert sha256_bytes(target.read_bytes()) == pack["digest"]
    assert list(target.parent.iterdir()) == [target]
    assert cli.run(["pack", "verify", str(target), "--json"]) == 2
    capsys.readouterr()
    key = str(active_key(KeyUse.PACK)["key_id"])
    assert cli.run(["pack", "verify", str(target), "--trust", key]) == 0, capsys.readouterr().out
    assert "genuine" in capsys.readouterr().out
    assert list(auditing.faults(against=[target])) == []
    assert cli.run(["log", "check", str(target), "--trust", key]) == 0
    assert "the log still begins with what this pack holds" in capsys.readouterr().out


def test_a_refusal_says_what_is_missing_and_never_the_token(
    account: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BENCHSEAL_TOKEN", "bs_000000000000_secret")
    assert cli.run(["run", "list"]) == 1
    said = capsys.readouterr()
    assert "401" in said.err
    assert "secret" not in said.out + said.err


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("BENCHSEAL_URL", "", "BENCHSEAL_URL is not set"),
        ("BENCHSEAL_URL", "testserver", "is not an address"),
        ("BENCHSEAL_TOKEN", "", "BENCHSEAL_TOKEN is not set"),
        ("BENCHSEAL_PROJECT", "", "BENCHSEAL_PROJECT is not set"),
    ],
    ids=["no address", "wrong address", "no token", "no project"],
)
def test_a_missing_setting_is_named_before_anything_is_sent(
    account: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    words: str,
) -> None:
    monkeypatch.setenv(name, value)
    assert cli.run(["run", "list"]) == 64
    assert words in capsys.readouterr().err


def test_an_installation_that_does_not_answer_is_not_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BENCHSEAL_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("BENCHSEAL_TOKEN", "bs_0_secret")
    assert cli.run(["run", "list", "--project", "HARBOR"]) == 2
    said = capsys.readouterr().err
    assert "gave no answer" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    "arguments", [["pack"], ["pack", "verify"], ["pack", "verify", "nothing.zip"], ["x"]]
)
def test_a_wrong_call_is_neither_broken_nor_unproved(arguments: list[str]) -> None:
    assert cli.run(arguments) == 64


def test_a_trust_that_is_none_is_a_wrong_call(
    pack_bytes: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(pack_bytes)
    assert cli.run(["pack", "verify", str(path), "--trust", "abcd"]) == 64
    assert "neither a readable file nor a key id" in capsys.readouterr().err


def test_a_broken_pack_names_the_file_and_says_what_it_means(
    pack_bytes: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(pack_bytes.replace(b"How to check", b"How to trust", 1))
    assert cli.run(["pack", "verify", str(path)]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "VERIFY.md" in said
    assert "was changed, removed or added" in said
    assert "broken" in said

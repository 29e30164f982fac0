"""A pack sealed with the right key and untrue inside: the operator's own seal makes no lie pass."""

import copy
from base64 import b64encode

import pytest
from benchseal.verify import Item

from evidence.canonical import Json, jcs, parse_record
from evidence.packs import PackContent, PackFile
from tests.client import made_pack
from tests.client.conftest import Build
from tests.client.made_pack import MADE_AT, Draft

pytestmark = pytest.mark.thorough


def only(items: tuple[Item, ...]) -> str:
    """Section and reason of the one fault."""
    assert len(items) == 1, [item.reason for item in items]
    return f"{items[0].section}: {items[0].reason}"


def _bytes(file: PackFile) -> bytes:
    assert isinstance(file.source, bytes)
    return file.source


def without(content: PackContent, path: str) -> PackContent:
    return replaced(content, path, None)


def replaced(content: PackContent, path: str, body: bytes | None) -> PackContent:
    files = [file for file in content.files if path not in file.path]
    assert len(files) < len(content.files)
    if body is not None:
        named = next(file.path for file in content.files if path in file.path)
        files.append(PackFile(named, body))
    return PackContent(**{**{name: getattr(content, name) for name in content.__slots__}, "files": files})


def signatures(draft: Draft) -> list[made_pack.Object]:
    rows = draft.record["signatures"]
    assert isinstance(rows, list)
    return [row for row in rows if isinstance(row, dict)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("printed_name", "Bea Stranger"),
        ("signer", "8"),
        ("role", "owner"),
        ("stage", "S1"),
        ("action", "decline"),
        ("meaning", "I have read this."),
        ("signed_at", "2026-11-23T07:00:00.000000Z"),
    ],
)
def test_a_signature_told_otherwise_than_signed_is_found(faults: Build, field: str, value: str) -> None:
    draft = made_pack.draft()
    signatures(draft)[1][field] = value
    assert f"states another {field}" in only(faults(made_pack.content(draft)))


@pytest.mark.parametrize("said", [{"id": "9", "printed_name": "Cas Absent"}, "9", True])
def test_a_person_for_whom_nobody_signed_is_found(faults: Build, said: Json) -> None:
    draft = made_pack.draft()
    signatures(draft)[1]["for"] = said
    assert "states another person for whom it was signed" in only(faults(made_pack.content(draft)))


def test_a_person_for_whom_was_signed_and_who_is_left_out_is_found(faults: Build) -> None:
    """The statement and the view name the absent person; the record tells it as the signer's own."""
    draft = made_pack.draft(on_behalf_of={"id": "9", "printed_name": "Cas Absent"})
    assert faults(made_pack.content(draft)) == ()
    signatures(draft)[1]["for"] = None
    assert "states another person for whom it was signed" in only(faults(made_pack.content(draft)))


def test_who_was_shown_another_person_to_sign_for_is_found(faults: Build) -> None:
    absent: made_pack.Object = {"id": "9", "printed_name": "Cas Absent"}
    draft = made_pack.draft(on_behalf_of=absent, shown_for={"id": "8", "printed_name": "Bea Stranger"})
    assert "shown another person for whom to sign" in faults(made_pack.content(draft))[0].reason


def test_a_stopped_signature_told_as_counting_is_found(faults: Build) -> None:
    draft = made_pack.draft()
    signatures(draft)[0].update({"effect": "counts", "stopped_at": None})
    assert "older release manifest" in only(faults(made_pack.content(draft)))


def test_a_stopped_signature_says_when_and_why(faults: Build) -> None:
    draft = made_pack.draft()
    signatures(draft)[0].update({"stopped_why": None})
    assert "when and why it stopped" in only(faults(made_pack.content(draft)))


def test_a_signature_left_out_of_the_record_is_found(faults: Build) -> None:
    draft = made_pack.draft()
    rows = draft.record["signatures"]
    assert isinstance(rows, list)
    rows.pop(0)
    assert "does not list this statement" in only(faults(made_pack.content(draft)))


def test_a_signature_without_log_entry_is_found(faults: Build) -> None:
    draft = made_pack.draft()
    draft.payload_statements.remove(str(signatures(draft)[1]["statement"]))
    assert "No log entry" in only(faults(made_pack.content(draft)))


def test_a_statement_signed_with_a_key_for_another_use_is_found(faults: Build) -> None:
    """The list in the pack says what each key is for; the key that seals packs signs no statements."""
    content = made_pack.content(made_pack.draft())
    keys = parse_record(next(_bytes(file) for file in content.files if "keys.json" in file.path))
    listed = copy.deepcopy(keys["keys"])
    assert isinstance(listed, list)
    swap = {"attest": "pack", "pack": "attest"}
    for entry in listed:
        assert isinstance(entry, dict)
        entry["use"] = swap.get(str(entry["use"]), entry["use"])
    items = faults(replaced(content, "keys.json", jcs({**keys, "keys": listed})))
    assert {"keys", "statements", "signatures", "runs"} <= {item.section for item in items}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("action", "release", "states another action"),
        ("revision", 1, "states another revision"),
        ("statement", f"sha256:{'0' * 64}", "of this decision is not in the pack"),
    ],
    ids=["action", "revision", "statement"],
)
def test_a_decision_told_otherwise_is_found(faults: Build, field: str, value: str | int, words: str) -> None:
    draft = made_pack.draft()
    rows = draft.record["decisions"]
    assert isinstance(rows, list)
    assert isinstance(rows[0], dict)
    rows[0][field] = value
    assert words in faults(made_pack.content(draft))[0].reason


def test_a_run_without_statement_is_found(faults: Build) -> None:
    draft = made_pack.draft()
    run = next(file for file in draft.files if "attestations" in file.path)
    draft.files.remove(run)
    rows = draft.record["files"]
    assert isinstance(rows, list)
    rows[:] = [row for row in rows if isinstance(row, dict) and row["path"] != run.path]
    assert "No statement in the pack was signed over the record" in only(faults(made_pack.content(draft)))


def test_a_file_of_a_run_left_out_in_silence_is_found(faults: Build) -> None:
    draft = made_pack.draft()
    draft.record["withheld"] = []
    reasons = [item.reason for item in faults(made_pack.content(draft))]
    assert any("samples.jsonl of HARBOR-RUN-2026-0001" in reason for reason in reasons)
    assert any("which is not in the pack" in reason for reason in reasons)


def test_a_withheld_file_that_lies_in_the_pack_is_found(faults: Build) -> None:
    draft = made_pack.draft()
    samples = PackFile("data/evidence/HARBOR-RUN-2026-0001/02-samples.jsonl", made_pack.SAMPLES)
    draft.files.append(samples)
    rows = draft.record["files"]
    assert isinstance(rows, list)
    rows.append(made_pack.listed(samples))
    assert "lies in the pack as" in only(faults(made_pack.content(draft)))


def test_a_record_the_signers_decided_on_cannot_be_left_out(faults: Build) -> None:
    draft = made_pack.draft()
    scope = [file for file in draft.files if b"release-scope" in _bytes(file)][1]
    draft.files.remove(scope)
    rows = draft.record["files"]
    assert isinstance(rows, list)
    rows[:] = [row for row in rows if isinstance(row, dict) and row["path"] != scope.path]
    assert "section scope: the record sha256:" in only(faults(made_pack.content(draft)))


def test_an_entry_moved_in_the_log_is_found(faults: Build) -> None:
    content = made_pack.content(made_pack.draft())
    proof = next(file for file in content.files if file.path.endswith("1.tlog-proof"))
    assert isinstance(proof.source, bytes)
    moved = proof.source.replace(b"index 0", b"index 1")
    assert "does not lead from the entry" in only(faults(replaced(content, proof.path, moved)))


def test_an_entry_left_out_is_found(faults: Build) -> None:
    content = made_pack.content(made_pack.draft())
    items = faults(without(content, "data/audit/00000000-0000-0000-0000-000000000002.json"))
    assert "data/audit/00000000-0000-0000-0000-000000000002.json is missing." in [i.reason for i in items]


def test_a_head_the_log_did_not_sign_is_found(faults: Build) -> None:
    content = made_pack.content(made_pack.draft())
    for number in (1, 2, 3):
        path = f"data/audit/00000000-0000-0000-0000-00000000000{number}.tlog-proof"
        proof = next(file.source for file in content.files if file.path == path)
        assert isinstance(proof, bytes)
        lead, _, mark = proof[:-1].rpartition(b" ")
        spoilt = b64encode(bytes(68))
        assert len(spoilt) == len(mark)
        content = replaced(content, path, lead + b" " + spoilt + b"\n")
    items = faults(content)
    assert {item.section for item in items} == {"log", "signatures"}
    assert any("bears 0 signatures by data/keys/log.vkey" in item.reason for item in items)


def test_a_section_digest_that_is_not_the_section_is_found(faults: Build) -> None:
    draft = made_pack.draft(spoil_sections=True)
    items = faults(made_pack.content(draft))
    assert any("the digest of the section waivers" in item.reason for item in items)


def test_a_payload_of_another_entry_is_found(faults: Build) -> None:
    content = made_pack.content(made_pack.draft())
    items = faults(replaced(content, "0003.payload.json", b'{"statement":null}'))
    assert any("is not the payload the entry names" in item.reason for item in items)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"files": None},
        {"files": [{"path": 7}], "events": [{}], "signatures": [{}], "runs": [{}], "withheld": [{}]},
        {"signatures": [{"statement": [], "envelope": {}}], "revisions": [{"number": True}]},
        {"events": [{"entry": "../../../../etc/passwd"}], "runs": [{"digest": "../x"}]},
        {"made_at": MADE_AT, "files": [{"path": "../../etc/passwd", "size": 1, "digest": ""}]},
    ],
    ids=["empty", "null", "hollow", "types", "escape", "path"],
)
def test_a_record_of_no_known_shape_gives_faults_not_errors(faults: Build, record: made_pack.Object) -> None:
    draft = made_pack.draft()
    content = made_pack.content(draft)
    spoilt = {name: getattr(content, name) for name in content.__slots__} | {"record": jcs(record)}
    items = faults(PackContent(**spoilt))
    assert items
    assert not any("Error" in item.reason for item in items), [item.reason for item in items]

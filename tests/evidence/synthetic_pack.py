"""A small pack made of real parts: real keys, a real tree, a real signed statement."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

from evidence import merkle, notes
from evidence.canonical import Json, base64_text, jcs, utc_text
from evidence.digests import digest_of, sha256_bytes, sha256_hex
from evidence.names import predicate_type, record_type
from evidence.packed_keys import key_files
from evidence.packs import PackContent, PackFile, evidence_name
from evidence.publickeys import KeyUse, key_id_of
from evidence.signing import load_certificate, load_log_signers, load_signer
from evidence.statements import envelope, statement, statement_digest
from evidence.timestamps import time_authority

MADE_AT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
HUMAN_ID = "HARBOR-PACK-2026-0001"
LEVEL = "B-LTA"
HTML = """<!doctype html><html lang="en"><head><title>Audit package</title><style>
@font-face { font-family: Inter; src: url(fonts/inter-latin-400-normal.ttf) }
body { font: 9pt/13pt Inter }
</style></head><body><p>Record</p><p style="break-before: page">Signatures</p></body></html>"""


@dataclass(frozen=True, slots=True)
class Log:
    """The audit files of some entries, what the record says of them, and the head they lead to."""

    files: list[PackFile]
    events: list[Json]
    checkpoint: dict[str, Json]


def content(*, entries: int = 7, html: str = HTML) -> PackContent:
    """A pack about one release with one run, one signature and ``entries`` log entries."""
    manifest, view, run = ({"type": record_type(name)} for name in ("manifest", "view", "run"))
    records = [_record_file(body) for body in (manifest, view, run)]
    signed = _attestation(manifest, view)
    evidence = [
        PackFile(f"data/evidence/HARBOR-RUN-1/{evidence_name(1, 'results é.json')}", b'{"acc": 0.5}'),
        PackFile(f"data/evidence/HARBOR-RUN-1/{evidence_name(2, 'empty.txt')}", b""),
    ]
    log = _log(entries)
    listed = [*records, *evidence, signed]
    record: dict[str, Json] = {
        "type": record_type("record"),
        "files": [_listed(file) for file in listed],
        "revisions": [{"number": 1, "manifest": digest_of(manifest)}],
        "runs": [{"human_id": "HARBOR-RUN-1", "digest": digest_of(run)}],
        "signatures": [_signature(signed, manifest, view)],
        "events": log.events,
        "withheld": [],
    }
    return PackContent(
        human_id=HUMAN_ID,
        record=jcs(record),
        pack=_pack(record, log),
        files=(*listed, *log.files, *key_files(), PackFile("data/schema/run.json", b"{}")),
        html=html,
        reason="Issued by the operator",
    )


def _record_file(body: dict[str, str]) -> PackFile:
    return PackFile(f"data/records/{sha256_hex(jcs(body))}.json", jcs(body))


def _attestation(manifest: dict[str, str], view: dict[str, str]) -> PackFile:
    said = statement(
        [("release manifest", digest_of(manifest))],
        predicate_type("approval"),
        {"view": digest_of(view), "printed_name": "Ada Ó Briain"},
    )
    body = envelope(said, load_signer(KeyUse.ATTEST))
    name = statement_digest(body).removeprefix("sha256:")
    return PackFile(f"data/attestations/{name}.dsse.json", body)


def _listed(file: PackFile) -> Json:
    assert isinstance(file.source, bytes)
    return {"path": file.path, "size": len(file.source), "digest": sha256_bytes(file.source)}


def _signature(signed: PackFile, manifest: dict[str, str], view: dict[str, str]) -> Json:
    assert isinstance(signed.source, bytes)
    return {
        "id": "1",
        "statement": statement_digest(signed.source),
        "envelope": signed.path,
        "manifest": digest_of(manifest),
        "view": digest_of(view),
        "printed_name": "Ada Ó Briain",
        "role": "owner",
        "action": "sign",
        "signed_at": utc_text(MADE_AT),
        "effect": "counts",
    }


def _log(count: int) -> Log:
    origin = settings.LOG_ORIGIN
    entries = [_entry(number) for number in range(count)]
    hashes = [merkle.leaf_hash(leaf) for _, leaf, _ in entries]
    root = merkle.root_of(hashes)
    note = notes.sign_note(notes.checkpoint_text(origin, count, root), origin, *load_log_signers())
    files: list[PackFile] = []
    events: list[Json] = []
    for index, (entry, leaf, payload) in enumerate(entries):
        path = merkle.inclusion_path(index, count, lambda level, at: _node(hashes, level, at))
        proof = notes.tlog_proof(index, path, note).encode()
        files += [
            PackFile(f"data/audit/{entry}.json", leaf),
            PackFile(f"data/audit/{entry}.payload.json", payload),
            PackFile(f"data/audit/{entry}.tlog-proof", proof),
        ]
        events.append({"entry": entry, "leaf_hash": hashes[index].hex()})
    return Log(files, events, {"origin": origin, "size": count, "root": base64_text(root)})


def _entry(number: int) -> tuple[str, bytes, bytes]:
    entry = str(uuid.UUID(int=number + 1))
    payload = jcs({"type": record_type("payload"), "salt": f"{number:032x}", "reason": ""})
    leaf = {
        "type": record_type("leaf"),
        "id": entry,
        "kind": "run.admitted",
        "payload": sha256_bytes(payload),
    }
    return entry, jcs(leaf), payload


def _node(hashes: list[bytes], level: int, index: int) -> bytes:
    return merkle.root_of(hashes[index << level : (index + 1) << level])


def _pack(record: dict[str, Json], log: Log) -> dict[str, Json]:
    keys: dict[str, Json] = {
        use.value: load_signer(use).key_id for use in (KeyUse.PACK, KeyUse.ATTEST, KeyUse.LOG)
    }
    tsa = load_certificate(KeyUse.TSA).public_key()
    keys["tsa"] = key_id_of(tsa)  # type: ignore[arg-type]  # an RSA key, as the set-up makes it
    return {
        "type": record_type("pack"),
        "id": "0193a5f0-0000-7000-8000-000000000001",
        "human_id": HUMAN_ID,
        "record": digest_of(record),
        "made_at": utc_text(MADE_AT),
        "checkpoint": dict(log.checkpoint),
        "keys": keys,
        "time_authority": time_authority(),
        "document_signature": {"level": LEVEL, "reason": "Made for a test."},
    }

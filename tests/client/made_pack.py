"""A small complete pack of made data: two revisions, a signature that stopped, one that counts."""

import uuid
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from evidence import merkle, notes
from evidence.canonical import Json, jcs, utc_text
from evidence.digests import digest_of, sha256_bytes
from evidence.names import predicate_type, record_type
from evidence.packed_keys import key_files
from evidence.packs import PackContent, PackFile, evidence_name
from evidence.publickeys import KeyUse
from evidence.signing import load_log_signers, load_signer
from evidence.statements import envelope, statement, statement_digest
from tests.evidence import synthetic_pack

HUMAN_ID = "HARBOR-PACK-2026-0007"
MADE_AT = utc_text(datetime(2026, 11, 22, 7, 0, tzinfo=UTC))
RELEASE = "0193a5f0-0000-7000-8000-0000000000a1"
RUN = "HARBOR-RUN-2026-0001"
RESULTS = b'{"acc": 0.5}'
SAMPLES = b"held back\n"
FILES = {"results.json": sha256_bytes(RESULTS), "samples.jsonl": sha256_bytes(SAMPLES)}
Object = dict[str, Json]
RELEASE_ROW: Object = {
    "id": RELEASE,
    "human_id": "HARBOR-REL-2026-0001",
    "title": "Support assistant",
    "state": "released",
}


@dataclass
class Draft:
    """What will be in the pack; a test may spoil any of it before it is sealed."""

    files: list[PackFile] = field(default_factory=list)
    record: Object = field(default_factory=dict)
    payload_statements: list[str] = field(default_factory=list)

    def add_record(self, body: Object) -> str:
        digest = digest_of(body)
        self.files.append(PackFile(f"data/records/{digest.removeprefix('sha256:')}.json", jcs(body)))
        return digest

    def add_statement(
        self, subject: str, kind: str, predicate: Object, *, more: dict[str, str] | None = None
    ) -> tuple[str, str]:
        subjects = {"subject": subject, **(more or {})}
        said = statement(subjects.items(), predicate_type(kind), predicate)
        body = envelope(said, load_signer(KeyUse.ATTEST))
        digest = statement_digest(body)
        path = f"data/attestations/{digest.removeprefix('sha256:')}.dsse.json"
        self.files.append(PackFile(path, body))
        self.payload_statements.append(digest)
        return digest, path


def listed(file: PackFile) -> Object:
    """What the record says of a file."""
    row = synthetic_pack._listed(file)
    assert isinstance(row, dict)
    return row


def draft(
    *,
    spoil_sections: bool = False,
    waived: bool = False,
    on_behalf_of: Object | None = None,
    shown_for: Object | None = None,
) -> Draft:
    """The genuine content, or one whose release manifests state a wrong digest or an unknown waiver.

    `on_behalf_of`: for whom the signatures were given; `shown_for`: another person whom the views name.
    """
    made = Draft()
    run = made.add_record(_run())
    made.files.append(PackFile(f"data/evidence/{RUN}/{evidence_name(1, 'results.json')}", RESULTS))
    made.add_statement(run, "run", {"human_id": RUN}, more={f"{RUN}/{n}": d for n, d in FILES.items()})
    manifests = [made.add_record(_manifest(made, number, run, spoil_sections, waived)) for number in (1, 2)]
    whom = (on_behalf_of, shown_for or on_behalf_of)
    rows = [_signature(made, number, digest, *whom) for number, digest in enumerate(manifests, 1)]
    rows[0] |= {"effect": "stopped", "stopped_at": MADE_AT, "stopped_why": "The release manifest changed."}
    decision = _decision(made, manifests[1], str(rows[1]["statement"]))
    made.record = {
        "type": record_type("record"),
        "scope": "release",
        "release": dict(RELEASE_ROW),
        "revisions": [{"number": number, "manifest": digest} for number, digest in enumerate(manifests, 1)],
        "runs": [{"id": "1", "human_id": RUN, "digest": run, "headline": "acc 0.5"}],
        "files": [listed(file) for file in made.files],
        "signatures": list(rows),
        "decisions": [decision],
        "withheld": [
            {
                "name": "samples.jsonl",
                "digest": sha256_bytes(SAMPLES),
                "size": len(SAMPLES),
                "reason": "The dataset is private.",
                "run": RUN,
            }
        ],
    }
    return made


def content(made: Draft) -> PackContent:
    """The content the builder takes; log, keys and pack.json are made to fit the record."""
    log = _log(made.payload_statements)
    record = {**made.record, "events": log.events}
    pack = synthetic_pack._pack(record, log)
    pack |= {"human_id": HUMAN_ID, "version": 1, "scope": "release", "made_by": "Ada Ó Briain"}
    return PackContent(
        human_id=HUMAN_ID,
        record=jcs(record),
        pack=pack,
        files=(*made.files, *log.files, *key_files()),
        html=synthetic_pack.HTML,
        reason="Issued by the operator",
    )


def _decision(made: Draft, manifest: str, basis: str) -> Object:
    shared: Object = {"action": "approve", "revision": 2}
    digest, path = made.add_statement(manifest, "decision", {**shared, "signatures": [basis]})
    return {**shared, "statement": digest, "envelope": path, "made_at": MADE_AT}


def _run() -> Object:
    kept: list[Json] = [
        {"name": name, "digest": sha256_bytes(body), "size": len(body), "role": role}
        for name, body, role in (("results.json", RESULTS, "results"), ("samples.jsonl", SAMPLES, "samples"))
    ]
    return {"type": record_type("run"), "human_id": RUN, "artifacts": kept}


def _manifest(made: Draft, number: int, run: str, spoil: bool, waived: bool) -> Object:
    scope = made.add_record({"type": record_type("release-scope"), "title": f"Support {number}"})
    sections: dict[str, Json] = {
        "scope": [{"slot": "scope", "id": RELEASE, "digest": scope}],
        "evidence": [{"slot": "primary", "id": "1", "digest": run}],
        "waivers": [{"slot": "waiver", "id": "W1", "digest": run}] if waived else [],
    }
    digests: Object = {name: digest_of(entries) for name, entries in sections.items()}
    if spoil:
        digests["waivers"] = scope
    return {
        "type": record_type("release-manifest"),
        "release": RELEASE,
        "revision": number,
        "sections": sections,
        "section_digests": digests,
    }


def _signature(
    made: Draft, number: int, manifest: str, on_behalf_of: Object | None, shown_for: Object | None
) -> Object:
    body = next(file.source for file in made.files if manifest.removeprefix("sha256:") in file.path)
    assert isinstance(body, bytes)
    shared: Object = {"stage": "S2", "role": "risk", "action": "sign"}
    shown: Object = {"for": shown_for} if shown_for else {}
    view = made.add_record({"type": record_type("decision-view"), "manifest": manifest, **shared, **shown})
    covers: Json = {"scope": _section_digest(made, number)}
    digest, path = made.add_statement(
        manifest,
        "approval",
        {
            **shared,
            "signer": {"id": "7", "printed_name": "Ada Ó Briain"},
            "for": on_behalf_of,
            "meaning": {"id": "approve", "version": 1, "text": "I approve this release."},
            "view": view,
            "covers": covers,
            "signed_at": MADE_AT,
        },
    )
    return {
        **shared,
        "id": str(number),
        "statement": digest,
        "envelope": path,
        "manifest": manifest,
        "view": view,
        "signer": "7",
        "printed_name": "Ada Ó Briain",
        "for": on_behalf_of,
        "meaning": "I approve this release.",
        "signed_at": MADE_AT,
        "effect": "counts",
        "stopped_at": None,
        "stopped_why": None,
    }


def _section_digest(made: Draft, number: int) -> str:
    scope = digest_of({"type": record_type("release-scope"), "title": f"Support {number}"})
    entries: Json = [{"slot": "scope", "id": RELEASE, "digest": scope}]
    return digest_of(entries)


def _log(statements: list[str]) -> synthetic_pack.Log:
    origin = settings.LOG_ORIGIN
    entries = [_entry(number, digest) for number, digest in enumerate(statements, 1)]
    hashes = [merkle.leaf_hash(leaf) for _, leaf, _ in entries]
    root = merkle.root_of(hashes)
    note = notes.sign_note(notes.checkpoint_text(origin, len(hashes), root), origin, *load_log_signers())
    files: list[PackFile] = []
    events: list[Json] = []
    for index, (entry, leaf, payload) in enumerate(entries):
        path = merkle.inclusion_path(
            index, len(hashes), lambda level, at: synthetic_pack._node(hashes, level, at)
        )
        proof = notes.tlog_proof(index, path, note).encode()
        bodies = {".json": leaf, ".payload.json": payload, ".tlog-proof": proof}
        files += [PackFile(f"data/audit/{entry}{suffix}", body) for suffix, body in bodies.items()]
        events.append(
            {"entry": entry, "leaf_hash": hashes[index].hex(), "kind": "stage.signed", "at": MADE_AT}
        )
    head: Object = {"origin": origin, "size": len(hashes), "root": b64encode(root).decode()}
    return synthetic_pack.Log(files, events, head)


def _entry(number: int, digest: str) -> tuple[str, bytes, bytes]:
    entry = str(uuid.UUID(int=number))
    payload = jcs({"type": record_type("payload"), "salt": f"{number:032x}", "statement": digest})
    leaf = {
        "type": record_type("leaf"),
        "id": entry,
        "kind": "stage.signed",
        "at": MADE_AT,
        "payload": sha256_bytes(payload),
    }
    return entry, jcs(leaf), payload


def with_manifests(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same files with both bag manifests written anew, as anybody can."""
    bag = {name.partition("/")[2]: body for name, body in files.items()}
    data = {path: body for path, body in bag.items() if path.startswith("data/")}
    bag["manifest-sha256.txt"] = _manifest_of(data)
    bag.pop("tagmanifest-sha256.txt")
    tags = {path: body for path, body in bag.items() if path not in data}
    bag["tagmanifest-sha256.txt"] = _manifest_of(tags)
    return {f"{HUMAN_ID}/{path}": body for path, body in bag.items()}


def _manifest_of(files: dict[str, bytes]) -> bytes:
    lines = [f"{sha256_bytes(body).removeprefix('sha256:')}  {path}\n" for path, body in files.items()]
    return "".join(sorted(lines, key=lambda line: line[66:])).encode()


def no_progress(done: int, total: int, text: str) -> None:
    """Nobody waits for this pack."""


def keys_of(folder: Path) -> bytes:
    """The list the operator publishes."""
    return (folder / "keys.json").read_bytes()

"""The record: it fits what is in the pack, says what is left out, and contradicts itself nowhere."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from benchseal.verify.canonical import Json, Object, canonical, digest, inner, objects, text, whole
from benchseal.verify.pack import NAMESPACE, PACK, RECORD, Pack
from benchseal.verify.report import Check, Flaw, Item

SCOPES: Final = ("release", "run", "sample", "period")
LISTED: Final = ("data/records/", "data/evidence/", "data/attestations/")
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}\Z")

IDENTITY = Check(
    "record",
    RECORD,
    "The record is the one this pack was made for.",
    "The record is not the one this pack was made for.",
)
FILES = Check(
    "record",
    "files of the record",
    "Every file the record speaks of is in the pack, and no other evidence is.",
    "A file the record speaks of is missing or differs, or evidence lies in the pack that it does not name.",
)
RECORDS = Check(
    "record",
    "records",
    "Each record is named after its own content, so it cannot be exchanged unnoticed.",
    "A record is not what its name says.",
)
REVISIONS = Check(
    "record",
    "release manifests",
    "What was put before the signers is in the pack, for every revision.",
    "What was put before the signers is incomplete or contradicts itself.",
)
RUN_FILES = Check(
    "record",
    "files of the runs",
    "Every file a run rests on is in the pack, or the record says why it was left out.",
    "A file a run rests on is neither in the pack nor named as left out.",
)
WITHHELD = Check(
    "withheld",
    "withheld",
    "The file was left out on purpose; its digest shows later whether the right one is presented.",
    "The record says a file was left out that is in the pack, or does not say what was left out.",
)


Rule = tuple[Check, Callable[[Pack], list[Item]], str]


def check(pack: Pack) -> list[Item]:
    """All consistency rules of the record; each fault names its thing."""
    manifests: Rule = (
        REVISIONS,
        _revisions,
        "All release manifests are there and their section digests hold.",
    )
    rules: list[Rule] = [
        (IDENTITY, _identity, "Its digest is the one data/pack.json states."),
        (FILES, _files, "All files it lists are there with size and digest, and no other evidence."),
        (RECORDS, _records, "Every record is named after its SHA-256."),
        *([manifests] if pack.is_release else []),
        (RUN_FILES, _run_files, "The files of every run are there or listed as withheld."),
    ]
    return [*(item for rule in rules for item in _asked(pack, *rule)), *_withheld(pack)]


def _asked(pack: Pack, check: Check, rule: Callable[[Pack], list[Item]], good: str) -> list[Item]:
    try:
        return check.faults_or_ok(rule(pack), good)
    except Flaw as flaw:
        return [check.bad(str(flaw))]


def _identity(pack: Pack) -> list[Item]:
    stated = text(pack.facts, "record", PACK)
    facts = (
        (stated, f"sha256:{pack.files[RECORD].hex}", f"{PACK} names another record"),
        (pack.record.get("type"), f"{NAMESPACE}/record/v1", f"{RECORD} is of another type"),
        (pack.facts.get("type"), f"{NAMESPACE}/pack/v1", f"{PACK} is of another type"),
        (pack.facts.get("human_id"), pack.archive.top, "The folder in the ZIP is not named after the pack"),
        (pack.record.get("scope"), pack.facts.get("scope"), f"{RECORD} and {PACK} state different scopes"),
        (pack.record.get("scope") in SCOPES, True, f"{RECORD} has a scope this program does not know"),
    )
    faults = [IDENTITY.bad(f"{reason}.") for said, found, reason in facts if said != found]
    for key, part in (("signatures", "id"), ("runs", "human_id"), ("events", "entry")):
        rows = pack.rows(key) if key == "signatures" else objects(pack.record, key, RECORD)
        if len({text(row, part, f"{RECORD}, {key}") for row in rows}) != len(rows):
            faults.append(IDENTITY.bad(f"{RECORD} lists one of its {key} twice."))
    return faults


def _files(pack: Pack) -> list[Item]:
    faults: list[Item] = []
    listed: set[str] = set()
    for row in objects(pack.record, "files", RECORD):
        path = text(row, "path", f"{RECORD}, files")
        named, found = FILES.named(path[:300]), pack.files.get(path)
        size = whole(row, "size", f"{RECORD}, files")
        if path in listed:
            faults.append(named.bad(f"{RECORD} lists {path[:300]} twice."))
        elif found is None:
            faults.append(named.missing(f"{RECORD} lists {path[:300]}, and it is not in the pack."))
        elif (f"sha256:{found.hex}", found.size) != (row.get("digest"), size):
            faults.append(named.bad(f"{path} has another size or digest than {RECORD} states."))
        listed.add(path)
    return faults + [
        FILES.named(path).bad(f"{path} is evidence that {RECORD} does not list.")
        for path in pack.files
        if path.startswith(LISTED) and path not in listed
    ]


def _records(pack: Pack) -> list[Item]:
    return [
        RECORDS.named(path).bad(f"{path} has the SHA-256 {pack.files[path].hex}.")
        for path in pack.below("data/records/")
        if path != f"data/records/{pack.files[path].hex}.json"
    ]


def _revisions(pack: Pack) -> list[Item]:
    rows = pack.rows("revisions")
    numbers = [whole(row, "number", f"{RECORD}, revisions") for row in rows]
    if numbers != sorted(set(numbers)):
        return [REVISIONS.bad(f"{RECORD} does not list the revisions once each in their order.")]
    faults = []
    for row in rows:
        named = REVISIONS.named(f"release manifest of revision {row['number']}")
        try:
            _check_manifest(pack, row, is_newest=row is rows[-1])
        except Flaw as flaw:
            faults.append(named.bad(str(flaw)))
    return faults


def _check_manifest(pack: Pack, row: Object, *, is_newest: bool) -> None:
    path = pack.record_of(text(row, "manifest", f"{RECORD}, revisions"))
    manifest = pack.json(path)
    if manifest.get("revision") != row["number"]:
        raise Flaw(f"{path} is of another revision than {RECORD} says.")
    release = pack.record.get("release")
    if isinstance(release, dict) and manifest.get("release") != release.get("id"):
        raise Flaw(f"{path} is of another release than {RECORD}.")
    sections, stated = inner(manifest, "sections", path), inner(manifest, "section_digests", path)
    for name in sorted(sections.keys() | stated.keys()):
        if name not in sections or stated.get(name) != digest(canonical(sections[name])):
            raise Flaw(f"{path}: the digest of the section {name} is not that of the section.")
    if is_newest:
        _refuse_gap(pack, sections, path)


def _refuse_gap(pack: Pack, sections: Object, path: str) -> None:
    """The records the newest manifest names are those signers decided on; each has to be there."""
    withheld = _withheld_digests(pack)
    for name in sections:
        for entry in objects(sections, name, path):
            named = text(entry, "digest", f"{path}, section {name}")
            if pack.record_of(named) not in pack.files and named not in withheld:
                raise Flaw(f"{path}, section {name}: the record {named[:71]} is not in the pack.")


def _run_files(pack: Pack) -> list[Item]:
    present = {f"sha256:{file.hex}" for path, file in pack.files.items() if path.startswith("data/evidence/")}
    known = present | _withheld_digests(pack)
    return [
        RUN_FILES.named(f"{run}: {name}").missing(f"{name} of {run} ({found}) is not in the pack.")
        for run, name, found in _artifacts(pack)
        if found not in known
    ]


def _artifacts(pack: Pack) -> Iterator[tuple[str, str, Json]]:
    """Run, name and digest of every file the record of a run names."""
    for row in objects(pack.record, "runs", RECORD):
        path = pack.record_of(text(row, "digest", f"{RECORD}, runs"))
        if path not in pack.files:
            continue  # the section on runs names it
        for artifact in objects(pack.json(path), "artifacts", path):
            yield str(row.get("human_id"))[:100], str(artifact.get("name"))[:200], artifact.get("digest")


def _withheld_digests(pack: Pack) -> set[Json]:
    return {row.get("digest") for row in objects(pack.record, "withheld", RECORD)}


def _withheld(pack: Pack) -> list[Item]:
    try:
        rows = objects(pack.record, "withheld", RECORD)
    except Flaw as flaw:
        return [WITHHELD.bad(str(flaw))]
    return [_withheld_item(pack, row) for row in rows]


def _withheld_item(pack: Pack, row: Object) -> Item:
    named = WITHHELD.named(str(row.get("name"))[:200])
    stated, reason = row.get("digest"), row.get("reason")
    if not isinstance(stated, str) or DIGEST.match(stated) is None:
        return named.bad("It is listed as withheld without its digest.")
    if not isinstance(reason, str) or not reason.strip():
        return named.bad("It is listed as withheld without a reason.")
    for path in pack.below(f"data/evidence/{row.get('run')}/"):
        # An empty file may lie there twice; nothing is given away by it.
        if f"sha256:{pack.files[path].hex}" == stated and pack.files[path].size:
            return named.bad(f"It is listed as withheld and lies in the pack as {path}.")
    return named.ok(f"Withheld: {reason[:300]} ({stated}).")

"""The statements people and the installation signed; whether they were right is not asked here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from benchseal.verify import challenges, conditions, decisions, waivers
from benchseal.verify.canonical import Json, Object, inner, objects, text
from benchseal.verify.dsse import Statement, open_envelope
from benchseal.verify.keys import KEYS_LIST, PackKey, of_use, read_list
from benchseal.verify.pack import NAMESPACE, RECORD, Pack
from benchseal.verify.report import Check, Flaw, Item

FOLDER: Final = "data/attestations/"
SUFFIX: Final = ".dsse.json"
APPROVAL: Final = f"{NAMESPACE}/approval/v1"
RUN: Final = f"{NAMESPACE}/run/v1"
COMPARED: Final = ("role", "stage", "action", "signed_at", "view")

STATEMENTS = Check(
    "statements",
    "attestations",
    "Each statement was signed by this installation and speaks of a record that is in the pack.",
    "A statement was changed, was signed by nobody known, or speaks of something that is not in the pack.",
)
SIGNATURES = Check(
    "signatures",
    "signatures",
    "The installation authenticated the named person, who confirmed this meaning over this record.",
    "The pack does not prove that the named person confirmed what the record says.",
)
STOPPED: Final = (
    "The signature is genuine and no longer counts: what was signed was changed or withdrawn afterwards."
)
RUNS = Check(
    "runs",
    "runs",
    "The installation signed the record of this run when it admitted it.",
    "The pack does not prove that the installation admitted this run.",
)


@dataclass(frozen=True, slots=True)
class Said:
    """The items and, by digest, the statements that hold."""

    items: list[Item]
    statements: dict[str, Statement]


def check(pack: Pack, payloads: Mapping[str, Object]) -> list[Item]:
    """Every statement, then every signature and run of the record against them.

    ``payloads`` are those of the log entries that hold.
    """
    said = _statements(pack)
    logged = {payload.get("statement") for payload in payloads.values()}
    return [
        *said.items,
        *_signatures(pack, said.statements, logged),
        *_conditions(pack, said.statements, payloads),
        *_challenges(pack, payloads),
        *_decisions(pack, said.statements),
        *_waivers(pack, said.statements, logged),
        *_runs(pack, said.statements),
    ]


def _statements(pack: Pack) -> Said:
    good: dict[str, Statement] = {}
    faults: list[Item] = []
    try:
        keys = of_use(read_list(pack.json(KEYS_LIST), KEYS_LIST), "attest")
        files = _evidence(pack)
    except Flaw as flaw:
        return Said([STATEMENTS.bad(str(flaw))], {})
    for path in pack.below(FOLDER):
        try:
            statement = _opened(pack, path, keys, files)
            good[statement.digest] = statement
        except Flaw as flaw:
            faults.append(STATEMENTS.named(path).bad(str(flaw)))
    return Said(STATEMENTS.faults_or_ok(faults, f"{len(good)} statements are signed."), good)


def _evidence(pack: Pack) -> set[str]:
    """Hex digests of the files of runs: those in the pack and those the record says were left out."""
    withheld = {str(row.get("digest")) for row in objects(pack.record, "withheld", RECORD)}
    present = {pack.files[path].hex for path in pack.below("data/evidence/")}
    return present | {digest.removeprefix("sha256:") for digest in withheld}


def _opened(pack: Pack, path: str, keys: Mapping[str, PackKey], files: set[str]) -> Statement:
    statement = open_envelope(pack.read(path), keys, path)
    if path != f"{FOLDER}{statement.digest.removeprefix('sha256:')}{SUFFIX}":
        raise Flaw(f"{path} is not named after the statement in it.")
    subjects = set(statement.subjects.values())
    records = {digest for digest in subjects if pack.record_of(digest) in pack.files}
    for digest in sorted(subjects - records - files):
        raise Flaw(f"{path} speaks of {digest[:64]}, which is not in the pack.")
    if not records:
        raise Flaw(f"{path} speaks of no record.")
    return statement


def _signatures(pack: Pack, statements: Mapping[str, Statement], logged: set[Json]) -> Iterator[Item]:
    try:
        rows = pack.rows("signatures")
        newest = _newest(pack)
    except Flaw as flaw:
        yield SIGNATURES.bad(str(flaw))
        return
    taken: set[str] = set()
    for row in rows:
        named = SIGNATURES.named(_title(row))
        try:
            _take(row, taken)
            _check_signature(pack, row, statements, logged)
            yield _effect(named, row, newest)
        except Flaw as flaw:
            yield named.bad(str(flaw))
    if not pack.is_period:
        yield from _unlisted(statements, taken)


def _take(row: Object, taken: set[str]) -> None:
    digest = text(row, "statement", RECORD)
    if digest in taken:
        raise Flaw(f"{RECORD} lists the statement {digest[:71]} twice.")
    taken.add(digest)


def _title(row: Object) -> str:
    on_behalf_of = row.get("for")
    whom = f" for {on_behalf_of.get('printed_name')}" if isinstance(on_behalf_of, dict) else ""
    return f"{row.get('printed_name')}{whom}, {row.get('role')}, stage {row.get('stage')}"[:200]


def _newest(pack: Pack) -> str | None:
    revisions = pack.rows("revisions")
    return text(revisions[-1], "manifest", RECORD) if revisions else None


def _check_signature(pack: Pack, row: Object, statements: Mapping[str, Statement], logged: set[Json]) -> None:
    digest, envelope = text(row, "statement", RECORD), text(row, "envelope", RECORD)
    if envelope != f"{FOLDER}{digest.removeprefix('sha256:')}{SUFFIX}" or envelope not in pack.files:
        raise Flaw(f"The statement {digest[:71]} is not in the pack as {envelope[:200]}.")
    if digest not in statements:
        raise Flaw(f"{envelope} does not hold.")
    statement, manifest = statements[digest], text(row, "manifest", RECORD)
    if statement.predicate_type != APPROVAL:
        raise Flaw(f"{envelope} is not a statement of a person who decides.")
    if list(statement.subjects.values()) != [manifest.removeprefix("sha256:")]:
        raise Flaw(f"{envelope} was signed over another release manifest than {RECORD} says.")
    _refuse_difference(row, statement.predicate, envelope)
    _check_view(pack, row, statement.predicate)
    if digest not in logged:
        raise Flaw(f"No log entry of the pack names the statement {digest}.")


def _refuse_difference(row: Object, predicate: Object, name: str) -> None:
    """What the record prints of a signature is what the statement says, field by field."""
    signer, meaning = inner(predicate, "signer", name), inner(predicate, "meaning", name)
    stated = {key: predicate.get(key) for key in COMPARED} | {
        "signer": signer.get("id"),
        "printed_name": signer.get("printed_name"),
        "meaning": meaning.get("text"),
    }
    for key, value in stated.items():
        if not isinstance(value, str) or _plain(row.get(key)) != value:
            raise Flaw(f"{RECORD} states another {key} than {name}.")
    if row.get("for") != predicate.get("for"):
        raise Flaw(f"{RECORD} states another person for whom it was signed than {name}.")


def _plain(value: Json) -> Json:
    """A person or a meaning may be an object in the record; its id or its text is what is compared."""
    if isinstance(value, dict):
        return value.get("text", value.get("id"))
    return value


def _check_view(pack: Pack, row: Object, predicate: Object) -> None:
    view = pack.json(pack.record_of(text(row, "view", RECORD)))
    manifest = pack.json(pack.record_of(text(row, "manifest", RECORD)))
    for key in ("manifest", "stage", "role", "action"):
        if view.get(key) != row.get(key):
            raise Flaw(f"The person was shown another {key} than the one signed.")
    if view.get("for") != row.get("for"):
        raise Flaw("The person was shown another person for whom to sign than the one signed for.")
    digests = inner(manifest, "section_digests", "The release manifest")
    covers = inner(predicate, "covers", "The statement")
    if any(digests.get(name) != value for name, value in covers.items()):
        raise Flaw("The statement covers other sections than the release manifest holds.")


def _effect(named: Check, row: Object, newest: str | None) -> Item:
    said = f"{row.get('action')}, signed at {row.get('signed_at')}"
    match row.get("effect"):
        case "counts" if row.get("manifest") == newest and row.get("stopped_at") is None:
            return named.ok(f"{said}; it counts.")
        case "counts":
            raise Flaw(f"{RECORD} counts a signature that was made over an older release manifest.")
        case "stopped" if isinstance(row.get("stopped_at"), str) and isinstance(row.get("stopped_why"), str):
            stopped = Check(named.section, named.name, STOPPED, named.wrong)
            why = f"it stopped counting at {row['stopped_at']}: {row['stopped_why']}"
            return stopped.ok(f"{said}; {why}"[:500])
    raise Flaw(f"{RECORD} does not say whether the signature counts, or when and why it stopped.")


def _unlisted(statements: Mapping[str, Statement], taken: set[str]) -> Iterator[Item]:
    """A refusal left out of the list of signatures would change the story the record tells."""
    for digest, statement in statements.items():
        if statement.predicate_type == APPROVAL and digest not in taken:
            yield SIGNATURES.named(digest).bad(f"{RECORD} does not list this statement among its signatures.")


def _conditions(
    pack: Pack, statements: Mapping[str, Statement], payloads: Mapping[str, Object]
) -> list[Item]:
    try:
        return list(conditions.check(pack, statements, payloads))
    except Flaw as flaw:
        return [conditions.CONDITIONS.bad(str(flaw))]


def _challenges(pack: Pack, payloads: Mapping[str, Object]) -> list[Item]:
    try:
        return list(challenges.check(pack, payloads))
    except Flaw as flaw:
        return [challenges.CHALLENGES.bad(str(flaw))]


def _decisions(pack: Pack, statements: Mapping[str, Statement]) -> list[Item]:
    try:
        return list(decisions.check(pack, statements))
    except Flaw as flaw:
        return [decisions.DECISIONS.bad(str(flaw))]


def _waivers(pack: Pack, statements: Mapping[str, Statement], logged: set[Json]) -> list[Item]:
    try:
        return list(waivers.check(pack, statements, logged))
    except Flaw as flaw:
        return [waivers.WAIVERS.bad(str(flaw))]


def _runs(pack: Pack, statements: Mapping[str, Statement]) -> Iterator[Item]:
    subjects = {
        subject
        for statement in statements.values()
        if statement.predicate_type == RUN
        for subject in statement.subjects.values()
    }
    try:
        rows = objects(pack.record, "runs", RECORD)
    except Flaw as flaw:
        yield RUNS.bad(str(flaw))
        return
    for row in rows:
        named, digest = RUNS.named(str(row.get("human_id"))[:100]), row.get("digest")
        if not isinstance(digest, str) or pack.record_of(digest) not in pack.files:
            yield named.missing("The record of the run is not in the pack.")
        elif digest.removeprefix("sha256:") not in subjects:
            yield named.missing("No statement in the pack was signed over the record of this run.")
        else:
            yield named.ok("Its record is in the pack and was signed when the run was admitted.")

"""A random sample: the runs of the pack are those that the seed gives, from the list the log knows."""

from collections.abc import Mapping
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from benchseal.verify import notes
from benchseal.verify.canonical import Json, Object, inner, objects, text, whole
from benchseal.verify.keys import KEYS_LIST, of_use, read_list
from benchseal.verify.pack import NAMESPACE, RECORD, Pack
from benchseal.verify.report import Check, Flaw, Item

SAMPLE = Check(
    "sample",
    "random sample",
    "Nobody picked the runs: they follow from a number that was not known when they were asked for.",
    "The runs in the pack are not the ones that the draw gives.",
)


def check(pack: Pack, payloads: Mapping[str, Object]) -> list[Item]:
    """The draw made again; nothing for a pack of another scope.

    ``payloads`` are those of the log entries that hold.
    """
    if pack.record.get("scope") != "sample":
        return []
    try:
        return [SAMPLE.ok(_drawn_again(pack, payloads))]
    except Flaw as flaw:
        return [SAMPLE.bad(str(flaw))]


def _drawn_again(pack: Pack, payloads: Mapping[str, Object]) -> str:
    sample = inner(pack.record, "sample", RECORD)
    population = _population(pack, sample, payloads)
    seed = _seed(pack, sample)
    size = whole(sample, "size", RECORD)
    ranked = sorted(population, key=lambda run_id: rank(seed, run_id))[:size]
    if sample.get("drawn") != ranked or whole(sample, "of", RECORD) != len(population):
        raise Flaw(f"The draw gives {len(ranked)} other runs, or another order, than {RECORD} states.")
    held = {text(run, "id", RECORD): run.get("digest") for run in objects(pack.record, "runs", RECORD)}
    if held != {run_id: population[run_id] for run_id in ranked}:
        raise Flaw("The runs in the pack are not the drawn ones.")
    return f"{len(ranked)} of {len(population)} runs, as the seed gives them."


def rank(seed: str, run_id: str) -> str:
    """Hexadecimal SHA-256 of the seed's 64 digits, a zero byte and the id of the run."""
    return sha256(f"{seed}\0{run_id}".encode()).hexdigest()


def _population(pack: Pack, sample: Object, payloads: Mapping[str, Object]) -> dict[str, Json]:
    """Id and digest of every run that could be drawn; the log named the list before the draw."""
    digest = text(sample, "population", RECORD)
    payload = payloads.get(text(sample, "request", RECORD))
    if payload is None or payload.get("record") != digest:
        raise Flaw("No log entry in the pack names the list of runs that was drawn from.")
    path = pack.record_of(digest)
    body = pack.json(path)
    runs = objects(body, "runs", path)
    if body.get("type") != f"{NAMESPACE}/population/v1" or not runs:
        raise Flaw(f"{path} is no list of runs to draw from.")
    return {text(run, "id", path): run.get("digest") for run in runs}


def _seed(pack: Pack, sample: Object) -> str:
    """The digest of a head of the log that covers the request, so that nobody knew it before."""
    path = text(sample, "note", RECORD)
    note = pack.read(path)
    if f"sha256:{pack.files[path].hex}" != text(sample, "seed", RECORD):
        raise Flaw(f"The seed is not the SHA-256 of {path[:200]}.")
    head = notes.read(note.decode("utf-8", errors="replace"), path)
    listed = of_use(read_list(pack.json(KEYS_LIST), KEYS_LIST), "log").values()
    keys = [key.public for key in listed if isinstance(key.public, Ed25519PublicKey)]
    if not any(head.is_signed_by(key) for key in keys):
        raise Flaw(f"{path} was signed by no key of the log.")
    if _place(pack, text(sample, "request", RECORD)) >= head.size:
        raise Flaw(f"{path} is a head of the log from before the request.")
    return pack.files[path].hex


def _place(pack: Pack, entry: str) -> int:
    name = f"data/audit/{entry}.tlog-proof"
    for line in pack.read(name).decode("utf-8", errors="replace").split("\n"):
        if line.startswith("index ") and line.removeprefix("index ").isdecimal():
            return int(line.removeprefix("index "))
    raise Flaw(f"{name} names no place in the log.")

"""Ask every question of a pack and give one verdict; nothing a pack holds makes it raise."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Final

from benchseal.verify import (
    audit,
    bag,
    keys,
    pdf,
    record,
    revoked,
    sample,
    seal,
    statements,
    timestamps,
    trail,
    trust,
)
from benchseal.verify.archive import Archive
from benchseal.verify.canonical import Json, Object
from benchseal.verify.pack import PACK, RECORD, Pack
from benchseal.verify.report import Check, Flaw, Item, PackFacts, Report, State, Verdict
from benchseal.verify.trust import Trust

ZIP = Check(
    "ZIP",
    "ZIP file",
    "The file is one whole pack; every tool that unpacks it sees the same files.",
    "The file is not a whole pack: it was damaged, changed or packed anew. Obtain it again.",
)
READABLE = Check(
    "ZIP",
    "pack",
    "The pack can be read.",
    "The parts of the pack that say what it is cannot be read, so nothing else can be judged.",
)
REST: Final = ("bag", "keys", "seal", "time", "document", "record", "log", "statements", "origin")

COUNTED: Final = ("revisions", "runs", "signatures", "acts", "events", "withheld")


def verify(source: str | PathLike[str] | BinaryIO, *, trust: Trust | None) -> Report:
    """Check the pack in a file or a seekable binary stream, without unpacking it.

    Memory does not grow with the size of evidence. Raises ``OSError`` where the file itself cannot be
    opened, and nothing else, whatever the file holds.
    """
    if not isinstance(source, (str, PathLike)):
        return _apart(source, trust)
    with Path(source).open("rb") as stream:
        return _apart(stream, trust)


def _apart(stream: BinaryIO, trusted: Trust | None) -> Report:
    """In a thread of its own where the caller's runs an event loop, as notebooks do.

    pyHanko starts a loop for each signature; a second one in a thread is refused, and a genuine pack would
    be called broken.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _report(stream, trusted)
    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(_report, stream, trusted).result()


def _report(stream: BinaryIO, trusted: Trust | None) -> Report:
    try:
        archive = Archive(stream)
        contents = archive.contents()
    except Flaw as flaw:
        return _unreadable([ZIP.bad(str(flaw))], PackFacts())
    except Exception as fault:  # noqa: BLE001  # as below
        return _unreadable([ZIP.bad(f"{type(fault).__name__}: {str(fault)[:200]}")], PackFacts())
    facts = PackFacts(zip_digest=f"sha256:{contents.zip_hex}", zip_size=contents.zip_size)
    zip_items = ZIP.faults_or_ok(
        [ZIP.named(path).bad(f"{path} does not fit its checksum.") for path in contents.damaged],
        f"{len(contents.files)} files in the folder {archive.top}, {contents.zip_size} bytes.",
    )
    try:
        pack = Pack(archive, contents, archive.json(PACK), archive.json(RECORD))
    except Flaw as flaw:
        return _unreadable([*zip_items, READABLE.bad(str(flaw))], facts)
    return _verdict(pack, zip_items, trusted)


def _verdict(pack: Pack, zip_items: list[Item], trusted: Trust | None) -> Report:
    sealed = _timed(pack)
    logged, told = _logged(pack), _told(pack)
    items = (
        *zip_items,
        *_guarded("bag", lambda: bag.check(pack)),
        *_guarded("keys", lambda: keys.check(pack)),
        *_guarded("seal", lambda: seal.check(pack)),
        sealed.item,
        *_guarded("document", lambda: pdf.check(pack)),
        *_guarded("record", lambda: record.check(pack)),
        *logged.items,
        *_guarded("sample", lambda: sample.check(pack, logged.payloads)),
        *told.items,
        *_guarded("statements", lambda: list(statements.check(pack, logged.payloads))),
        *_guarded("origin", lambda: trust.check(pack, trusted)),
        *_guarded("origin", lambda: revoked.check(pack, trusted, sealed.at, {**logged.times, **told.times})),
    )
    return Report(_judge(items), items, _facts(pack, sealed))


def _judge(items: tuple[Item, ...]) -> Verdict:
    """One fault breaks a pack; anything unchecked leaves its origin unproved."""
    if any(item.is_fault for item in items):
        return Verdict.BROKEN
    if any(item.state is State.UNCHECKED for item in items):
        return Verdict.ORIGIN_NOT_PROVED
    return Verdict.GENUINE


def _unreadable(items: list[Item], facts: PackFacts) -> Report:
    reason = "The pack could not be read that far."
    rest = [Check(section, section, "", "").unchecked(reason) for section in REST]
    return Report(Verdict.BROKEN, (*items, *rest), facts)


def _guarded(section: str, check: Callable[[], list[Item]]) -> list[Item]:
    """The items of a check; what no rule foresaw is a fault of the pack, never of its reader."""
    try:
        return check()
    except Exception as fault:  # noqa: BLE001  # a verifier that can be made to fail proves nothing
        return [_unforeseen(section, fault)]


def _unforeseen(section: str, fault: Exception) -> Item:
    wrong = "This part of the pack has a form that no genuine pack has."
    return Check(section, section, "", wrong).bad(f"{type(fault).__name__}: {str(fault)[:200]}")


def _timed(pack: Pack) -> timestamps.Sealed:
    try:
        return timestamps.check(pack)
    except Exception as fault:  # noqa: BLE001  # as above
        return timestamps.Sealed(_unforeseen("time", fault), None)


def _logged(pack: Pack) -> audit.Logged:
    try:
        return audit.check(pack)
    except Exception as fault:  # noqa: BLE001  # as above
        return audit.Logged([_unforeseen("log", fault)], {}, {})


def _told(pack: Pack) -> trail.Told:
    try:
        return trail.check(pack)
    except Exception as fault:  # noqa: BLE001  # as above
        return trail.Told([_unforeseen("trail", fault)], {})


def _facts(pack: Pack, sealed: timestamps.Sealed) -> PackFacts:
    release, head, used = (_object(value) for value in _parts(pack))
    return PackFacts(
        human_id=_text(pack.facts, "human_id"),
        id=_text(pack.facts, "id"),
        version=_number(pack.facts, "version"),
        scope=_text(pack.facts, "scope"),
        release=_text(release, "human_id"),
        title=_text(release, "title"),
        state=_text(release, "state"),
        made_at=_text(pack.facts, "made_at"),
        made_by=_text(pack.facts, "made_by"),
        sealed_at="" if sealed.at is None else f"{sealed.at:%Y-%m-%dT%H:%M:%SZ}",
        time_authority=_text(pack.facts, "time_authority"),
        record_digest=f"sha256:{pack.files[RECORD].hex}",
        zip_digest=f"sha256:{pack.contents.zip_hex}",
        zip_size=pack.contents.zip_size,
        pack_key=_text(used, "pack"),
        log_origin=_text(head, "origin"),
        log_size=_number(head, "size"),
        supersedes=_text(pack.facts, "supersedes"),
        software=_text(pack.facts, "software"),
        counts=_counts(pack),
    )


def _parts(pack: Pack) -> tuple[Json, ...]:
    return pack.record.get("release"), pack.facts.get("checkpoint"), pack.facts.get("keys")


def _counts(pack: Pack) -> dict[str, int]:
    lists = {name: pack.record.get(name) for name in COUNTED}
    counted = {name: len(value) for name, value in lists.items() if isinstance(value, list)}
    signatures = pack.record.get("signatures")
    if isinstance(signatures, list):
        effects = [row.get("effect") for row in signatures if isinstance(row, dict)]
        counted["stopped"] = effects.count("stopped")
    return {"files": len(pack.files), **counted}


def _object(value: Json) -> Object:
    return value if isinstance(value, dict) else {}


def _text(holder: Object, key: str) -> str:
    value = holder.get(key)
    if isinstance(value, dict):  # a person: the printed name is what a reader looks for
        value = value.get("printed_name") or value.get("name") or value.get("id")
    return value[:300] if isinstance(value, str) else ""


def _number(holder: Object, key: str) -> int | None:
    value = holder.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None

"""Assemble a pack, each step naming only what was made before it; knows no run and no release."""

import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from evidence import bags, clock, completeness
from evidence.bags import CHUNK, FileDigest
from evidence.canonical import Json, jcs
from evidence.digests import RunningDigest
from evidence.document_levels import Level
from evidence.errors import PackIncomplete
from evidence.names import predicate_type
from evidence.pades import page_count, sign_pdf
from evidence.publickeys import KeyUse
from evidence.rendering import render_pdf
from evidence.signing import load_signer
from evidence.statements import envelope, statement
from evidence.timestamps import timestamp

ASSETS: Final = Path(__file__).resolve().parent / "pack_assets"
DOCUMENT: Final = "audit-package.pdf"
SEAL: Final = "seal.dsse.json"
SEAL_TIME: Final = "seal.tsr"
STEPS_AFTER_FILES: Final = 5
LONGEST_NAME: Final = 80

Progress = Callable[[int, int, str], None]
Pieces = Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class PackFile:
    """One file of the bag, ``path`` beginning with ``data/``; a ``Path`` is copied in pieces.

    Pieces are made when the file is written, so that a long file is never in memory.
    """

    path: str
    source: bytes | Path | Pieces


@dataclass(frozen=True, slots=True)
class PackContent:
    """What goes into a pack.

    ``record`` are the canonical bytes of record.json, ``pack`` is the object of pack.json, ``files``
    is everything else below ``data/`` (gone through twice, so it may load as it goes), ``html`` the
    printed document, ``reason`` the meaning stated in its signature.
    """

    human_id: str
    record: bytes
    pack: Mapping[str, Json]
    files: Collection[PackFile]
    html: str
    reason: str


@dataclass(frozen=True, slots=True)
class BuiltPack:
    """The finished ZIP and what the pack row keeps; digests are ``sha256:<hex>`` of the bytes."""

    zip_path: Path
    zip_digest: str
    zip_size: int
    pdf_digest: str
    pages: int
    record_digest: str


def build(content: PackContent, staging: Path, *, progress: Progress) -> BuiltPack:
    """Build the pack in ``staging``, a folder that is thrown away first and is this pack's alone.

    The same content gives the same ``data/`` bytes; seal, document and ZIP bear the time they were
    made. ``progress`` gets steps done, steps in all and what is being done.
    Raises ``PackIncomplete`` naming the item, ``RenderFailed``, ``TimestampFailed`` or
    ``KeyMissing``.
    """
    signer = load_signer(KeyUse.PACK)
    record = completeness.check_before(content, signer.key_id)
    bag = _fresh(staging)
    meter = _Meter(progress, len(content.files) + 2 + STEPS_AFTER_FILES)
    completeness.check_after(record, _write_data(content, bag, meter))

    meter.begin("bag manifest")
    payload = bags.write_manifest(bag)
    _write_tag_files(content, bag, payload)
    meter.begin("document")
    pdf = _document(content, bag, meter)
    meter.begin("seal")
    _seal(content, bag, payload)
    meter.begin("time token")
    (bag / SEAL_TIME).write_bytes(timestamp((bag / SEAL).read_bytes()))
    bags.write_tag_manifest(bag)
    meter.begin("ZIP")
    zip_path = staging / f"{content.human_id}.zip"
    archive = bags.write_zip(bag, zip_path, top=content.human_id)
    meter.finish()
    return BuiltPack(
        zip_path=zip_path,
        zip_digest=archive.digest,
        zip_size=archive.size,
        pdf_digest=bags.digest_file(bag / DOCUMENT).digest,
        pages=page_count(pdf),
        record_digest=payload["data/record.json"].digest,
    )


def evidence_name(number: int, original: str) -> str:
    """``<nn>-<name>``: the last 80 characters of a name, reduced to [A-Za-z0-9._-]."""
    reduced = re.sub(r"[^A-Za-z0-9._-]", "_", original)[-LONGEST_NAME:]
    return f"{number:02d}-{reduced or 'file'}"


def _fresh(staging: Path) -> Path:
    if staging.exists():
        shutil.rmtree(staging)
    bag = staging / "bag"
    bag.mkdir(parents=True)
    return bag


def _write_data(content: PackContent, bag: Path, meter: "_Meter") -> dict[str, FileDigest]:
    """Record and pack.json, then all files; the digests are those of the bytes written."""
    own = (
        PackFile("data/record.json", content.record),
        PackFile("data/pack.json", jcs(dict(content.pack))),
    )
    written = {}
    for file in (*own, *content.files):
        meter.begin(file.path)
        if isinstance(file.source, Path) and not file.source.is_file():
            raise PackIncomplete(
                f"{file.path} is missing: no bytes are stored for it",
                next_step="Restore the file from a backup.",
            )
        written[file.path] = _copy(file.source, bag / file.path)
    return written


def _copy(source: bytes | Path | Pieces, target: Path) -> FileDigest:
    target.parent.mkdir(parents=True, exist_ok=True)
    running = RunningDigest()
    with target.open("xb") as writing:
        for piece in _pieces(source):
            running.update(piece)
            writing.write(piece)
    return FileDigest(running.digest, running.size)


def _pieces(source: bytes | Path | Pieces) -> Iterator[bytes]:
    match source:
        case bytes():
            yield source
        case Path():
            with source.open("rb") as reading:
                while piece := reading.read(CHUNK):
                    yield piece
        case _:
            yield from source()


def _write_tag_files(content: PackContent, bag: Path, payload: Mapping[str, FileDigest]) -> None:
    bags.write_declaration(bag, payload, made_at=str(content.pack["made_at"]), identifier=content.human_id)
    for name in ("VERIFY.md", "verify.py"):
        shutil.copyfile(ASSETS / name, bag / name)


def _document(content: PackContent, bag: Path, meter: "_Meter") -> bytes:
    """The bag manifest it embeds names no tag file, so the document does not state itself."""
    plain = render_pdf(
        content.html,
        attachments={
            "record.json": content.record,
            bags.MANIFEST: (bag / bags.MANIFEST).read_bytes(),
        },
        created_at=datetime.fromisoformat(str(content.pack["made_at"])),
        identifier=str(content.pack["id"]),
        on_page=lambda page: meter.say(f"page {page}"),
        working_in=bag.parent,
    )
    signed = sign_pdf(plain, reason=content.reason, signed_at=clock.now(), level=_level(content))
    (bag / DOCUMENT).write_bytes(signed)
    return signed


def _level(content: PackContent) -> Level:
    match content.pack["document_signature"]:
        case {"level": "B-LTA"}:
            return "B-LTA"
    return "B-T"


def _seal(content: PackContent, bag: Path, payload: Mapping[str, FileDigest]) -> None:
    """Every file there is now; seal, its token and the tag manifest come after it."""
    digests = [(name, payload.get(name) or bags.digest_file(bag / name)) for name in bags.files_of(bag)]
    sealed = statement([(name, file.digest) for name, file in digests], predicate_type("pack"), content.pack)
    (bag / SEAL).write_bytes(envelope(sealed, load_signer(KeyUse.PACK)))


class _Meter:
    """Counts the steps of one pack for whoever waits for it."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress = progress
        self.total = total
        self.begun = 0
        self.text = ""

    def begin(self, text: str) -> None:
        """The next step begins; all before it are done."""
        self.text = text
        self.progress(self.begun, self.total, text)
        self.begun += 1

    def say(self, detail: str) -> None:
        """The step goes on."""
        self.progress(self.begun - 1, self.total, f"{self.text}, {detail}")

    def finish(self) -> None:
        """All steps are done."""
        self.progress(self.total, self.total, "done")

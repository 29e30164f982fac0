"""Publish the newest checkpoint outside the database, where its owner cannot change it; never overwrite.

Runs beside sealing and never inside a transaction. A target that fails stops no other, and is tried again.
"""

import logging
import os
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings

from evidence import clock, http_post
from evidence.models import Checkpoint, Publication

logger = logging.getLogger(__name__)

SUFFIX: Final = ".checkpoint"
HEADERS: Final = {"Content-Type": "text/plain; charset=utf-8"}
POST_SECONDS: Final = 10.0
LONGEST_ANSWER: Final = 64 * 1024
LONGEST_PAUSE: Final = 300
"""Seconds between two attempts at most; the first ones come after 2, 4, 8 … seconds."""


class NotPublished(Exception):
    """A folder holds another checkpoint of the same size; the text says so."""


@dataclass(frozen=True)
class Target:
    """A folder or a web address that checkpoints go to."""

    address: str

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of this machine."""
        return self.address.startswith("/")

    @property
    def name(self) -> str:
        """The address as it may be shown: without a password and without a query."""
        if self.is_folder:
            return self.address
        # By hand: what cannot be parsed as an address has to be named as well.
        scheme, slashes, rest = self.address.partition("?")[0].partition("://")
        place, slash, path = rest.partition("/")
        return f"{scheme}{slashes}{place.rpartition('@')[2]}{slash}{path}"


def targets() -> list[Target]:
    """The targets of the settings."""
    return [Target(address.strip()) for address in settings.CHECKPOINT_TARGETS if address.strip()]


def file_name(size: int) -> str:
    """The file of a checkpoint in a folder: names sort as sizes do."""
    return f"{size:020d}{SUFFIX}"


def publish() -> None:
    """Bring the newest checkpoint to every target that does not have it and is due."""
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None:
        return
    known = {row.target: row for row in Publication.objects.all()}
    for target in targets():
        row = known.get(target.name) or Publication(target=target.name)
        if row.size != newest.size and (row.retry_at is None or row.retry_at <= clock.now()):
            _bring(newest, target, row)


def _bring(checkpoint: Checkpoint, target: Target, row: Publication) -> None:
    problem = _problem(checkpoint, target)
    if problem:
        logger.error("Checkpoint %d was not published to %s: %s", checkpoint.size, target.name, problem)
        row.error, row.failures = problem[:500], row.failures + 1
        row.retry_at = clock.now() + timedelta(seconds=min(2**row.failures, LONGEST_PAUSE))
    else:
        row.size, row.published_at = checkpoint.size, clock.now()
        row.error, row.failures, row.retry_at = "", 0, None
    row.save()


def _problem(checkpoint: Checkpoint, target: Target) -> str:
    """Why the target did not take the checkpoint; empty when it has it."""
    note = checkpoint.note.encode()
    try:
        if target.is_folder:
            _write(Path(target.address), file_name(checkpoint.size), note)
        else:
            http_post.post(target.address, note, HEADERS, seconds=POST_SECONDS, longest=LONGEST_ANSWER)
    except (NotPublished, http_post.NotTaken) as fault:
        return str(fault)
    except OSError as fault:
        return f"{fault.strerror or fault} ({fault.filename or target.address})"
    return ""


def _write(folder: Path, name: str, note: bytes) -> None:
    if _is_there(folder / name, note):
        return
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".checkpoint-")
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), 0o444)
            stream.write(note)
            stream.flush()
            os.fsync(stream.fileno())
        # A link is made whole or not at all, and never in the place of a file.
        (folder / name).hardlink_to(temporary)
    finally:
        Path(temporary).unlink()
    _keep_names(folder)


def _is_there(path: Path, note: bytes) -> bool:
    if not path.exists():
        return False
    if path.read_bytes() != note:
        raise NotPublished(
            f"{path.name} is there with other content and was left as it is: this log or the published one "
            f"was rewritten. Run `manage.py verify_ledger --against {path.parent}`"
        )
    return True


def _keep_names(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

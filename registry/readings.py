"""Store readings of a signal: whole lines that stand, each once; what is refused is told line by line."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import IO, Final

from django.db import transaction
from django.db.models import Max

from evidence import clock, ledger
from evidence.digests import RunningDigest
from evidence.ids import uuid7
from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.containers import container_of
from registry.events import RegistryEvent
from registry.formats import strict_json
from registry.ledger_facts import of_reading_batch
from registry.models import MonitoringSignal, Reading, ReadingBatch
from registry.reading_lines import ReadingLine, ReadingRefused, read

MOST_LINES: Final = 100_000
MOST_TOLD: Final = 1000
LONGEST_LINE: Final = 4096
CHUNK: Final = 200
"""Lines that are looked up and stored at once."""


@dataclass(frozen=True)
class RefusedLine:
    """A line that was not stored, counted from 1, and why."""

    line: int
    code: str
    detail: str


@dataclass
class Received:
    """What became of the lines of one request; the first thousand refusals word for word."""

    accepted: int = 0
    duplicates: int = 0
    late: int = 0
    refused: int = 0
    refusals: list[RefusedLine] = field(default_factory=list)
    batch: ReadingBatch | None = None

    def refuse(self, line: int, code: str, detail: str) -> None:
        """Count a refusal, and keep it while there is room."""
        self.refused += 1
        if len(self.refusals) < MOST_TOLD:
            self.refusals.append(RefusedLine(line, code, detail))


def receive(signal: MonitoringSignal, stream: IO[bytes], *, principal: Principal) -> Received:
    """Store the readings of a JSON Lines stream; a repeat stores nothing and tells nothing."""
    policy.require(principal, Permission.SIGNAL_REPORT, signal.project)
    received = Received()
    with tempfile.TemporaryFile() as kept:  # read before the transaction: a slow sender holds no lock
        for number, reading in _checked(stream, signal, clock.now(), received):
            kept.write(b"%d " % number + reading.line)
        kept.seek(0)
        _store(signal, kept, received, principal)
    return received


def first_of(signal: MonitoringSignal) -> MonitoringSignal:
    """The first revision of a signal: its readings lie there."""
    rows = MonitoringSignal.objects.filter(project=signal.project_id, name=signal.name)
    return rows.select_related("project").get(revision=1)


def _checked(
    stream: IO[bytes], signal: MonitoringSignal, now: datetime, received: Received
) -> Iterator[tuple[int, ReadingLine]]:
    lines = iter(partial(stream.readline, LONGEST_LINE + 1), b"")
    for number, line in enumerate(lines, start=1):
        if number > MOST_LINES:
            received.refuse(
                number, "readings_too_many", f"At most {MOST_LINES} lines are read; send the rest anew."
            )
            return
        if not line.strip():
            continue
        try:
            body = strict_json.parse(line, max_bytes=LONGEST_LINE, max_depth=2)
            yield number, read(body, unit=signal.unit, now=now)
        except strict_json.JsonRefused as error:
            received.refuse(number, error.code, error.message)
            _skip_rest(stream, line)
        except ReadingRefused as error:
            received.refuse(number, error.code, error.detail)


def _skip_rest(stream: IO[bytes], line: bytes) -> None:
    """The rest of a line that is too long would be read as lines of their own."""
    while line and not line.endswith(b"\n"):
        line = stream.readline(LONGEST_LINE)


@transaction.atomic
def _store(signal: MonitoringSignal, kept: IO[bytes], received: Received, principal: Principal) -> None:
    first = first_of(signal)
    MonitoringSignal.objects.select_for_update().get(pk=first.pk)  # one batch of a signal after the other
    newest = Reading.objects.filter(signal=first).aggregate(newest=Max("at"))["newest"]
    batch = ReadingBatch(
        id=uuid7(),
        project=first.project,
        signal=first,
        received_at=clock.now(),
        received_from=principal.user,
        responsible_persons=principal.persons,
        channel=principal.channel.value,
    )
    digest = RunningDigest()
    for chunk in _chunks(kept):
        rows = [_row(batch, one, newest) for one in _new(first, chunk, received)]
        Reading.objects.bulk_create(rows)
        for row in rows:
            digest.update(line_of(row).line)
        received.accepted += len(rows)
        received.late += sum(row.is_late for row in rows)
    if received.accepted:
        batch.count, batch.late = received.accepted, received.late
        batch.digest = digest.digest
        _tell(batch, principal)
        received.batch = batch


def line_of(row: Reading) -> ReadingLine:
    """A stored reading as it was sent."""
    return ReadingLine(at=row.at, source=row.source, label=row.label, value=row.value)


def _chunks(kept: IO[bytes]) -> Iterator[list[tuple[int, ReadingLine]]]:
    while lines := list(islice(kept, CHUNK)):
        yield [_kept(line) for line in lines]


def _kept(line: bytes) -> tuple[int, ReadingLine]:
    number, _, body = line.partition(b" ")
    said = strict_json.parse(body, max_bytes=2 * LONGEST_LINE)
    assert isinstance(said, dict)
    at = datetime.fromisoformat(str(said["at"]))
    return int(number), ReadingLine(at, str(said["source"]), str(said["label"]), str(said["value"]))


def _new(
    first: MonitoringSignal, chunk: Iterable[tuple[int, ReadingLine]], received: Received
) -> Iterator[ReadingLine]:
    chunk = list(chunk)
    times = {one.at for _, one in chunk}
    known = {line_of(row).key: row.value for row in Reading.objects.filter(signal=first, at__in=times)}
    for number, one in chunk:
        if one.key not in known:
            known[one.key] = one.value
            yield one
        elif known[one.key] == one.value:
            received.duplicates += 1
        else:
            detail = f"A reading of this time and source is stored with the value {known[one.key]}."
            received.refuse(number, "reading_differs", detail)


def _row(batch: ReadingBatch, one: ReadingLine, newest: datetime | None) -> Reading:
    is_late = newest is not None and one.at < newest
    return Reading(
        batch=batch,
        signal=batch.signal,
        at=one.at,
        source=one.source,
        label=one.label,
        value=one.value,
        is_late=is_late,
    )


def _tell(batch: ReadingBatch, principal: Principal) -> None:
    batch.save()
    ledger.append(
        RegistryEvent.READINGS_RECEIVED,
        f"readings:{batch.pk}",
        actor=principal.actor,
        container=container_of(batch.project_id),
        note=ledger.Note(new=of_reading_batch(batch)),
    )

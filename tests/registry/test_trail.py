"""The audit trail finds by every filter alone and together, and no page of it reads the whole table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries

from evidence import clock, ledger
from evidence.actors import Actor, Channel
from evidence.ids import uuid7
from evidence.models import LedgerEntry
from registry import trail
from registry.containers import container_of
from registry.events import RegistryEvent
from registry.trail import Wanted
from tests.cast import Cast
from tests.database_owner import owner_of_the_database

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
FEW_STEPS = 15
"""In thousands; a walk of all twenty thousand entries takes more than a hundred."""
ACTORS = {"ines": Channel.API, "ruth": Channel.UI}


@pytest.fixture
def entries(cast: Cast) -> list[LedgerEntry]:
    """Eight entries of HARBOR in turn by two persons and two ways, about two subjects; two elsewhere."""
    made = []
    for number in range(10):
        who = ("ines", "ruth")[number % 2]
        project = cast.elsewhere if number > 7 else cast.project
        made.append(
            ledger.append(
                (RegistryEvent.RUN_ADMITTED, RegistryEvent.RUN_VOIDED)[number // 2 % 2],
                f"run:{number % 4}",
                actor=Actor(id=who, name=who, channel=ACTORS[who], request_id=""),
                container=container_of(project.pk),
            )
        )
    return made


def found(projects: list[UUID], wanted: Wanted, *, before: UUID | None = None, most: int = 50) -> list[UUID]:
    return [
        one.pk for one in trail.newest(projects, wanted, before=before, most=most) if one.actor_id in ACTORS
    ]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Wanted(), [7, 6, 5, 4, 3, 2, 1, 0]),
        (Wanted(actor="ruth"), [7, 5, 3, 1]),
        (Wanted(channel="api"), [6, 4, 2, 0]),
        (Wanted(kind="run.voided"), [7, 6, 3, 2]),
        (Wanted(subject="run:1"), [5, 1]),
        (Wanted(subject="run:1", kind="run.voided"), []),
        (Wanted(kind="run.voided", actor="ruth", channel="ui", subject="run:3"), [7, 3]),
    ],
)
def test_filters_narrow_alone_and_together(
    cast: Cast, entries: list[LedgerEntry], wanted: Wanted, numbers: list[int]
) -> None:
    assert found([cast.project.pk], wanted) == [entries[number].pk for number in numbers]


def test_entries_of_several_projects_are_one_list(cast: Cast, entries: list[LedgerEntry]) -> None:
    both = [cast.project.pk, cast.elsewhere.pk]
    assert found(both, Wanted()) == [entry.pk for entry in reversed(entries)]
    assert found([], Wanted()) == []


def test_a_page_begins_before_an_id(cast: Cast, entries: list[LedgerEntry]) -> None:
    both = [cast.project.pk, cast.elsewhere.pk]
    page = found(both, Wanted(), before=entries[8].pk, most=2)
    assert page == [entries[7].pk, entries[6].pk]


def test_a_time_is_that_of_the_entry_whatever_its_id(cast: Cast, entries: list[LedgerEntry]) -> None:
    now = clock.now()
    for wanted, count in (
        (Wanted(since=now - HOUR), 8),
        (Wanted(since=now + HOUR), 0),
        (Wanted(until=now - HOUR), 0),
        (Wanted(since=now - HOUR, until=now + HOUR), 8),
        (Wanted(since=entries[5].at), 3),
        (Wanted(until=entries[5].at), 5),
    ):
        assert len(found([cast.project.pk], wanted)) == count, wanted


def test_a_page_stays_within_a_span_of_time_on_either_side(cast: Cast, entries: list[LedgerEntry]) -> None:
    now = clock.now()
    whole = Wanted(since=now - HOUR, until=now + HOUR)
    assert found([cast.project.pk], whole, before=entries[2].pk) == [entries[1].pk, entries[0].pk]
    past = Wanted(since=now - 2 * HOUR, until=now - HOUR)
    assert found([cast.project.pk], past, before=entries[7].pk) == []
    coming = Wanted(since=now + HOUR)
    assert found([cast.project.pk], coming, before=entries[7].pk) == []


def test_an_id_of_before_or_after_all_time_is_no_error(cast: Cast) -> None:
    long_ago = clock.now().replace(year=1000)
    far = clock.now().replace(year=9999)
    assert found([cast.project.pk], Wanted(until=long_ago)) == []
    assert found([cast.project.pk], Wanted(since=far)) == []


def test_an_export_brings_everything_once_and_ends(cast: Cast, entries: list[LedgerEntry]) -> None:
    batches = list(trail.oldest_first(cast.project.pk, Wanted(actor="ines"), batch=2))
    assert [[one.pk for one in batch] for batch in batches] == [
        [entries[0].pk, entries[2].pk],
        [entries[4].pk, entries[6].pk],
    ]


def test_the_neighbours_of_an_entry_are_about_the_same(entries: list[LedgerEntry]) -> None:
    assert trail.neighbours(entries[4]) == (entries[0], None)
    assert trail.neighbours(entries[0]) == (None, entries[4])


def test_every_kind_is_known_without_reading_the_table(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        known = trail.kinds()
    assert {"keys.made", "run.admitted", "release.approved"} <= set(known)
    assert list(known) == sorted(known)


@pytest.fixture
def many(cast: Cast) -> Iterator[Cast]:
    """Twenty thousand entries of three hundred projects: enough that a planner prefers an index."""
    with owner_of_the_database() as cursor:
        columns = "id, kind, subject, container, actor_id, channel, at, payload_digest"
        rows = (
            (
                UUID(int=number).hex,
                f"kind.{number % 40}",
                f"run:{number % 500}",
                f"project:{number % 300}",
                f"person-{number % 60}",
                ("ui", "api")[number % 2],
                clock.now(),
                f"sha256:{number:064x}",
            )
            for number in range(20_000)
        )
        cursor.executemany(
            f"INSERT INTO evidence_ledgerentry ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",  # noqa: S608
            list(rows),
        )
        cursor.execute("ANALYZE evidence_ledgerentry")
        yield cast


FILTERS = {
    "nothing": Wanted(),
    "kind": Wanted(kind="kind.7"),
    "person": Wanted(actor="person-3"),
    "channel": Wanted(channel="system"),
    "subject": Wanted(subject="run:12"),
    "time": Wanted(since=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2026, 1, 2, tzinfo=UTC)),
}


@pytest.mark.parametrize("name", FILTERS)
def test_no_page_reads_the_whole_table(many: Cast, name: str) -> None:
    projects = [many.project.pk, many.elsewhere.pk]
    plan = explained(trail.newest(projects, FILTERS[name], before=None, most=51))
    assert "entry_by" in plan or (name == "time" and "pkey" in plan)  # ids are ordered by time
    assert "Seq Scan on evidence_ledgerentry" not in plan
    assert "SCAN evidence_ledgerentry" not in plan
    assert "SCAN U0" not in plan


@pytest.fixture
def long(cast: Cast) -> list[LedgerEntry]:
    """Twenty thousand entries of HARBOR, a minute apart."""
    began = datetime(2026, 1, 1, tzinfo=UTC)
    made = [
        LedgerEntry(
            id=uuid7(round(at.timestamp() * 1000), entropy=0),
            kind=RegistryEvent.RUN_ADMITTED,
            subject="run:1",
            container=container_of(cast.project.pk),
            actor_id="ines",
            channel=Channel.API,
            at=at,
            payload_digest=f"sha256:{0:064x}",
        )
        for at in (began + number * MINUTE for number in range(20_000))
    ]
    return LedgerEntry.objects.bulk_create(made)


def test_a_page_far_back_in_a_span_of_time_costs_what_the_first_one_does(
    cast: Cast, long: list[LedgerEntry]
) -> None:
    wanted = Wanted(since=long[500].at, until=long[19_500].at)
    before = long[1000].pk
    entries = trail.newest([cast.project.pk], wanted, before=before, most=51)
    with steps() as taken:
        page = list(entries.filter(pk__lt=before))
    assert [one.pk for one in page] == [one.pk for one in long[999:948:-1]]
    assert taken() < FEW_STEPS


def test_a_batch_late_in_an_export_of_a_span_of_time_costs_what_the_first_one_does(
    cast: Cast, long: list[LedgerEntry]
) -> None:
    wanted = Wanted(since=long[0].at, until=long[19_999].at)
    batches = trail.oldest_first(cast.project.pk, wanted, batch=500)
    with steps() as first:
        next(batches)
    *_, before_last = islice(batches, 37)
    with steps() as late:
        last = next(batches)
    assert before_last[-1].pk == long[18_999].pk
    assert last[0].pk == long[19_000].pk
    assert late() <= first() + FEW_STEPS


@contextmanager
def steps() -> Iterator[Callable[[], int]]:
    """How many thousand steps SQLite took; PostgreSQL, which joins bounds by itself, counts none."""
    if connection.vendor != "sqlite":
        yield lambda: 0
        return
    taken: list[None] = []
    connection.ensure_connection()
    connection.connection.set_progress_handler(lambda: taken.append(None), 1000)
    try:
        yield lambda: len(taken)
    finally:
        connection.connection.set_progress_handler(None, 0)


def explained(entries: QuerySet[LedgerEntry]) -> str:
    return str(entries.explain())

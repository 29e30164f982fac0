"""Readings over the API: stored once, refused line by line, told to the log as one entry."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from evidence import clock
from evidence.canonical import utc_text
from evidence.models import LedgerEntry
from registry import history
from registry.models import Reading
from tests.database_owner import owner_of_the_database
from tests.registry.api.conftest import As
from tests.world import World

WHERE = "/api/v1/projects/HARBOR/signals/refusals/readings"


def reading(minutes: int, value: Any = 0.04, **more: Any) -> dict[str, Any]:
    at = utc_text(clock.now().replace(microsecond=0) - timedelta(minutes=minutes))
    return {"at": at, "value": value, "source": "gateway", **more}


def send(client: Any, *lines: Any) -> Any:
    body = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    return client.post(WHERE, body, content_type="application/x-ndjson")


def told() -> int:
    return LedgerEntry.objects.filter(kind="readings.received").count()


def test_readings_are_stored_once_and_told_once(world: World, signed_in: As) -> None:
    lines = [reading(3), reading(2, 0.05), reading(1, 0.06, unit="share", label="urgent")]
    first = send(signed_in("ines"), *lines).json()
    assert (first["accepted"], first["duplicates"], first["late"], first["refused"]) == (3, 0, 0, 0)
    again = send(signed_in("ines"), *lines).json()
    assert (again["accepted"], again["duplicates"], again["batch"]) == (0, 3, None)
    assert [row.value for row in Reading.objects.order_by("pk")] == ["0.04", "0.05", "0.06"]
    assert told() == 1
    assert list(history.faults()) == []


def test_a_refused_line_is_named_and_stops_no_other(world: World, signed_in: As) -> None:
    send(signed_in("ines"), same := reading(9))
    answer = send(
        signed_in("ines"),
        '{"at": "2026-01-01T00:00:00Z", "value": NaN, "source": "gateway"}',
        "{",
        reading(8, unit="percent"),
        reading(-6),
        reading(600_000),
        reading(7, "0.04"),
        reading(7, 1e30),
        reading(7, sauce="typo"),
        {**same, "value": 0.9},
        reading(10),
    ).json()
    assert [(one["line"], one["code"]) for one in answer["refusals"]] == [
        (1, "json_non_finite"),
        (2, "json_truncated"),
        (3, "reading_unit"),
        (4, "reading_in_future"),
        (5, "reading_too_old"),
        (6, "reading_not_finite"),
        (7, "reading_out_of_bounds"),
        (8, "reading_malformed"),
        (9, "reading_differs"),
    ]
    assert (answer["accepted"], answer["late"], answer["refused"]) == (1, 1, 9)


def test_a_line_that_is_too_long_is_one_refusal(world: World, signed_in: As) -> None:
    answer = send(signed_in("ines"), reading(1, source="x" * 20_000), reading(2)).json()
    assert [(one["line"], one["code"]) for one in answer["refusals"]] == [(1, "json_too_large")]
    assert answer["accepted"] == 1


def test_a_single_reading_that_is_refused_is_an_error(world: World, signed_in: As) -> None:
    assert signed_in("ines").post(WHERE, reading(1), format="json").json()["accepted"] == 1
    refused = signed_in("ines").post(WHERE, reading(1, "much"), format="json")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "reading_not_finite"


@pytest.mark.parametrize(("name", "status"), [("mallory", 404), ("maren", 403), ("pia", 403)])
def test_only_who_may_report_reports(world: World, signed_in: As, name: str, status: int) -> None:
    assert send(signed_in(name), reading(1)).status_code == status
    assert not Reading.objects.exists()


def test_a_changed_reading_is_seen_by_the_digest_of_its_batch(world: World, signed_in: As) -> None:
    send(signed_in("ines"), reading(1))
    with owner_of_the_database() as cursor:
        cursor.execute("UPDATE registry_reading SET value = '0.01'")
        assert any("digest is" in fault.what for fault in history.faults())

"""The trail over the API: the page's filters, keyset pages, and an export that a stranger recomputes."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test.utils import CaptureQueriesContext

from evidence import sealing
from evidence.canonical import jcs
from evidence.models import LedgerEntry, TreeNode
from registry import exporting
from registry.models import Run
from tests.registry.api.bodies import P
from tests.registry.api.conftest import As, problem
from tests.world import World, admit_run

TRAIL = f"{P}/ledger"


@pytest.fixture
def run(world: World) -> Run:
    run = admit_run(world)
    sealing.seal()
    return run


def lines(response: Any) -> list[bytes]:
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(response).splitlines()


def test_entries_come_newest_first_with_leaf_payload_and_place(run: Run, signed_in: As) -> None:
    answer = signed_in("audra").get(TRAIL, {"subject": run.human_id}).json()
    (entry,) = answer["items"]
    assert entry["leaf"]["kind"] == "run.admitted"
    assert entry["payload"]["actor_name"] == "Ines Example"
    assert entry["index"] == LedgerEntry.objects.get(pk=entry["leaf"]["id"]).sealed.index
    assert answer["next"] is None


def test_pages_follow_each_other_without_a_gap(run: Run, signed_in: As) -> None:
    client = signed_in("audra")
    seen, url = [], f"{TRAIL}?limit=7"
    while url:
        answer = client.get(url).json()
        seen += [entry["leaf"]["id"] for entry in answer["items"]]
        url = answer["next"]
    own = LedgerEntry.objects.filter(container=f"project:{run.project_id}").order_by("-pk")
    assert seen == [str(pk) for pk in own.values_list("pk", flat=True)]


def test_the_same_filters_narrow_as_on_the_page(run: Run, signed_in: As) -> None:
    client = signed_in("audra")

    def kinds(**query: str) -> set[str]:
        return {entry["leaf"]["kind"] for entry in client.get(TRAIL, query).json()["items"]}

    assert kinds(kind="run.admitted") == {"run.admitted"}
    assert "grant.given" in kinds(person="adam")
    assert "run.admitted" not in kinds(person="adam")
    assert kinds(channel="system") == set()
    assert kinds(until="2020-01-01T00:00:00Z") == set()
    assert client.get(TRAIL, {"format": "tsv"}).content.startswith(b"index\tleaf\tleaf_hash\tpayload\n")


def test_a_wrong_filter_is_named(signed_in: As, world: World) -> None:
    response = signed_in("audra").get(TRAIL, {"kind": "run.eaten", "channel": "pigeon", "since": "noon"})
    body = problem(response, 422, "fields_invalid")
    assert {error["parameter"] for error in body["errors"]} == {"kind", "channel", "since"}


def test_a_list_takes_a_fixed_number_of_queries(run: Run, signed_in: As) -> None:
    client = signed_in("audra")
    with CaptureQueriesContext(connection) as queries:
        assert client.get(TRAIL).status_code == 200
    assert len(queries) <= 8


def test_a_stranger_recomputes_every_leaf_of_an_export(run: Run, signed_in: As) -> None:
    rows = [json.loads(line) for line in lines(signed_in("audra").get(f"{TRAIL}/export"))]
    nodes = dict(TreeNode.objects.filter(level=0).values_list("index", "hash"))
    assert len(rows) > 20
    for row in rows:
        leaf = sha256(b"\x00" + jcs(row["leaf"])).digest()
        assert leaf.hex() == row["leaf_hash"]
        assert leaf == bytes(nodes[row["index"]])
        assert f"sha256:{sha256(jcs(row['payload'])).hexdigest()}" == row["leaf"]["payload"]
    indices = [row["index"] for row in rows]
    assert indices == sorted(indices)


def test_an_export_is_an_entry_and_does_not_hold_it(run: Run, signed_in: As) -> None:
    asked = {"kind": "run.admitted", "since": "2020-01-01T00:00:00Z"}
    exported = lines(signed_in("audra").get(f"{TRAIL}/export", asked))
    assert len(exported) == 1
    told = LedgerEntry.objects.get(kind="ledger.exported")
    assert json.loads(bytes(told.payload.body))["new"] == {
        "format": "jsonl",
        "kind": "run.admitted",
        "since": "2020-01-01T00:00:00.000000Z",
    }


def test_a_table_has_one_line_an_entry_and_its_columns(run: Run, signed_in: As) -> None:
    response = signed_in("audra").get(f"{TRAIL}/export", {"form": "tsv", "subject": run.human_id})
    head, line = (one.decode().split("\t") for one in lines(response))
    row = dict(zip(head, line, strict=True))
    assert (row["kind"], row["actor_name"]) == ("run.admitted", "Ines Example")
    assert response["Content-Disposition"] == 'attachment; filename="HARBOR-ledger.tsv"'


def test_an_export_reads_in_batches(run: Run, signed_in: As, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in("audra")
    whole = lines(client.get(f"{TRAIL}/export"))
    monkeypatch.setattr(exporting, "BATCH", 5)
    assert lines(client.get(f"{TRAIL}/export"))[: len(whole)] == whole


def test_mallory_learns_nothing(run: Run, signed_in: As) -> None:
    for where in (TRAIL, f"{TRAIL}/export"):
        problem(signed_in("mallory").get(where), 404, "not_found")
    assert not LedgerEntry.objects.filter(kind="ledger.exported").exists()

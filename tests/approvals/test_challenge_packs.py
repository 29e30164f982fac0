"""The challenge log in packs: in the record, in the log of the pack, and in print."""

from __future__ import annotations

from pathlib import Path

import pytest

from approvals import pack_requests
from approvals.document_sections.challenges import rows
from approvals.models import Challenge
from approvals.models.challenges import Closing
from approvals.snapshot import record_of as snapshot_of
from tests.approvals.packed import printed, record_of, report_of, sealed, unpacked
from tests.challenges import BECAUSE, REASON, WHY, asked, closed, settled
from tests.releases import signed, submitted
from tests.world import World

OPEN = "Which incidents of the old model does the set cover?"


@pytest.mark.thorough
def test_a_pack_holds_proves_and_prints_the_challenge_log(
    world: World, key_folder: Path, tmp_path: Path
) -> None:
    release = signed(world, submitted(world), "1", "2")
    settled(world, release, gate="GATE_CRITERIA", wants_evidence=True)
    closed(world, asked(world, release, by="olu"), Closing.WITHDRAWN, by="olu", reason=REASON)
    asked(world, release, text=OPEN)
    pack = sealed(
        pack_requests.request_pack(release, include_private=False, principal=world.cast.principal("ruth"))
    )
    record = record_of(pack)
    states = [(one["closing"] or {}).get("outcome") for one in record["challenges"]]
    assert states == ["satisfied", "withdrawn", None]
    told = [event["kind"] for event in record["events"] if event["kind"].startswith("challenge.")]
    assert told.count("challenge.asked") == 3
    assert told.count("challenge.closed") == 2
    report = report_of(pack, key_folder)
    assert report.faults == ()
    assert len([item for item in report.items if item.section == "challenges"]) == 3
    text = printed(unpacked(pack, tmp_path) / "audit-package.pdf")
    for words in ("Challenge log", WHY, BECAUSE, OPEN, REASON, "Open when this pack was made"):
        assert words in text


def test_the_record_names_who_asked_for_whom_and_what_was_shown(world: World) -> None:
    release = signed(world, submitted(world), "1", "2")
    settled(world, release)
    (one,) = snapshot_of(release.pk, include_private=False)["challenges"]
    assert (one["asked_by"], one["role"], one["record"]) == ("Maren Example", "validator", None)
    (reply,) = one["replies"]
    assert reply["evidence"] == Challenge.objects.get().replies.get().record_id
    assert one["closing"]["by"] == "Maren Example"


def test_an_older_record_tells_of_no_questions() -> None:
    class Older:
        record: dict[str, object] = {}  # reason: a stand-in of one test, changed by nobody

    assert rows(Older()) == ()  # type: ignore[arg-type]  # reason: only `record` is read

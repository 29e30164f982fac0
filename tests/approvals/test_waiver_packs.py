"""Waivers in packs: printed, shipped as record and statement, and verified like other signatures."""

from __future__ import annotations

from pathlib import Path

import pytest

from approvals import pack_requests, waivers
from approvals.models.waivers import WaiverVerdict
from evidence.signing import KeyUse, active_key
from tests.approvals.packed import printed, record_of, report_of, sealed, unpacked
from tests.evidence import verify_md
from tests.releases import LOW
from tests.waivers import MEASURE, NO_SIGNAL, REASON, approved_with_waiver, decided, renewal
from tests.world import World


@pytest.mark.thorough
def test_a_pack_holds_prints_and_proves_its_waivers(world: World, key_folder: Path, tmp_path: Path) -> None:
    release, waiver = approved_with_waiver(world, answers=LOW)
    decided(world, renewal(world, waivers.reread(waiver)), WaiverVerdict.REJECT, comment=REASON)
    pack = sealed(
        pack_requests.request_pack(release, include_private=False, principal=world.cast.principal("ruth"))
    )
    first, second = record_of(pack)["waivers"]
    assert (first["decision"]["action"], first["end"]) == ("approve", None)
    assert (second["decision"]["action"], second["renewal_of"]) == ("reject", waiver.human_id)
    report = report_of(pack, key_folder)
    assert report.faults == ()
    assert {item.name for item in report.items if item.section == "waivers"} == {
        first["human_id"],
        second["human_id"],
    }
    bag = unpacked(pack, tmp_path)
    assert pack.blob_id is not None
    outcomes = verify_md.run_all(
        bag, zip_digest=pack.blob_id, pack_key=str(active_key(KeyUse.PACK)["key_id"])
    )
    assert [(one.number, one.output) for one in outcomes if not one.is_ok] == []
    text = printed(bag / "audit-package.pdf")
    _, summary, *_ = text.split("Scope and intended use")  # after the contents, up to section 2
    assert f"by {waiver.human_id}" in summary
    for words in (MEASURE, "In force", "Rejected by Ruth Example", NO_SIGNAL.gate, "waiver present"):
        assert words in text

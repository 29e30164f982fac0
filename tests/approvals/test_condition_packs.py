"""Conditions in packs: printed, part of the signed statements, and not to be changed or left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from approvals import pack_requests
from tests.approvals.packed import printed, record_of, report_of, sealed, unpacked
from tests.conditions import CHECK, FINDING, TEXT, settle, sign_with, terms
from tests.releases import sign, submitted
from tests.world import World


@pytest.mark.thorough
def test_a_pack_holds_prints_and_proves_its_conditions(
    world: World, key_folder: Path, tmp_path: Path
) -> None:
    release = submitted(world)
    for stage in ("1", "2"):
        sign(world, release, stage)
    met = sign_with(world, release, "3", terms(world, text="Show the refusals by claim type."))
    settle(world, met.conditions.get(), by="maren")
    sign_with(world, release, "4b", terms(world))
    sign(world, release, "5")
    pack = sealed(
        pack_requests.request_pack(release, include_private=False, principal=world.cast.principal("ruth"))
    )
    rows = [one for signature in record_of(pack)["signatures"] for one in signature["conditions"]]
    assert [[outcome["step"] for outcome in row["outcomes"]] for row in rows] == [["met"], []]
    report = report_of(pack, key_folder)
    assert report.faults == ()
    assert len([item for item in report.items if item.section == "conditions"]) == 2
    text = printed(unpacked(pack, tmp_path) / "audit-package.pdf")
    _, summary, *_ = text.split("Scope and intended use")
    assert f"Condition: {TEXT}" in summary
    assert "Show the refusals" not in summary  # settled
    for words in (TEXT, CHECK, FINDING, "Nobody has settled it", "Tobias Example"):
        assert words in text

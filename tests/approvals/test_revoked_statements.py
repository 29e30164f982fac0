"""Packs of a release whose key for statements was revoked: what the log held before that stays good."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from benchseal.verify import Item, Report, State, Trust, Verdict, verify
from pytest_django import Settings

from approvals import pack_requests
from approvals.models import Decision, Release, Signature
from evidence import clock, key_changes, vault
from evidence.actors import SYSTEM
from evidence.canonical import jcs
from evidence.models import Statement
from evidence.publickeys import KeyUse
from evidence.signing import active_key, published_keys
from tests.approvals.pages.test_packs import seal
from tests.releases import LOW, approved, go_live
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unprinted")]

NAME = "statements by a revoked key"
LATER = timedelta(hours=1)


@dataclass(frozen=True)
class Ground:
    """A released release, and who asks for its packs."""

    world: World
    release: Release

    def pack(self) -> bytes:
        """The bytes of a new pack."""
        who = self.world.cast.principal("ruth")
        issued = seal(pack_requests.request_pack(self.release, include_private=False, principal=who))
        with vault.open_blob(str(issued.blob_id)) as file:
            return file.read()

    def decided_at(self) -> datetime:
        """When the newest decision was made, and then went to the log; all approvals are from before."""
        return Decision.objects.order_by("-made_at")[0].made_at


@pytest.fixture
def ground(world: World, key_folder: Path, tmp_path: Path, settings: Settings) -> Ground:
    settings.KEYS_DIR = Path(shutil.copytree(key_folder, tmp_path / "keys"))
    release = approved(world, answers=LOW)
    go_live(world, release)
    return Ground(world, release)


def revoke(key_id: str, since: datetime) -> str:
    key_changes.revoke(key_id, reason="A copy was found", compromised_since=since, actor=SYSTEM)
    return key_id


def revoke_active(use: KeyUse, since: datetime) -> str:
    return revoke(str(active_key(use)["key_id"]), since)


def published() -> Trust:
    return Trust.of_list(jcs(published_keys()), "the published list")


def fingerprint() -> Trust:
    return Trust.read(str(active_key(KeyUse.PACK)["key_id"]))


def report_on(body: bytes, trust: Trust | None) -> Report:
    return verify(BytesIO(body), trust=trust)


def told(report: Report) -> list[Item]:
    """What the report says of revoked keys."""
    return [item for item in report.items if "revoked" in f"{item.name} {item.reason}"]


def test_a_key_in_use_that_was_stolen_later_leaves_every_statement_good(ground: Ground) -> None:
    """The time is self-issued: it is the log that held the statements, summaries for other tools too."""
    body = ground.pack()
    revoke_active(KeyUse.ATTEST, clock.now() + LATER)
    report = report_on(body, published())
    assert (report.verdict, report.faults) == (Verdict.GENUINE, ())
    (item,) = told(report)
    assert (item.name, item.state) == (NAME, State.OK)
    held = Statement.objects.count()
    assert item.reason.startswith(f"{held} statements")


def test_each_statement_the_log_took_after_the_theft_is_named_and_no_other(ground: Ground) -> None:
    body, since = ground.pack(), ground.decided_at()
    revoke_active(KeyUse.ATTEST, since)
    report = report_on(body, published())
    assert report.verdict is Verdict.BROKEN
    newest = Decision.objects.order_by("-made_at")[0]
    paths = {digest_path(newest.statement_id), digest_path(newest.summary_id)}
    assert {item.name for item in report.faults} >= paths
    signed_before = Signature.objects.filter(signed_at__lt=since).values_list("statement", flat=True)
    assert signed_before
    assert not {digest_path(str(digest)) for digest in signed_before} & {item.name for item in report.faults}


def digest_path(digest: str) -> str:
    return f"data/attestations/{digest.removeprefix('sha256:')}.dsse.json"


def changed(since: datetime) -> str:
    """The key for statements is replaced, and the older one revoked; its id."""
    older, _ = key_changes.rotate(KeyUse.ATTEST, overlap=timedelta(0), actor=SYSTEM)
    return revoke(older, since)


@pytest.mark.parametrize("reader", ["nothing", "fingerprint", "older list", "list"])
def test_a_pack_tells_of_a_revocation_its_reader_does_not_know(ground: Ground, reader: str) -> None:
    """The list in the pack is sealed, so whoever has only a key id, or an old list, learns of it."""
    older_list = published()
    changed(clock.now() - timedelta(days=3650))
    body = ground.pack()
    trust = {"nothing": None, "fingerprint": fingerprint(), "older list": older_list, "list": published()}[
        reader
    ]
    report = report_on(body, trust)
    assert report.verdict is Verdict.BROKEN
    faults = {item.name for item in report.faults if "was revoked" in item.reason}
    assert faults == {digest_path(digest) for digest in Statement.objects.values_list("digest", flat=True)}


def test_statements_from_before_the_theft_of_an_older_key_stay_good_for_a_reader_with_a_key_id(
    ground: Ground,
) -> None:
    changed(clock.now())
    body = ground.pack()
    assert report_on(body, fingerprint()).verdict is Verdict.GENUINE
    unproved = report_on(body, None)
    assert unproved.verdict is Verdict.ORIGIN_NOT_PROVED
    assert [(item.name, item.state) for item in told(unproved)] == [(NAME, State.OK)]


def test_of_two_lists_the_one_that_reaches_further_back_counts(ground: Ground) -> None:
    key_id = changed(clock.now())
    body = ground.pack()
    assert report_on(body, published()).verdict is Verdict.GENUINE
    before = published()
    revoke(key_id, ground.decided_at())
    after = published()
    assert report_on(body, after).verdict is Verdict.BROKEN
    later_pack = ground.pack()
    assert report_on(later_pack, before).verdict is Verdict.BROKEN


@pytest.mark.parametrize("use", [KeyUse.LOG, KeyUse.PACK, KeyUse.TSA])
def test_the_log_vouches_for_no_other_key(ground: Ground, use: KeyUse) -> None:
    """Whoever has one of these writes himself what would vouch for it; only outside time could."""
    body = ground.pack()
    revoke_active(use, clock.now() + LATER)
    report = report_on(body, published())
    assert report.verdict is Verdict.BROKEN
    (fault,) = report.faults
    assert f"({use}) was revoked" in fault.reason
    assert "self-issued" in fault.reason


def test_a_log_whose_key_was_stolen_too_vouches_for_no_statement(ground: Ground) -> None:
    body = ground.pack()
    for use in (KeyUse.ATTEST, KeyUse.LOG):
        revoke_active(use, clock.now() + LATER)
    report = report_on(body, published())
    assert report.verdict is Verdict.BROKEN
    assert [item.name for item in report.faults] == ["revoked key"]

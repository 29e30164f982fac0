"""A process dies right before each step of an upload, a seal and a pack: what is there is whole."""

from __future__ import annotations

from typing import Final

import pytest

from tests.flows.processes import Child, ChildCrashed, Installation

pytestmark = pytest.mark.slow

UPLOAD: Final = (
    "evidence.vault._copy",
    "evidence.vault.move_in",
    "evidence.vault.register",
    "evidence.ledger.append",
    "registry.artifacts.Kept",
)
SEAL: Final = (
    "evidence.merkle.extend",
    "evidence.models.TreeNode.objects.bulk_create",
    "evidence.notes.sign_note",
    "evidence.models.Checkpoint.objects.create",
)
PACK: Final = (
    "evidence.records.store",
    "approvals.document.html_of",
    "evidence.bags.write_manifest",
    "evidence.packs.render_pdf",
    "evidence.packs.sign_pdf",
    "evidence.packs.envelope",
    "evidence.packs.timestamp",
    "evidence.bags.write_zip",
    "evidence.vault.move_in",
    "evidence.vault.register",
    "evidence.ledger.append",
    "evidence.jobs.Lease.finish",
)
ENTRIES: Final = 300


def die(installation: Installation, step: str, order: str, **arguments: object) -> None:
    """A process that carries out an order is killed as it comes to a step.

    It prints no document: how that process of its own dies is a test of workers.
    """
    child = installation.child()
    child.ask("print_nothing")
    child.ask("die_at", step=step)
    with pytest.raises(ChildCrashed, match="the process ended"):
        child.ask(order, **arguments)


def test_an_upload_is_there_whole_or_not_at_all(installation: Installation, observer: Child) -> None:
    bearer = observer.ask("token", account="ines")
    for number, step in enumerate(UPLOAD):
        digest = observer.ask("digest_of_made", number=number)
        die(installation, step, "upload", number=number, bearer=bearer)
        facts = observer.ask("bytes_facts", digest=digest)
        assert (facts["blobs"], facts["artifacts"]) == (0, 0), step
        observer.ask("upload", number=number, bearer=bearer)
        facts = observer.ask("bytes_facts", digest=digest)
        assert facts == {"blobs": 1, "artifacts": 1, "files": 1}, step
    assert observer.ask("staging") != []
    assert observer.ask("clear_leftovers") == []
    assert observer.ask("faults") == []


def test_a_seal_is_there_whole_or_not_at_all(installation: Installation, observer: Child) -> None:
    observer.ask("seal")
    for step in SEAL:
        before = observer.ask("checkpoints")
        observer.ask("append", entries=ENTRIES)
        die(installation, step, "seal")
        assert observer.ask("checkpoints") == before, step
        assert observer.ask("unsealed") == ENTRIES, step
        observer.ask("seal")
        assert observer.ask("unsealed") == 0, step
    assert observer.ask("faults") == []


def test_a_pack_is_issued_once_whatever_step_was_the_last(
    installation: Installation, observer: Child
) -> None:
    release = observer.ask("released_release", tier="low", stages=["1", "2"])["release"]
    for step in PACK:
        asked = observer.ask("ask_for_pack", release=release)
        die(installation, step, "do_job", job=asked["job"])
        facts = observer.ask("pack_facts", pack=asked["pack"])
        assert (facts["issued"], facts["told"]) == (False, []), step
        observer.ask("end_lease", job=asked["job"])
        observer.ask("do_job", job=asked["job"])
        observer.ask("print_nothing")  # the first one was printed in full
        facts = observer.ask("pack_facts", pack=asked["pack"])
        assert (facts["issued"], facts["told"]) == (True, ["pack.sealed"]), step
        assert facts["staging"] == [], step
    assert observer.ask("faults") == []

"""The command tells an operator what was verified, or the first thing that is wrong."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from evidence import vault
from evidence.models import Blob, SealedLeaf
from tests.evidence.tampered_log import execute, tell
from tests.world import World, admit_run

pytestmark = pytest.mark.django_db


def verify(**options: object) -> tuple[str, str]:
    """What it says, and its faults; the error where it ends with one."""
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_ledger", stdout=out, stderr=err, **options)
    except CommandError as error:
        return str(error), err.getvalue()
    return out.getvalue(), err.getvalue()


def test_a_sound_installation_is_called_so_with_what_was_read(world: World) -> None:
    admit_run(world)
    tell(0)
    said, faults = verify(files=True)
    entries, files = SealedLeaf.objects.count(), Blob.objects.count()
    assert entries > 10
    assert said == (
        f"{entries} entries, {files} files: every hash, signature, record and state as written.\n"
    )
    assert faults == ""


def test_a_lost_file_is_found_when_files_are_asked_for(world: World) -> None:
    admit_run(world)
    tell(0)
    blob = Blob.objects.order_by("pk")[0]
    vault.file_path(blob.digest).unlink()
    assert verify()[1] == ""
    said, faults = verify(files=True)
    assert said.startswith(f"1 faults, the first one at file {blob.digest}. ")
    assert "bytes are missing" in faults


def test_the_first_fault_is_named_and_the_limit_holds(world: World) -> None:
    tell(6)
    execute("UPDATE evidence_ledgerpayload SET body = '{}'")
    said, faults = verify(limit=3)
    first = SealedLeaf.objects.get(index=0)
    assert said.startswith(f"3 faults, the first one at entry {first.entry_id}, index 0. More may follow; ")
    assert len(faults.splitlines()) == 3


def test_rows_records_and_places_of_entries_are_compared_too(world: World) -> None:
    run = admit_run(world)
    tell(0)
    assert verify()[1] == ""
    execute(
        "UPDATE evidence_ledgerentry SET container = '' WHERE kind = 'run.admitted'",
        "UPDATE registry_run SET human_id = 'OTHER-RUN-2026-0001'",
        "UPDATE registry_project SET name = 'Other' WHERE key = 'HARBOR'",
    )
    faults = verify()[1]
    assert f"run {run.pk} (OTHER-RUN-2026-0001): the row gives" in faults
    assert "its container is ''" in faults
    assert 'name is "Other"' in faults


def test_a_missing_file_to_compare_with_is_a_fault(world: World, tmp_path: Path) -> None:
    tell(1)
    said, faults = verify(against=[tmp_path / "nothing"])
    assert said.startswith("1 faults")
    assert "cannot be read" in faults

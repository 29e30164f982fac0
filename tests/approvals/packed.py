"""Packs that were sealed in a test: their record, their report, their bag."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from benchseal.verify import Report, Trust, verify

from approvals import dossier
from approvals.models import Pack
from evidence import jobs, records, vault
from evidence.canonical import parse_record
from evidence.models import JobState
from tests.client.made_pack import keys_of
from tests.evidence import verify_md


def sealed(pack: Pack) -> Pack:
    """The pack after its job; it was issued."""
    with jobs.taken(str(pack.job_id)) as lease:
        assert lease is not None
        dossier.seal_pack(lease)
    pack.refresh_from_db()
    assert pack.job is not None
    assert (pack.job.state, pack.job.error) == (JobState.DONE, {})
    return pack


def report_of(pack: Pack, key_folder: Path) -> Report:
    assert pack.blob_id is not None
    return verify(vault.file_path(pack.blob_id), trust=Trust.of_list(keys_of(key_folder), "keys"))


def unpacked(pack: Pack, folder: Path) -> Path:
    """The bag, beside the downloaded ZIP."""
    assert pack.blob_id is not None
    downloaded = folder / f"{pack.human_id}.zip"
    downloaded.write_bytes(vault.file_path(pack.blob_id).read_bytes())
    return verify_md.unpack(downloaded, folder / "unpacked")


def printed(pdf: Path) -> str:
    """The words of a document, with single spaces."""
    done = subprocess.run(  # reason: a fixed program on a file of the test
        ["pdftotext", "-layout", str(pdf), "-"],  # noqa: S607  # reason: found on the path
        capture_output=True,
        check=True,
    )
    return " ".join(done.stdout.decode().split())


def record_of(pack: Pack) -> dict[str, Any]:
    return parse_record(records.load_bytes(pack.record_digest))

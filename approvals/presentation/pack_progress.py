"""The job of a pack as a counted progress; a failure stays with its reason and next step."""

from __future__ import annotations

from typing import Final

from approvals.models import Pack
from evidence.models import JobState
from registry.components import Progress, ProgressState
from registry.figures import stamp

STATES: Final[dict[str, ProgressState]] = {
    JobState.QUEUED: ProgressState.WAITING,
    JobState.RUNNING: ProgressState.RUNNING,
    JobState.DONE: ProgressState.DONE,
    JobState.FAILED: ProgressState.FAILED,
}


def pack_progress(pack: Pack, *, poll_url: str, download_url: str, again_url: str) -> Progress | None:
    """None for a pack without a job."""
    job = pack.job
    if job is None:
        return None
    failed = job.error if job.state == JobState.FAILED else {}
    return Progress(
        title=f"{pack.human_id}, version {pack.version}",
        state=STATES[job.state],
        step=f"issued {stamp(pack.issued_at)}." if pack.issued_at else job.progress_text,
        done=job.progress_done,
        total=job.progress_total,
        poll_url=poll_url,
        result_url=download_url,
        result_words="Download it",
        failure=str(failed.get("detail", "")) or str(failed.get("title", "")),
        next_step=str(failed.get("next_step", "")) or "Seal it again.",
        next_url=again_url,
    )

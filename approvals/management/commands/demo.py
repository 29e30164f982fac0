"""`manage.py demo --out FOLDER`: the main job over HTTP on an installation of its own, and its results."""

import logging
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
from django.core.management import CommandError, CommandParser
from django.core.management.base import BaseCommand

from approvals.walkthrough import site
from approvals.walkthrough.steps import STEPS, Walk
from approvals.walkthrough.transcript import Transcript
from approvals.walkthrough.visitor import StepFailed


class Command(BaseCommand):
    help = "Walk from an empty installation to a verified pack over HTTP; leave pack, PDF and transcript."
    requires_system_checks: list[str] = []  # nothing of this process's own installation is used

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", required=True, type=Path, help="folder for pack, PDF and transcript")

    def handle(self, *, out: Path, **_: object) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # the transcript tells of every request
        out.mkdir(parents=True, exist_ok=True)
        transcript = Transcript()
        start = time.monotonic()
        try:
            self._walk(out.resolve(), transcript)
        except (StepFailed, httpx.HTTPError) as failed:
            said = transcript.hide(str(failed))
            raise CommandError(f"The step “{transcript.step or 'set-up'}” failed: {said}") from None
        finally:
            transcript.write(out)
        self.stdout.write(f"Done in {time.monotonic() - start:.0f} s. Look into {out}.")

    def _walk(self, out: Path, transcript: Transcript) -> None:
        self.stdout.write("Starting an empty installation on a free port.")
        with (
            tempfile.TemporaryDirectory(prefix="benchseal-demo-") as folder,
            site.running(Path(folder)) as running,
            ExitStack() as stack,
        ):
            walk = Walk(running, out, transcript, self.stdout.write, stack)
            for number, (name, step) in enumerate(STEPS):
                transcript.begin(f"{number} {name}")
                self.stdout.write(f"{number:>2} {name}")
                step(walk)

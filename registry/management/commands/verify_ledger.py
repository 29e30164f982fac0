"""Recompute the log, every record and every state, and name what is wrong. Exit code 1 on any fault."""

from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry import log_verification
from registry.management.failures import said
from registry.management.meter import Meter


class Command(BaseCommand):
    help = "Recompute the log, its signatures and every record from their rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=20, help="faults to print before stopping")
        parser.add_argument("--files", action="store_true", help="also hash every stored file again")
        parser.add_argument(
            "--against",
            action="append",
            default=[],
            type=Path,
            metavar="PATH",
            help="a folder of checkpoints, a checkpoint or a pack kept outside the database; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print faults as they are found."""
        meter, limit = Meter(), options["limit"]
        first, found = None, 0
        every = log_verification.faults(
            against=options["against"], with_files=options["files"], progress=meter
        )
        with said():
            for fault in islice(every, limit):
                meter.clear()
                self.stderr.write(f"{fault.where}: {fault.what}")
                first, found = first or fault, found + 1
        meter.clear()
        if first is not None:
            more = "More may follow; stopped at the limit. " if found == limit else ""
            raise CommandError(
                f"{found} faults, the first one at {first.where}. {more}"
                "Do not rely on this database before they are explained."
            )
        files = f", {meter.read['files']:,} files" if options["files"] else ""
        entries = meter.read["entries"]
        self.stdout.write(f"{entries:,} entries{files}: every hash, signature, record and state as written.")

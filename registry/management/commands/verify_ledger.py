"""Recompute the log, every record and every state, and name what is wrong. Exit code 1 on any fault."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence import auditing
from evidence.faults import Fault
from evidence.models import SealedLeaf
from registry import history, placing, rebuilding
from registry.management.failures import said


class Command(BaseCommand):
    help = "Recompute the log, its signatures and every record from their rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=20, help="faults to print before stopping")
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
        found = 0
        with said():
            for fault in self._faults(options["against"]):
                self.stderr.write(f"{fault.where}: {fault.what}")
                found += 1
                if found >= options["limit"]:
                    raise CommandError("More faults may follow; stopped at the limit.")
        if found:
            raise CommandError(f"{found} faults. Do not rely on this database before they are explained.")
        self.stdout.write(
            f"{SealedLeaf.objects.count()} entries, every hash, signature, record and state as written."
        )

    def _faults(self, against: list[Path]) -> Iterator[Fault]:
        yield from auditing.faults(against=against, progress=self._show)
        yield from rebuilding.faults()
        yield from placing.faults()
        yield from history.faults()

    def _show(self, done: int, total: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{done:,} of {total:,} entries", ending="")

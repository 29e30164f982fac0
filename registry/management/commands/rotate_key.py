"""`manage.py rotate_key`: put a new key in the place of one in use."""

from datetime import timedelta

from django.core.management import CommandError, CommandParser
from django.core.management.base import BaseCommand

from evidence import key_changes
from evidence.publickeys import KeyUse
from registry.installation import CONSOLE
from registry.management.failures import said

NEW_FINGERPRINT = (
    "Give the new id to everybody who keeps the old one outside, over a way they trust. Packs issued "
    "before keep the old id."
)


LONGEST_OVERLAP = 366


class Command(BaseCommand):
    help = "Make a new key for one use and retire the one before; its public half stays published."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("use", choices=[use.value for use in KeyUse], help="what the key signs")
        parser.add_argument(
            "--overlap-days",
            type=int,
            default=0,
            metavar="N",
            help="days for which the old key stays valid; the log signs with both (default: 0)",
        )

    def handle(self, *, use: str, overlap_days: int, **_: object) -> None:
        if not 0 <= overlap_days <= LONGEST_OVERLAP:
            raise CommandError(f"--overlap-days is not between 0 and {LONGEST_OVERLAP}.")
        with said():
            old, new = key_changes.rotate(KeyUse(use), overlap=timedelta(days=overlap_days), actor=CONSOLE)
        self.stdout.write(f"No longer in use for {use}: {old}")
        self.stdout.write(f"In use from now on: {new}")
        if use == KeyUse.PACK:
            self.stdout.write(NEW_FINGERPRINT)

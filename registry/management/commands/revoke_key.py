"""`manage.py revoke_key`: declare that a key is no longer to be relied on."""

from datetime import datetime

from django.core.management import CommandError, CommandParser
from django.core.management.base import BaseCommand
from django.utils.dateparse import parse_datetime

from evidence import clock, key_changes
from registry.installation import CONSOLE
from registry.management.failures import said


class Command(BaseCommand):
    help = "Revoke a key for ever: what it signed since its compromise is shown as not proved."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key_id", help="the whole id, as on the page of keys; spaces do not matter")
        parser.add_argument("--reason", required=True, help="printed on pages and in packs")
        parser.add_argument(
            "--compromised-since",
            metavar="TIME",
            help="2026-11-22T07:00:00Z; default: the time from which the key was valid",
        )

    def handle(self, *, key_id: str, reason: str, compromised_since: str | None, **_: object) -> None:
        since = None if compromised_since is None else past(compromised_since)
        if not reason.strip():
            raise CommandError("--reason is empty: say what happened, for everybody who relied on the key.")
        with said():
            use, applies = key_changes.revoke(
                "".join(key_id.split()).lower(), reason=reason, compromised_since=since, actor=CONSOLE
            )
        self.stdout.write(f"Revoked the key {use}, compromised since {applies:%Y-%m-%d %H:%M:%S} UTC.")
        self.stdout.write(f"Next: manage.py rotate_key {use}; until then nothing is signed for this use.")


def past(text: str) -> datetime:
    """A time of the past with its zone; raises CommandError."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found > clock.now():
        raise CommandError("--compromised-since is no past time with a zone, like 2026-11-22T07:00:00Z.")
    return found

"""Compare guardian's rows with the grants in force; `--repair` brings the rows in line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.access import auditing, grants
from registry.models import Project, User


class Command(BaseCommand):
    help = "Compare guardian's object permissions with the role grants in force."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="bring guardian's rows in line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each difference; exit code 1 when any is left."""
        found = list(auditing.differences())
        for item in found:
            self.stdout.write(f"{item.project} {item.account} {item.role}: {item.what}")
        if found and not options["repair"]:
            raise CommandError(
                f"{len(found)} differences. The grants decide; --repair brings the rows in line."
            )
        for item in found:
            grants.follow(Project.objects.get(key=item.project), User.objects.get(username=item.account))
        self.stdout.write("Guardian's rows follow the grants in force.")

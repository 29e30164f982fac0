"""`manage.py createsuperuser` makes nobody: a superuser signs nothing, and no entry would tell of him."""

from typing import Any, NoReturn

from django.core.management import CommandError, CommandParser
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Refuses, and says how people come in."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        for name in ("--username", "--email", "--database"):
            parser.add_argument(name)
        parser.add_argument("--noinput", "--no-input", action="store_true")

    def handle(self, *_: Any, **__: Any) -> NoReturn:
        raise CommandError(
            "Nobody here has the powers of a superuser. `manage.py bootstrap` makes the first administrator, "
            "`manage.py make_project` appoints one for a further project, and everybody else is invited."
        )

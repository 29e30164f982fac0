"""`manage.py make_project`: a further project, administered by somebody who has an account."""

from django.core.management import CommandParser
from django.core.management.base import BaseCommand

from registry import installation
from registry.management.failures import said


class Command(BaseCommand):
    help = "Make a project and appoint its administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", help="2 to 12 capital letters and digits, starting with a letter")
        parser.add_argument("name", help="name of the project")
        parser.add_argument("--admin", required=True, metavar="ACCOUNT", help="who administers it")

    def handle(self, *, key: str, name: str, admin: str, **_: object) -> None:
        with said():
            project = installation.open_project(key, name, administrator=admin)
        self.stdout.write(f"Made project {project.key}; {admin} administers it and invites its people.")

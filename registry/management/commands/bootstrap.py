"""`manage.py bootstrap`: make an empty installation usable; a second call changes nothing.

The administrator's password is typed, or read from BENCHSEAL_ADMIN_PASSWORD, never an argument.
"""

import sys

from django.conf import settings
from django.core.management import CommandError, CommandParser, call_command
from django.core.management.base import BaseCommand

from evidence.signing import fingerprint
from registry import installation
from registry.conf import data_folder
from registry.installation import FirstPerson
from registry.management import passwords
from registry.management.failures import said
from registry.models import Organisation, Project, RoleGrant

PASSWORD_VARIABLE = "BENCHSEAL_ADMIN_PASSWORD"  # noqa: S105  # reason: the name of a variable


class Command(BaseCommand):
    help = "Set up an empty installation: database, keys, organisation, project and administrator."
    requires_system_checks: list[str] = []  # the secret of the checks is written by this command

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, metavar="KEY", help="key of the first project")
        parser.add_argument("--name", required=True, help="name of the first project")
        parser.add_argument("--organisation", default=settings.OPERATOR, help="default: OPERATOR")
        parser.add_argument("--account", default="", help="account name of the first administrator")
        parser.add_argument("--printed-name", default="", help="name as it is printed on signatures")
        parser.add_argument("--email", default="", help="e-mail address")

    def handle(
        self,
        *,
        project: str,
        name: str,
        organisation: str,
        account: str,
        printed_name: str,
        email: str,
        **_: object,
    ) -> None:
        data_folder.prepare(settings.DATA_DIR)
        call_command("migrate", interactive=False, verbosity=0)
        with said():
            made = installation.make_keys()
            self.stdout.write(f"Keys made: {', '.join(made)}" if made else "Keys exist; none was replaced.")
            if Organisation.objects.exists():
                self.stdout.write(what_exists())
            else:
                made_project, person = installation.set_up(
                    organisation=organisation,
                    project_key=project,
                    project_name=name,
                    administrator=ask(account, printed_name, email),
                )
                self.stdout.write(f"Made: {organisation}, project {made_project.key}, administrator {person}")
            self.stdout.write(next_steps())


def ask(account: str, printed_name: str, email: str) -> FirstPerson:
    """What is missing is asked for; without a terminal it is an error that names it."""
    return FirstPerson(
        account=account or _asked("Account name of the first administrator", "--account"),
        printed_name=printed_name or _asked("Printed name", "--printed-name"),
        email=email or _asked("E-mail address", "--email"),
        password=passwords.asked(PASSWORD_VARIABLE, "Password"),
    )


def _asked(question: str, option: str) -> str:
    if not sys.stdin.isatty():
        raise CommandError(f"{option} is missing, and there is no terminal to ask on.")
    return input(f"{question}: ").strip()


def what_exists() -> str:
    """The projects of the installation and who administers them; nothing was changed."""
    admins = RoleGrant.objects.in_force().filter(role="admin").select_related("user", "project")
    lines = [f"  project {project.key}: {project.name}" for project in Project.objects.order_by("key")]
    lines += [f"  {grant.user.username} administers {grant.project.key}" for grant in admins]
    return "\n".join(("This installation is set up; nothing was changed.", *lines))


def next_steps() -> str:
    """The fingerprint to keep outside, and what comes now."""
    return "\n".join(
        (
            "",
            f"Key fingerprint (SHA-256 of the pack key): {fingerprint()}",
            "Keep a copy of it outside this installation: auditors compare packs with it.",
            f"Keys lie in {settings.KEYS_DIR}; whoever reads them can seal packs in your name.",
            "",
            "Next: start with `manage.py serve`, sign in, and invite people with their roles.",
            "A further project: `manage.py make_project KEY NAME --admin ACCOUNT`.",
        )
    )

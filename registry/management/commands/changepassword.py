"""`manage.py changepassword ACCOUNT`: a new password, told to the log; replaces Django's own command.

The password is typed, or read from BENCHSEAL_NEW_PASSWORD, never an argument.
"""

from django.core.management import CommandError, CommandParser
from django.core.management.base import BaseCommand

from registry.access import people
from registry.installation import CONSOLE
from registry.management import passwords
from registry.management.failures import said
from registry.models import User

PASSWORD_VARIABLE = "BENCHSEAL_NEW_PASSWORD"  # noqa: S105  # reason: the name of a variable


class Command(BaseCommand):
    help = "Set a new password for a person; the log tells that it was done on the server."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", help="account name")

    def handle(self, *, account: str, **_: object) -> None:
        user = User.objects.filter(username=account).first()
        if user is None or not user.is_person:
            raise CommandError(f"No person has the account {account}.")
        with said():
            people.set_password(
                user, passwords.asked(PASSWORD_VARIABLE, f"New password of {account}"), actor=CONSOLE
            )
        self.stdout.write(f"The password of {account} is changed, and the log says so.")

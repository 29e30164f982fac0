"""`manage.py demo_code ACCOUNT`: the code of the demonstration's authenticators that counts next."""

from django.conf import settings
from django.core.management import CommandError, CommandParser
from django.core.management.base import BaseCommand

from approvals.demonstration.people import PROJECT
from evidence import clock
from registry.access import factors, totp
from registry.models import User


class Command(BaseCommand):
    help = "Print the code that a person of the demonstration types next."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", help="an account of the demonstration, such as ruth")

    def handle(self, *, account: str, **_: object) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("The demonstration never runs in the production profile.")
        people = User.objects.filter(grants__project__key=PROJECT, grants__project__is_demonstration=True)
        user = people.filter(username=account).first()
        found = factors.next_code(user) if user is not None else None
        if found is None:
            raise CommandError(f"{account} is nobody of the demonstration with an authenticator.")
        code, step = found
        self.stdout.write(code)
        ahead = step - totp.step_of(clock.now()) - totp.WINDOW[-1]
        if ahead > 0:
            self.stderr.write(
                f"It counts in {ahead * totp.STEP_SECONDS} seconds: earlier codes counted already."
            )

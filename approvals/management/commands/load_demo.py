"""`manage.py load_demo`: load the HarborSure demonstration through the real steps.

Refuses in production and in a registry in use; an interrupted load is finished by a second one.
"""

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from approvals.demonstration import notes, people, story
from registry import installation
from registry.conf import celery, data_folder
from registry.management.failures import said


class Command(BaseCommand):
    help = "Load the demonstration: made data, real steps."
    requires_system_checks: list[str] = []  # a first start has no secret yet

    def handle(self, **_: object) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("The demonstration never runs in the production profile.")
        data_folder.prepare(settings.DATA_DIR)
        celery.app.set_default()  # jobs are done here; their messages lie in this folder's queue
        call_command("migrate", interactive=False, verbosity=0)
        with said():
            people.refuse_registry_in_use()
            installation.make_keys()
            password = notes.password(settings.DATA_DIR)
            house = people.arrive(password)
            self.stdout.write("Eleven people came in.")
            told = story.tell(house, say=self.stdout.write)
            token = notes.token(settings.DATA_DIR, house)
            notes.write(settings.DATA_DIR, notes.text(told, house, token))

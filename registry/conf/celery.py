"""The Celery application. A message only wakes a worker; the truth is the `Job` row (evidence.jobs)."""

import os
from pathlib import Path

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.conf.settings")


def _make_queue_folders() -> None:
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    for name in ("data_folder_in", "control_folder"):
        if name in options:
            Path(str(options[name])).mkdir(parents=True, exist_ok=True)


app = Celery("benchseal")
# For every thread: the current app alone is known to the thread that imports this module.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
_make_queue_folders()

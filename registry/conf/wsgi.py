"""The WSGI application that gunicorn serves."""

import os

from django.conf import settings
from django.core.checks import Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from registry.conf import celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.conf.settings")
application = get_wsgi_application()
# What requests send goes to the broker of the settings, not to Celery's own default.
tasks = celery.app

# gunicorn runs no system checks: production refuses to serve on an unsafe setting.
if settings.IS_PRODUCTION:
    problems = [p for p in run_checks(tags=[Tags.security], include_deployment_checks=True) if p.is_serious()]
    if problems:
        raise ImproperlyConfigured("\n".join(map(str, problems)))

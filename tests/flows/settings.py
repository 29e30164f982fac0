"""The settings of an installation whose passwords are checked fast; all else is what users run."""

from registry.conf.settings import *  # noqa: F403  # reason: settings are a namespace, not an interface

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

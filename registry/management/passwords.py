"""Ask for a password on a terminal, twice; it is never an argument."""

import getpass
import os
import sys

from django.core.management import CommandError


def asked(variable: str, purpose: str) -> str:
    """From the environment, or typed twice; without a terminal an error names the variable."""
    given = os.environ.get(variable)
    if given:
        return given
    if not sys.stdin.isatty():
        raise CommandError(f"Set {variable}, or run this on a terminal that can ask.")
    first = getpass.getpass(f"{purpose} (12 characters or more): ")
    if getpass.getpass("The same again: ") != first:
        raise CommandError("The two passwords differ; nothing was changed.")
    return first

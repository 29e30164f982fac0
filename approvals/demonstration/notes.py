"""`demo.txt`: the password, the people, and what to try; readable by the operator's user alone.

Written before the first person is made, so that an interrupted load knows its own password.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings

from approvals.demonstration.people import CAST, House
from approvals.demonstration.story import Told
from evidence import clock
from evidence.signing import fingerprint
from registry.access import factors, tokens
from registry.access.roles import TOKEN_SCOPES
from registry.models import ApiToken

FILE: Final = "demo.txt"
PASSWORD_LINE: Final = re.compile(r"^Password of everybody: (\S+)$", re.MULTILINE)
TOKEN_LINE: Final = re.compile(r"^API token of ines: (\S+)$", re.MULTILINE)
TOKEN_LASTS: Final = timedelta(days=90)
PASSWORD_BYTES: Final = 12


def password(folder: Path) -> str:
    """The installation's own password of the demonstration, made on the first call."""
    known = _known(folder, PASSWORD_LINE)
    if known:
        return known
    made = secrets.token_urlsafe(PASSWORD_BYTES)
    write(folder, f"The demonstration is not loaded completely.\n{_line(made)}\n")
    return made


def token(folder: Path, house: House) -> str:
    """A token with which Ines's pipeline sends runs; issued once, and again when it has ended."""
    known = _known(folder, TOKEN_LINE)
    live = ApiToken.objects.filter(user=house.people["ines"], revoked_at=None, expires_at__gt=clock.now())
    if known and live.exists():
        return known
    issued = tokens.issue(
        project=house.project,
        user=house.people["ines"],
        name="demonstration",
        scopes=[str(scope) for scope in TOKEN_SCOPES],
        expires_at=clock.now() + TOKEN_LASTS,
        principal=house.principal("ines"),
    )
    return issued.text


def text(told: Told, house: House, token_text: str) -> str:
    """Everything a visitor needs, as `make run` prints it."""
    secrets_of = {one.account: factors.secret_of(house.people[one.account]) for one in CAST if one.stage}
    people = [f"  {one.account:<8} {one.printed_name:<24} {one.role.label}: {one.does}" for one in CAST]
    return "\n".join(
        (
            "Demonstration: HarborSure Insurance, project HARBOR. All of it is made data.",
            f"Key fingerprint: {fingerprint()}",
            f"Address when this was loaded: {settings.PUBLIC_URL}",
            "",
            _line(house.password),
            *people,
            "",
            "Who signs has an authenticator: one code is typed to log in, another to sign. Add the secret to",
            "an authenticator of yours, or let this print the code that counts next:",
            f"  BENCHSEAL_DATA={settings.DATA_DIR} .venv/bin/python manage.py demo_code ruth",
            *(f"  {account:<8} {secret}" for account, secret in secrets_of.items()),
            "",
            f"API token of ines: {token_text}",
            "",
            "Three things to try:",
            f"1. Sign in as ruth and sign stage 5 of {told.waiting.human_id}; then release it as pia.",
            f"2. See why {told.blocked.human_id} cannot be submitted, why {told.stopped.human_id} lost its",
            "   signatures, and what was wrong with the refused submission wrong-model-brig-m.",
            f"3. As audra, download {told.pack.human_id} and check it with the commands of its VERIFY.md.",
            "",
        )
    )


def write(folder: Path, body: str) -> None:
    """Replace the file as a whole; it is never readable by others, not even for a moment."""
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".demo.")  # mode 0600
    with os.fdopen(handle, "w") as stream:
        stream.write(body)
    Path(temporary).replace(folder / FILE)


def _known(folder: Path, line: re.Pattern[str]) -> str | None:
    path = folder / FILE
    found = line.search(path.read_text()) if path.is_file() else None
    return found.group(1) if found else None


def _line(secret: str) -> str:
    return f"Password of everybody: {secret}"

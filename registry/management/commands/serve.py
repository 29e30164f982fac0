"""`manage.py serve`: bring the embedded installation up to date, then run web server and worker.

Never resets data: a second start keeps everything and only applies what is new.
"""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, CommandParser, call_command
from django.core.management.base import BaseCommand
from django.db import connections

from registry.conf import data_folder, serving, static_files
from registry.conf.supervision import say, supervise


class Command(BaseCommand):
    """Start the web server and the worker together; Ctrl-C ends both."""

    help = "Start the web server and the worker of the embedded profile together."
    requires_system_checks: list[str] = []  # the worker runs them, with the secret in place

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument(
            "--demo", action="store_true", help="load the demonstration if the registry is empty"
        )

    def handle(self, *, host: str, port: int, demo: bool, **_: object) -> None:
        require_free(host, port)
        data_folder.prepare(settings.DATA_DIR)
        call_command("migrate", interactive=False, verbosity=0)
        static_files.collect(Path(settings.STATIC_ROOT))
        if demo:
            load_demonstration(settings.DATA_DIR, address_of(host, port))
        connections.close_all()
        sys.exit(run(host, port))


def require_free(host: str, port: int) -> None:
    """Say in one sentence why the address cannot be used, before anything is changed."""
    try:
        serving.require_free(host, port)
    except serving.PortTaken as taken:
        raise CommandError(
            f"Port {port} is taken: another program listens on {taken}. "
            f"Choose another one: make run PORT={port + 1}"
        ) from taken
    except OSError as error:
        raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error


def load_demonstration(folder: Path, address: str) -> None:
    """Load the demonstration into an empty registry, or finish a load that was interrupted."""
    unfinished = folder / "demo.unfinished"
    if get_user_model().objects.exists() and not unfinished.exists():
        return
    unfinished.touch()
    # A process of its own: this one has read its settings before the secret existed.
    command = (sys.executable, "manage.py", "load_demo")
    environment = {"PUBLIC_URL": address, **os.environ}
    if subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=False).returncode:
        raise CommandError("The demonstration was not loaded; the lines above say why.")
    unfinished.unlink()


def run(host: str, port: int) -> int:
    """Supervise both programs; the address and the demonstration's people are printed once."""
    address = address_of(host, port)
    return supervise(
        (serving.web(host, port), serving.worker()),
        environment={"PUBLIC_URL": address, **os.environ, "PYTHONUNBUFFERED": "1"},
        is_up=lambda: serving.answers(host, port),
        announce=lambda: say(banner(address)),
    )


def address_of(host: str, port: int) -> str:
    """Where people reach the server, unless PUBLIC_URL says otherwise."""
    return f"http://{'localhost' if host == '127.0.0.1' else host}:{port}"


def banner(address: str) -> str:
    """Where to look, whom to sign in as, and what to try; `load_demo` writes the latter two."""
    notes = settings.DATA_DIR / "demo.txt"
    about = notes.read_text().strip() if notes.is_file() else ""
    parts = (f"Benchseal is at {address}", about, "Ctrl-C stops it; the data stays.")
    return "\n" + "\n\n".join(part for part in parts if part) + "\n"

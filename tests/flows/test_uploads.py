"""Large artifacts through a real server: memory stays small, and an upload is there whole or not at all."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import pytest

from tests.flows.processes import Child, Installation, Server, wait_for

pytestmark = pytest.mark.slow

MIB: Final = 1024 * 1024
LARGE: Final = 300 * MIB
MEMORY: Final = 24 * MIB
NOTHING: Final = {"blobs": 0, "artifacts": 0, "files": 0}
ONCE: Final = {"blobs": 1, "artifacts": 1, "files": 1}


@dataclass(frozen=True)
class Site:
    """A running server, a token for it, and a process that looks into its database and folders."""

    server: Server
    token: str
    observer: Child

    def put(self, path: Path, digest: str) -> tuple[int, bytes]:
        """Status and body of the answer."""
        headers = {"Content-Length": str(path.stat().st_size)}
        with path.open("rb") as body, self._asked("PUT", digest, headers, body) as response:
            return response.status, response.read()

    @contextmanager
    def get(self, digest: str, **headers: str) -> Iterator[http.client.HTTPResponse]:
        with self._asked("GET", digest, headers, None) as response:
            yield response

    @contextmanager
    def _asked(
        self, method: str, digest: str, headers: dict[str, str], body: IO[bytes] | None
    ) -> Iterator[http.client.HTTPResponse]:
        with closing(self.server.connection()) as connection:
            bearer = {"Authorization": f"Bearer {self.token}"}
            connection.request(method, address(digest), body=body, headers=bearer | headers)
            with connection.getresponse() as response:
                yield response


@pytest.fixture
def site(installation: Installation, observer: Child) -> Site:
    return Site(installation.server(), observer.ask("token", account="ines"), observer)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """300 MB that do not repeat, and their digest."""
    path, hasher = tmp_path_factory.mktemp("large") / "large.bin", hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(LARGE // MIB):
            piece = os.urandom(MIB)
            hasher.update(piece)
            file.write(piece)
    return path, f"sha256:{hasher.hexdigest()}"


def address(digest: str) -> str:
    return f"/api/v1/projects/HARBOR/artifacts/{digest}"


def test_a_large_artifact_goes_in_and_out_in_little_memory(site: Site, large: tuple[Path, str]) -> None:
    path, digest = large
    small = path.parent / "small.bin"
    small.write_bytes(b"warm")
    assert site.put(small, f"sha256:{hashlib.sha256(b'warm').hexdigest()}")[0] == 201
    before = site.server.peak_memory()

    assert site.put(path, digest)[0] == 201
    assert site.observer.ask("bytes_facts", digest=digest) == ONCE
    with site.get(digest) as whole:
        assert digest_of(whole) == digest
    assert site.server.peak_memory() - before < MEMORY
    assert site.put(path, digest)[0] == 200
    assert site.observer.ask("staging") == []


def test_a_range_is_exactly_the_bytes_asked_for(site: Site, large: tuple[Path, str]) -> None:
    path, digest = large
    assert site.put(path, digest)[0] == 201
    chance = random.Random(4)
    with path.open("rb") as file:
        for start in (0, *(chance.randrange(LARGE) for _ in range(4)), LARGE - 1):
            stop = min(LARGE, start + chance.randrange(1, 3 * MIB))
            file.seek(start)
            with site.get(digest, Range=f"bytes={start}-{stop - 1}") as part:
                assert part.status == 206
                assert part.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{LARGE}"
                assert part.read() == file.read(stop - start)
        file.seek(-100, os.SEEK_END)
        with site.get(digest, Range="bytes=-100") as end:
            assert end.read() == file.read()


def test_a_connection_cut_at_the_half_leaves_nothing(site: Site, large: tuple[Path, str]) -> None:
    path, digest = large
    with socket.create_connection(("127.0.0.1", site.server.port)) as wire, path.open("rb") as body:
        head = f"PUT {address(digest)} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {site.token}\r\n"
        wire.sendall(f"{head}Content-Length: {LARGE}\r\n\r\n".encode())
        wire.sendfile(body, count=LARGE // 2)
        wait_for(lambda: site.observer.ask("staging") != [], seconds=10)
    wait_for(lambda: site.observer.ask("staging") == [], seconds=10)
    assert site.observer.ask("bytes_facts", digest=digest) == NOTHING
    assert site.put(path, digest)[0] == 201


def test_bytes_of_another_digest_leave_nothing(site: Site, large: tuple[Path, str]) -> None:
    path, digest = large
    wrong = f"sha256:{'0' * 64}"
    status, problem = site.put(path, wrong)
    assert (status, json.loads(problem)["code"]) == (422, "digest_mismatch")
    assert site.observer.ask("staging") == []
    assert site.observer.ask("bytes_facts", digest=wrong) == NOTHING
    assert site.observer.ask("bytes_facts", digest=digest) == NOTHING


def digest_of(response: http.client.HTTPResponse) -> str:
    assert response.status == 200
    hasher = hashlib.sha256()
    while piece := response.read(MIB):
        hasher.update(piece)
    return f"sha256:{hasher.hexdigest()}"

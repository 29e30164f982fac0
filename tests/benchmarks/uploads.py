"""Upload and download through the real server, against hashing and writing the same file in one loop.

`python -m tests.benchmarks.uploads --gib 5` sends five gibibytes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from tests.benchmarks.ground import fresh
from tests.benchmarks.reporting import report
from tests.flows.processes import Server

MIB: Final = 1024 * 1024
ROUNDS: Final = 3


def main() -> None:
    """Measure in alternating rounds and report medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--gib", type=int, default=1, help="size of the file")
    size = options.parse_known_args()[0].gib * 1024 * MIB
    with fresh() as ground, tempfile.TemporaryDirectory() as name:
        server = ground.installation.server()
        headers = {"Authorization": f"Bearer {ground.child.ask('token', account='ines')}"}
        before = server.peak_memory()
        found: list[tuple[float, float, float]] = []
        for number in range(ROUNDS):
            path = Path(name) / f"file-{number}"
            digest = write_random(path, size)
            found.append(
                (loop(path), upload(server, headers, path, digest), download(server, headers, digest))
            )
            path.unlink()
        grown = server.peak_memory() - before
    speeds = [round(size / 1e6 / statistics.median(times)) for times in zip(*found, strict=True)]
    row = {
        "MiB": size // MIB,
        "loop MB/s": speeds[0],
        "upload MB/s": speeds[1],
        "upload / loop": round(speeds[1] / speeds[0], 2),
        "download MB/s": speeds[2],
        "server grew by MiB": round(grown / MIB, 1),
    }
    report("uploads", "Bytes in and out; the loop reads, hashes, writes and fsyncs the same file", [row])


def write_random(path: Path, size: int) -> str:
    """Bytes that do not repeat, and their digest."""
    hasher = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(size // MIB):
            piece = os.urandom(MIB)
            hasher.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return f"sha256:{hasher.hexdigest()}"


def loop(path: Path) -> float:
    """Seconds to read, hash, write and fsync in one thread."""
    copy, hasher = path.with_suffix(".copy"), hashlib.sha256()
    began = time.perf_counter()
    with path.open("rb") as source, copy.open("wb") as target:
        while piece := source.read(MIB):
            hasher.update(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    seconds = time.perf_counter() - began
    copy.unlink()
    return seconds


def upload(server: Server, headers: dict[str, str], path: Path, digest: str) -> float:
    """Seconds of one PUT, until its answer; the client sends with `sendfile`, which costs it little."""
    size = path.stat().st_size
    began = time.perf_counter()
    with closing(server.connection(timeout=600)) as connection, path.open("rb") as body:
        connection.putrequest("PUT", _address(digest))
        for name, value in {**headers, "Content-Length": str(size)}.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.sock.sendfile(body)
        with connection.getresponse() as response:
            assert response.status == 201, response.read()
            response.read()
    return time.perf_counter() - began


def download(server: Server, headers: dict[str, str], digest: str) -> float:
    """Seconds of one GET; the bytes are thrown away."""
    began = time.perf_counter()
    with closing(server.connection(timeout=600)) as connection:
        connection.request("GET", _address(digest), headers=headers)
        with connection.getresponse() as response:
            assert response.status == 200
            while response.read(MIB):
                pass
    return time.perf_counter() - began


def _address(digest: str) -> str:
    return f"/api/v1/projects/HARBOR/artifacts/{digest}"


if __name__ == "__main__":
    main()

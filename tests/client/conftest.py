"""One genuine pack for all tests of the client, made by the real builder."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from benchseal.api import Api
from benchseal.verify import Item, Trust, Verdict, verify
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import override_settings

from evidence import clock
from evidence.keymaking import make_keys
from evidence.packs import PackContent, build
from tests.client import made_pack, tampering
from tests.client.bare import bare_document, nothing
from tests.client.made_pack import Draft, keys_of
from tests.client.tampering import Ground

COMMANDS = ("commands_run", "commands_release", "commands_pack", "commands_log")
Files = dict[str, bytes]
Sealer = Callable[[Path, Draft | None], Files]
Build = Callable[[PackContent], tuple[Item, ...]]


@pytest.fixture
def real_api(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands talk to the real application in this process, without a network.

    As with Django's own test client, the end of a request ends no test's transaction.
    """
    transport = httpx.WSGITransport(app=WSGIHandler())
    for module in COMMANDS:
        monkeypatch.setattr(f"benchseal.{module}.Api", partial(Api, transport=transport))
    monkeypatch.setenv("BENCHSEAL_URL", "http://testserver")
    for sign in (request_started, request_finished):
        sign.disconnect(close_old_connections)
    yield
    for sign in (request_started, request_finished):
        sign.connect(close_old_connections)


@pytest.fixture(scope="session")
def stranger_keys(key_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same installation with another key that seals packs."""
    folder = tmp_path_factory.mktemp("stranger") / "keys"
    shutil.copytree(key_folder, folder)
    for name in ("pack.key.pem", "pack.cert.pem", "keys.json"):
        (folder / name).unlink()
    make_keys(folder, origin="benchseal.test/log", operator="Stranger", now=clock.now())
    return folder


@pytest.fixture(scope="session")
def sealed_with(tmp_path_factory: pytest.TempPathFactory) -> Sealer:
    """Seals a draft with the keys of a folder; gives every file of the ZIP by its full name."""

    def sealed(keys: Path, draft: Draft | None = None) -> Files:
        with override_settings(KEYS_DIR=keys, LOG_ORIGIN="benchseal.test/log"):
            staging = tmp_path_factory.mktemp("staging") / "pack"
            content = made_pack.content(draft or made_pack.draft())
            built = build(content, staging, progress=made_pack.no_progress)
        with ZipFile(built.zip_path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        files[""] = built.zip_path.read_bytes()
        return files

    return sealed


@pytest.fixture
def faults(key_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Seals content with the operator's key and gives what the verifier finds at fault.

    The builder would refuse most of it; its own check is switched off, as a false builder would. The
    document is an empty page: what it prints is not what is tested here.
    """
    monkeypatch.setattr("evidence.packs.completeness.check_before", nothing)
    monkeypatch.setattr("evidence.packs.completeness.check_after", nothing)
    monkeypatch.setattr("evidence.packs.render_pdf", bare_document)

    def found(content: PackContent) -> tuple[Item, ...]:
        built = build(content, tmp_path / "pack", progress=made_pack.no_progress)
        trust = Trust.of_list(keys_of(key_folder), "keys")
        report = verify(BytesIO(built.zip_path.read_bytes()), trust=trust)
        assert (report.verdict is Verdict.BROKEN) == bool(report.faults)
        return report.faults

    return found


@pytest.fixture(scope="session")
def pack_bytes(key_folder: Path, sealed_with: Sealer) -> bytes:
    """The ZIP of the genuine pack."""
    return sealed_with(key_folder, None)[""]


@pytest.fixture(scope="session")
def pack_files(pack_bytes: bytes) -> Files:
    """The files of the genuine pack by their full name in the ZIP."""
    with ZipFile(BytesIO(pack_bytes)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="session")
def ground(
    pack_files: Files, key_folder: Path, sealed_with: Sealer, tmp_path_factory: pytest.TempPathFactory
) -> Ground:
    """A genuine pack, another one, and a stranger's who owns every kind of key."""
    keys = tmp_path_factory.mktemp("forger") / "keys"
    make_keys(keys, origin=tampering.ORIGIN, operator="Forger", now=clock.now())
    with override_settings(KEYS_DIR=key_folder):
        another = _another()
    return Ground(
        genuine=_bag(pack_files),
        other=_bag(sealed_with(key_folder, another)),
        forged=_bag(sealed_with(keys, None)),
        keys=keys,
    )


def _another() -> Draft:
    draft = made_pack.draft()
    draft.record["release"] = {**made_pack.RELEASE_ROW, "title": "Another"}
    return draft


def _bag(files: Files) -> Files:
    return {name.partition("/")[2]: body for name, body in files.items() if name}

"""Chromium for the tests marked `browser`, one process for the run; and the demonstration, served."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.flows.processes import Child, Installation, copy_of

from .visitor import Visitor, visitor

NAMES = ("chromium", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",  # Chromium refuses its sandbox to root, which containers run as
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def installed_browser() -> str | None:
    """The path of the system's Chromium; None lets Playwright take the one it installed."""
    found = (path for name in NAMES if (path := shutil.which(name)))
    # Ubuntu's snap cannot read the folders of the tests.
    return next((path for path in found if Path(path).resolve().name != "snap"), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's loop runs in this thread, and Django would take the test for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=installed_browser(), args=list(ARGUMENTS))
        yield launched
        launched.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a context of its own; an error in the console or a script fails the test."""
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield opened
    context.close()
    assert errors == []


@dataclass(frozen=True)
class Site:
    """A copy of the demonstration with a running server, and a process that carries out orders on it."""

    installation: Installation
    url: str
    child: Child

    def note(self, what: str) -> str:
        """What the notes of the demonstration say of the password or the fingerprint."""
        found = re.search(
            rf"^{what}: (.+)$", (self.installation.folder / "demo.txt").read_text(), re.MULTILINE
        )
        assert found is not None
        return found[1]

    def code(self, account: str) -> str:
        """The code of this person's authenticator that counts next; empty without one."""
        return str(self.child.ask("code", account=account))


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Loaded once, served by nobody."""
    folder = tmp_path_factory.mktemp("demonstration") / "data"
    (folder / "queue" / "messages").mkdir(parents=True)
    # A machine that also runs a browser may stop a thread for longer than the short lease of other tests.
    with Installation(folder, "", {"JOB_LEASE_SECONDS": "60"}) as loaded:
        loaded.manage("load_demo")
        loaded.manage("collectstatic", "--noinput", "--verbosity", "0")
        yield loaded


@pytest.fixture(scope="module")
def site(demonstration: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A copy for the tests of one module."""
    folder = tmp_path_factory.mktemp("site") / "data"
    with copy_of(demonstration, folder, demonstration.settings) as copied:
        server = copied.server()
        yield Site(copied, f"http://127.0.0.1:{server.port}", copied.child("tests.browser.orders"))


@pytest.fixture
def come(browser: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """Let somebody come with a browser of their own; with an account, logged in."""
    came: list[Visitor] = []

    def arrive(account: str = "") -> Visitor:
        came.append(visitor(browser, site.url))
        if account:
            came[-1].log_in(account, site.note("Password of everybody"), site.code(account))
        return came[-1]

    yield arrive
    for one in came:
        one.page.context.close()

"""Fails a test whose request, job or command changes something governed and tells the log of nothing.

When the whole default suite ran, every address that takes a form or a body must have been seen to succeed:
the walk is as wide as the addresses of the site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

import pytest
from django.core.management.base import BaseCommand
from django.db import connection
from django.test.client import ClientHandler

from approvals import lifecycle
from evidence import jobs
from tests.mutations.addresses import Act, is_proved, unseen
from tests.mutations.watch import Watch, watching

DEFAULT: Final = "not thorough and not slow and not browser and not postgres"
"""The marks of the default suite, as pyproject.toml has them."""

OURS: Final = ("registry.", "approvals.", "evidence.")
_seen: set[Act] = set()


class UntoldChange(AssertionError):
    """Something governed changed, and the log does not know."""


def check(watch: Watch, act: str) -> None:
    """Raise `UntoldChange` when the act changed a governed table without an entry."""
    if watch.untold:
        raise UntoldChange(f"{act} changed {', '.join(watch.untold)} and told the log of nothing")


def _watched_request(serve: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(serve)
    def watched(handler: ClientHandler, request: Any) -> Any:
        with _if_connected() as watch:
            response = serve(handler, request)
        match = getattr(request, "resolver_match", None)
        name = str(match.url_name) if match else ""
        if watch is not None and (response.status_code < 400 or connection.in_atomic_block):
            check(watch, f"{request.method} {name} ({response.status_code})")
        if response.status_code < 400 and is_proved(name, changed=watch is not None and watch.changed):
            _seen.add((name, str(request.method).lower()))
        return response

    return watched


def _watched(step: Callable[..., Any], name: Callable[..., str]) -> Callable[..., Any]:
    @wraps(step)
    def watched(*args: Any, **kwargs: Any) -> Any:
        with _if_connected() as watch:
            result = step(*args, **kwargs)
        if watch is not None:
            check(watch, name(*args))
        return result

    return watched


def _watched_job(taken: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(taken)
    @contextmanager
    def watched(job_id: str, *args: Any, **kwargs: Any) -> Iterator[Any]:
        with _if_connected() as watch, taken(job_id, *args, **kwargs) as lease:
            yield lease
        if watch is not None:
            check(watch, f"job {job_id}")

    return watched


@contextmanager
def _if_connected() -> Iterator[Watch | None]:
    """A watch, or nothing in a test that may not touch the database."""
    with watching() as watch:
        yield watch


def _of_command(command: BaseCommand, *_: object) -> str:
    return f"command {type(command).__module__}"


def _execute(execute: Callable[..., Any]) -> Callable[..., Any]:
    watched = _watched(execute, _of_command)

    @wraps(execute)
    def chosen(command: BaseCommand, *args: Any, **kwargs: Any) -> Any:
        module = type(command).__module__
        return (watched if module.startswith(OURS) else execute)(command, *args, **kwargs)

    return chosen


def pytest_configure(config: pytest.Config) -> None:
    """Put the watch around what acts."""
    ClientHandler.get_response = _watched_request(ClientHandler.get_response)  # type: ignore[method-assign]  # reason: the watch
    BaseCommand.execute = _execute(BaseCommand.execute)  # type: ignore[method-assign]  # reason: the watch
    jobs.taken = _watched_job(jobs.taken)
    lifecycle.run = _watched(lifecycle.run, lambda: "what a date made due")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Collect what each worker saw."""
    _seen.update(tuple(act) for act in getattr(node, "workeroutput", {}).get("acts", []))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Hand over what was seen, and after the whole suite name what was never seen to succeed."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["acts"] = sorted(_seen)
    elif exitstatus == pytest.ExitCode.OK and _was_everything(config):
        missing = unseen(_seen)
        reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        for name, method in missing:
            reporter.write_line(f"No test saw {method} {name} succeed: its entry is not proved", red=True)
        if missing:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _was_everything(config: pytest.Config) -> bool:
    options = config.option
    asked = bool(options.keyword or getattr(options, "lf", False) or getattr(options, "ff", False))
    whole = [str(argument) for argument in config.args] == [str(path) for path in config.getini("testpaths")]
    return whole and not asked and options.markexpr == DEFAULT

"""The two programs of the embedded profile, server and worker, and the question whether it answers.

Never chooses a port itself: a taken one is said, and the person names another.
"""

import errno
import http.client
import socket
import sys
from typing import Final

from .supervision import Part

WEB_WORKERS: Final = 2
WEB_THREADS: Final = 4
TASK_THREADS: Final = 2
# Statuses from here on say that the site itself failed.
SERVER_ERROR: Final = 500
# Shorter than the grace of the parent, so that a slow request is ended by its own server.
WEB_GRACE_SECONDS: Final = 10
EVERY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (names, not a bind)


class PortTaken(Exception):
    """Another program listens on the address."""


def require_free(host: str, port: int) -> None:
    """Raise `PortTaken` if `port` of `host` is in use, `OSError` if it cannot be had at all."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(f"{host}:{port}") from error
            raise


def web(host: str, port: int) -> Part:
    """gunicorn with threads; one slow upload holds a thread, not a process."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return Part(
        "web",
        (
            *(sys.executable, "-m", "gunicorn", "registry.conf.wsgi:application"),
            *("--bind", address, "--worker-class", "gthread"),
            *("--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS)),
            *("--graceful-timeout", str(WEB_GRACE_SECONDS), "--no-control-socket"),
            *("--log-level", "warning"),
        ),
    )


def worker() -> Part:
    """celery with threads: a pool of processes takes one task a poll from the file system."""
    return Part(
        "worker",
        (
            *(sys.executable, "-m", "celery", "--app", "registry.conf.celery", "--quiet", "worker"),
            *("--pool", "threads", "--concurrency", str(TASK_THREADS)),
            *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
        ),
    )


def answers(host: str, port: int) -> bool:
    """Does /health answer, with any status below 500?"""
    connection = http.client.HTTPConnection(EVERY_ADDRESS.get(host, host), port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status < SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

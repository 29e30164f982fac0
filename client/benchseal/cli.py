"""The command `benchseal`: wires the commands together and turns outcomes into exit codes.

Exit codes: 0 yes (genuine, admitted, every gate passes, issued), 1 no (broken, refused, a gate fails),
2 not known (origin not proved, installation not reached, not finished in time), 64 the call was wrong.
"""

import logging
import sys
from typing import Final

import typer

from benchseal import __version__, commands_log, commands_pack, commands_release, commands_run
from benchseal.api import NotReached, Refused
from benchseal.connection import NotConfigured
from benchseal.printing import problem_lines
from benchseal.uploading import DocumentFlawed
from benchseal.verify import TrustUnreadable
from benchseal.waiting import NotFinished

REFUSED: Final = 1
NOT_KNOWN: Final = 2
WRONG_CALL: Final = 64
"""EX_USAGE of sysexits.h; click's own 2 would read as "origin not proved"."""

app = typer.Typer(
    name="benchseal",
    help="Upload benchmark runs, follow releases, verify evidence packs.\n\n"
    "The environment says where: BENCHSEAL_URL, BENCHSEAL_TOKEN and BENCHSEAL_PROJECT. "
    "`pack verify` needs none of them and no network.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(commands_pack.app, name="pack")
app.add_typer(commands_log.app, name="log")
app.add_typer(commands_run.app, name="run")
app.add_typer(commands_release.app, name="release")


@app.callback(invoke_without_command=True)
def root(
    version: bool = typer.Option(False, "--version", help="Print the version and stop.", is_eager=True),
) -> None:
    """Upload benchmark runs, follow releases, verify evidence packs."""
    if version:
        print(f"benchseal {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command and leave with its exit code; errors are sentences, never traces."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of the command given by ``arguments``."""
    # pyHanko logs what it also returns or raises; the report is the place for it.
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        code = app(arguments, prog_name="benchseal", standalone_mode=False)
    except (Refused, DocumentFlawed) as fault:
        problem_lines(str(fault).splitlines())
        return REFUSED
    except (NotReached, NotFinished) as fault:
        problem_lines([str(fault)])
        return NOT_KNOWN
    except (NotConfigured, TrustUnreadable, OSError) as fault:
        problem_lines([str(fault)])
        return WRONG_CALL
    except typer.Abort:
        problem_lines(["Stopped."])
        return NOT_KNOWN
    except Exception as fault:  # noqa: BLE001  # typer's errors share no public base; others go on
        return _wrong_call(fault)
    return code if isinstance(code, int) else 0


def _wrong_call(fault: Exception) -> int:
    """What the command line itself refuses knows how to show itself; anything else is our mistake."""
    show = getattr(fault, "show", None)
    if show is None:
        raise fault
    show()
    return WRONG_CALL


if __name__ == "__main__":
    main()

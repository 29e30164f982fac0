"""Words for stored values: states, kinds of events, roles and scopes; must never change a value."""

from typing import Final

from registry.access.roles import Permission

SUBMISSION_STATES: Final = {
    "received": ("wait", "Received"),
    "reading": ("open", "Reading"),
    "admitted": ("pass", "Admitted"),
    "refused": ("fail", "Refused"),
}

RUN_STATES: Final = {
    "admitted": ("pass", "Admitted"),
    "corrected": ("voided", "Corrected"),
    "void": ("voided", "Voided"),
}

SEVERITIES: Final = {"refuse": ("fail", "Refuses"), "flag": ("flag", "Flag"), "note": ("open", "Note")}

CHANNELS: Final = {"api": "by API", "ui": "on the page", "cli": "by command line", "system": "by the system"}

STAGES: Final = {"shortlist": "Shortlist", "selection": "Selection", "monitoring": "Monitoring"}

SCOPES: Final[dict[str, tuple[str, str]]] = {
    Permission.PROJECT_READ: ("Read the project", "Projects, catalogue, submissions, runs and releases."),
    Permission.ARTIFACT_UPLOAD: ("Send files", "Store files of runs under their digest."),
    Permission.ARTIFACT_READ: ("Read files", "Download files, also private ones; each reading is an event."),
    Permission.RUN_SUBMIT: ("Submit runs", "Post submissions that become runs."),
    Permission.RUN_VOID: ("Void runs", "Take a run out of use, with a reason."),
    Permission.SIGNAL_REPORT: ("Report readings", "Send what monitoring signals measured."),
    Permission.CATALOGUE_WRITE: ("Write the catalogue", "Record models, datasets, criteria and the rest."),
    Permission.RELEASE_WRITE: ("Prepare releases", "Open releases and link runs to them."),
    Permission.RELEASE_SUBMIT: ("Submit releases", "Freeze a revision for review; people still sign."),
    Permission.RELEASE_WITHDRAW: ("Withdraw releases", "Take a release out of review."),
    Permission.WAIVER_REQUEST: ("Ask for waivers", "Ask that a failing gate is set aside; a person decides."),
    Permission.PACK_SEAL: ("Seal packs", "Ask for an audit pack of a release."),
    Permission.PACK_READ: ("Read packs", "Download packs."),
    Permission.PACK_INCLUDE_PRIVATE: (
        "Include private files",
        "Put withheld files into a pack; each is an event.",
    ),
    Permission.AUDIT_READ: ("Read the ledger", "Entries, checkpoints and proofs."),
}

QUICK_START: Final = frozenset({Permission.PROJECT_READ, Permission.ARTIFACT_UPLOAD, Permission.RUN_SUBMIT})
"""Scopes that sending a run needs."""


def run_state(status: str, *, is_corrected: bool) -> tuple[str, str]:
    """Kind and word of a run's state; a corrected run stays admitted and counts no more."""
    return RUN_STATES["corrected" if is_corrected and status == "admitted" else status]


def event(kind: str) -> str:
    """A kind of entry as a sentence begins: `run.admitted` is `Run admitted`."""
    return kind.replace(".", " ").replace("_", " ").capitalize()


def plain(value: str) -> str:
    """A stored choice as words: `never_published` is `never published`."""
    return value.replace("_", " ")


def counted(n: int, one: str, many: str = "") -> str:
    """A count with its noun: `1 run`, `1,204 runs`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"

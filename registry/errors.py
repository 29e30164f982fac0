"""Facts that stop a registry step; each has a code that clients may rely on."""

from collections.abc import Sequence
from typing import Any

from evidence.errors import BenchsealError


class NotFound(BenchsealError):
    """Unknown, or in a project on which the caller holds no grant: the same answer for both."""

    code = "not_found"
    status = 404
    title = "Not found"


class PermissionMissing(BenchsealError):
    """The caller sees the project, but no role in force carries the permission."""

    code = "permission_missing"
    status = 403
    title = "Permission missing"


class ScopeMissing(BenchsealError):
    """The token does not carry the scope."""

    code = "scope_missing"
    status = 403
    title = "Scope missing"


class FieldsInvalid(BenchsealError):
    """One or more fields are wrong; `errors` lists each with pointer, message and next step."""

    code = "fields_invalid"
    status = 422
    title = "Fields need a correction"

    def __init__(
        self, detail: str, errors: Sequence[dict[str, Any]], *, next_step: str | None = None
    ) -> None:
        super().__init__(detail, next_step=next_step, errors=list(errors))


class DocumentUnreadable(BenchsealError):
    """A posted document is not JSON within bounds; `code` names the rule (`json_truncated`, ...)."""

    code = "json_syntax"
    status = 400
    title = "The document is not readable JSON"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail, pointer="", next_step="Send one JSON object in UTF-8.")
        self.code = code


class ArtifactUnknown(BenchsealError):
    """The project does not own an artifact of this digest; the same answer for a foreign one."""

    code = "artifact_unknown"
    status = 422
    title = "Artifact unknown"


class ReferenceUnknown(BenchsealError):
    """The document names something the catalogue of the project does not hold."""

    code = "reference_unknown"
    status = 422
    title = "Reference unknown"


class Conflict(BenchsealError):
    """Something of this identity exists with other content."""

    code = "conflict"
    status = 409
    title = "Already exists with other content"


class ExternalIdTaken(Conflict):
    """The external id belongs to a submission with another document."""

    code = "external_id_taken"
    title = "external_id is taken"


class RecordSuperseded(Conflict):
    """A newer revision exists; only the newest can be changed."""

    code = "record_superseded"
    title = "A newer revision exists"


class GrantRefused(BenchsealError):
    """A grant that no rule allows (to oneself, identical and overlapping, to a service account)."""

    code = "grant_refused"
    status = 422
    title = "The grant is refused"


class RecoveryRefused(BenchsealError):
    """A recovery that a rule stands against: of oneself, confirmed by who asked for it, or not there."""

    code = "recovery_refused"
    status = 409
    title = "The recovery was refused"


class InvitationInvalid(BenchsealError):
    """The invitation is unknown, used or expired."""

    code = "invitation_invalid"
    status = 410
    title = "The invitation cannot be used"


class RunVoided(Conflict):
    """The run is void already."""

    code = "run_void"
    title = "The run is void"

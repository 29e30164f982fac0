"""The facts that stop an evidence step; a class here must never hold wording for one page only."""


class BenchsealError(Exception):
    """A fact that stops a step.

    `detail` is one sentence for people, `pointer` the JSON pointer of the field at fault,
    `next_step` what resolves it, `extra` further members of the problem document (RFC 9457,
    section 3.2).
    """

    code: str = "error"
    status: int = 400
    title: str = "The request cannot be carried out"

    def __init__(
        self,
        detail: str,
        *,
        pointer: str | None = None,
        next_step: str | None = None,
        **extra: object,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        self.next_step = next_step
        self.extra = extra


class NotCanonical(BenchsealError):
    """A value or a byte string lies outside the canonical JSON profile."""

    code = "not_canonical"
    status = 422
    title = "The value has no canonical form"


class DigestMismatch(BenchsealError):
    """Bytes differ from the digest that names them, or a digest is not well formed."""

    code = "digest_mismatch"
    status = 422
    title = "The digest does not match"


class SignatureInvalid(BenchsealError):
    """A signature, or the envelope or note around it, does not verify."""

    code = "signature_invalid"
    status = 422
    title = "The signature does not verify"


class NoteMalformed(SignatureInvalid):
    """A signed note, checkpoint or proof file does not have the published form."""

    code = "note_malformed"
    title = "The signed note is not well formed"


class KeyMissing(BenchsealError):
    """A key or certificate file of this installation is absent or holds something else."""

    code = "key_missing"
    status = 500
    title = "A key of this installation is missing"


class KeyRevoked(BenchsealError):
    """A key that the operator declared no longer to be relied on was about to be used, or was named."""

    code = "key_revoked"
    status = 503
    title = "The key was revoked"


class KeyUnknown(BenchsealError):
    """No published key has this id."""

    code = "key_unknown"
    status = 404
    title = "No such key"


class OriginDiffers(BenchsealError):
    """The published keys name another log origin than the settings."""

    code = "origin_differs"
    status = 500
    title = "The log origin differs from the published one"


class LedgerImmutable(BenchsealError):
    """A change or deletion was asked of a row that is only ever inserted."""

    code = "ledger_immutable"
    status = 409
    title = "The ledger is insert-only"


class BlobMissing(BenchsealError):
    """Stored bytes are not where their digest says."""

    code = "blob_missing"
    status = 500
    title = "Stored bytes are missing"


class PackIncomplete(BenchsealError):
    """Something a pack must hold is not there."""

    code = "pack_incomplete"
    status = 409
    title = "The pack is incomplete"


class RenderFailed(BenchsealError):
    """The document of a pack was not rendered."""

    code = "render_failed"
    status = 500
    title = "The document was not rendered"


class TimestampFailed(BenchsealError):
    """The time authority gave no usable token."""

    code = "timestamp_failed"
    status = 503
    title = "No time token was issued"

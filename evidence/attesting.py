"""Sign a statement with the attest key and keep its envelope; decides nothing about its content."""

from collections.abc import Mapping

from evidence import statements
from evidence.models import Statement
from evidence.signing import KeyUse, load_signer


def attest(statement: Mapping[str, object], subject_digest: str) -> Statement:
    """The stored envelope of an in-toto Statement about `subject_digest`; raises `KeyMissing`.

    ECDSA signatures differ each time, the statement's digest does not: one statement is stored once.
    """
    signer = load_signer(KeyUse.ATTEST)
    envelope = statements.envelope(statement, signer)
    return Statement.objects.create(
        digest=statements.statement_digest(envelope),
        predicate_type=str(statement["predicateType"]),
        subject_digest=subject_digest,
        key_id=signer.key_id,
        envelope=envelope,
    )

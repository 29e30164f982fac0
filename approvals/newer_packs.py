"""Which pack came after the one somebody holds; no pack can say that of itself."""

from __future__ import annotations

from approvals.models import Pack


def newer_than(pack: Pack) -> Pack | None:
    """The newest issued pack of the same release, run or period; None where this is the newest."""
    later = pack.alike().filter(version__gt=pack.version, issued_at__isnull=False)
    return later.order_by("-version").first()


def superseding(zip_digest: str) -> Pack | None:
    """The newest pack of the same thing as the one with these bytes, told only to who holds them.

    `zip_digest` is `sha256:…` of the whole file; None where no pack has these bytes or none is newer.
    """
    own = Pack.objects.filter(blob=zip_digest).first() if zip_digest else None
    return None if own is None else newer_than(own)

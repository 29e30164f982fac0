"""The three things a printed document is made of, and the ways from one record to the next.

Reads no database and no clock. A digest that leads nowhere stops the pack: nothing is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evidence.errors import PackIncomplete
from evidence.names import record_type

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One line of a release manifest with the record it names."""

    slot: str
    key: str
    digest: str
    body: Body


@dataclass(frozen=True)
class Papers:
    """`record.json`, `pack.json` and the parsed records by digest."""

    record: Body
    pack: Body
    records: Mapping[str, Body]

    def body(self, digest: str, named_in: str) -> Body:
        """The record of a digest; `PackIncomplete` says where it was named."""
        if digest not in self.records:
            raise PackIncomplete(f"{digest} is missing: {named_in} names it.", pointer=digest)
        return self.records[digest]

    @property
    def release(self) -> Body:
        """The release as record.json states it."""
        found: Body = self.record["release"]
        return found

    @cached_property
    def manifest_digest(self) -> str:
        """Digest of the newest revision's release manifest."""
        newest = max(self.record["revisions"], key=lambda revision: int(revision["number"]))
        return str(newest["manifest"])

    @cached_property
    def manifest(self) -> Body:
        """The newest revision's release manifest."""
        return self.body(self.manifest_digest, "the newest revision")

    @cached_property
    def scope(self) -> Body:
        """What the release is for."""
        return next(entry.body for entry in self.entries("scope"))

    def entries(self, section: str, slot: str | None = None) -> Iterator[Entry]:
        """Lines of a section of the release manifest, in its order, with their records; none without one."""
        if not self.record.get("revisions"):
            return
        for entry in self.manifest["sections"].get(section, []):
            if slot is None or entry["slot"] == slot:
                body = self.body(entry["digest"], f"section {section} of the release manifest")
                yield Entry(entry["slot"], entry["id"], entry["digest"], body)

    def of_type(self, name: str) -> Iterator[tuple[str, Body]]:
        """All records of a type with their digests, in the order of the digests."""
        wanted = record_type(name)
        for digest in sorted(self.records):
            if self.records[digest].get("type") == wanted:
                yield digest, self.records[digest]

    @cached_property
    def signatures(self) -> list[Body]:
        """All signatures, oldest first."""
        return sorted(self.record.get("signatures", []), key=lambda one: (one["signed_at"], one["id"]))

    @cached_property
    def shown(self) -> tuple[Body, Body] | None:
        """The newest signature and the decision view it was given on."""
        if not self.signatures:
            return None
        newest = self.signatures[-1]
        return newest, self.body(newest["view"], f"signature {newest['id']}")

    @cached_property
    def printed_names(self) -> Mapping[str, str]:
        """Printed names of everybody who signed or for whom it was signed, by person id."""
        named = [one["for"] for one in self.signatures if one.get("for")]
        absent = {str(one["id"]): str(one["printed_name"]) for one in named}
        return absent | {str(one["signer"]): str(one["printed_name"]) for one in self.signatures}

    def person(self, value: Body) -> str:
        """A person as the records name one: `Noor Haddad (noor)` if they signed, else the account."""
        account = str(value.get("account", ""))
        name = self.printed_names.get(str(value.get("id", "")))
        return f"{name} ({account})" if name else account

    @property
    def digest(self) -> str:
        """Digest of record.json."""
        return str(self.pack["record"])

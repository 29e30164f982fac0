"""Who makes a request: a user, by a session or through a token, and what that means for rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from evidence.actors import Actor, Channel
from registry.models.access import ApiToken, User


@dataclass(frozen=True)
class Principal:
    """A signed-in user and, where one was used, the token."""

    user: User
    token: ApiToken | None = None
    channel: Channel = Channel.UI
    request_id: str = ""
    session: str = field(default="", repr=False)
    """Hash of the session's key; empty for a token and at the command line. Nothing that is kept holds it."""

    @property
    def actor(self) -> Actor:
        """The same, as the ledger writes it."""
        return Actor(
            id=str(self.user.pk),
            name=self.user.printed_name,
            channel=self.channel,
            request_id=self.request_id,
        )

    @property
    def persons(self) -> list[str]:
        """Ids of the natural persons behind this request, for rules of separation.

        A service account resolves to the person answerable for it, a token also to who issued it.
        """
        found = {str(self.user.pk) if self.user.is_person else str(self.user.answerable_id)}
        if self.token is not None:
            found.add(str(self.token.issued_by_id))
        return sorted(found)

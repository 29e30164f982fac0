"""The authenticator of a person in a walkthrough: a code for each time step, and no code twice."""

from dataclasses import dataclass
from datetime import UTC, datetime

from registry.access import totp


@dataclass
class Authenticator:
    """A secret as its page shows it."""

    secret: str
    last: int = 0

    def code(self) -> str:
        """The code of this step, or of the next one that was not used."""
        self.last = max(totp.step_of(datetime.now(UTC)), self.last + 1)
        return totp.code_at(self.secret, self.last)

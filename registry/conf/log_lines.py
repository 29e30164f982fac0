"""Log lines without secrets: an address that holds one is written without it."""

import logging
import re
from typing import Final

_SECRET: Final = re.compile(r"(/invitations/[^/\s]+/|/password/reset/key/)[^/\s?]+")


class WithoutSecrets(logging.Filter):
    """Cuts the secret of invitation and password links out of every line."""

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        cut = _SECRET.sub(r"\1[secret]", line)
        if cut != line:
            record.msg, record.args = cut, ()
        return True

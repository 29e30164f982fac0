"""Packs sent for a check: bytes stream to a private file, bounded before the first one is read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from typing import IO, Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from rest_framework.parsers import BaseParser, DataAndFiles, MultiPartParser

from evidence.errors import BenchsealError
from registry.conf.exceptions import TITLES

FIELD: Final = "pack"
CHUNK: Final = 1024 * 1024
LARGEST: Final = 4 * 1024**3
"""Bytes of one pack that is checked here; larger ones are checked on the command line."""
LARGEST_OF_STRANGERS: Final = 256 * 1024**2
"""The same for nobody signed in: who has no account cannot fill the disk."""


class LengthRequired(BenchsealError):
    """An upload says in advance how many bytes come."""

    code = "length_required"
    status = 411
    title = TITLES[411]


class PackTooLarge(BenchsealError):
    """More bytes than a page or the API checks."""

    code = "upload_too_large"
    status = 413
    title = TITLES[413]


def check_announced(length: str, *, largest: int = LARGEST) -> None:
    """`LengthRequired` or `PackTooLarge`, before anything is read; a server reads no byte beyond it."""
    if not (length.isascii() and length.isdigit()) or len(length) > 18:
        raise LengthRequired(
            "The request does not say how many bytes come.", next_step="Send a Content-Length header."
        )
    if int(length) > largest:
        raise PackTooLarge(
            f"At most {largest} bytes are checked here, {length} were announced.",
            next_step="Check the pack on your own computer: benchseal pack verify FILE.",
        )


class StagingHandler(FileUploadHandler):
    """Writes each file of a form below the staging folder; never into memory."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.staged = staging_file()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.staged.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[bytes]:
        return uploaded(self.staged, file_size)

    def upload_interrupted(self) -> None:
        if hasattr(self, "staged"):
            self.staged.close()


class ZipParser(BaseParser):
    """The body is the pack."""

    media_type = "application/zip"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> DataAndFiles[Any, Any]:
        target, size = staging_file(), 0
        while chunk := stream.read(CHUNK):
            target.write(chunk)
            size += len(chunk)
        files = MultiValueDict({FIELD: [uploaded(target, size)]})
        return DataAndFiles(QueryDict(), files)


class BinaryParser(ZipParser):
    """The same under the name that clients use for any bytes."""

    media_type = "application/octet-stream"


PARSERS: Final = [ZipParser, BinaryParser, MultiPartParser]


def staging_file() -> IO[bytes]:
    """A private file that is gone when it is closed."""
    settings.STAGING_DIR.mkdir(parents=True, exist_ok=True)
    return tempfile.NamedTemporaryFile(dir=settings.STAGING_DIR, prefix="verify-")


def uploaded(file: IO[bytes], size: int) -> UploadedFile[bytes]:
    """The finished file, read from its beginning."""
    file.flush()
    file.seek(os.SEEK_SET)
    return UploadedFile(file=file, name="pack.zip", size=size)

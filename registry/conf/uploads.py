"""What happens to a file in a form: nothing of it is read, unless the view has set a place for it before."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload


class NoFiles(FileUploadHandler):
    """Stops at the first file: else anybody fills the disk at any form, before a view is asked."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called: no file begins."""

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:
        return None

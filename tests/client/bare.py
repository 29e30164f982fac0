# mypy: disable-error-code="no-untyped-call"
# pyHanko's writer is typed in part.
"""What a false builder does: it checks nothing, and its document is an empty page."""

from collections.abc import Mapping
from io import BytesIO

from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter


def nothing(*facts: object) -> dict[str, str]:
    """A check that never finds anything."""
    return {}


def bare_document(html: str, *, attachments: Mapping[str, bytes], **options: object) -> bytes:
    """An empty page that carries the same files."""
    document = PdfFileWriter()
    page = document.add_object(generic.StreamObject(stream_data=b""))
    document.insert_page(PageObject(contents=page, media_box=(0, 0, 595, 842)))
    for name, body in attachments.items():
        stream = embed.EmbeddedFileObject.from_file_data(document, body)
        embed.embed_file(document, embed.FileSpec(name, file_name=name, embedded_data=stream))
    result = BytesIO()
    document.write(result)
    return result.getvalue()

# mypy: disable-error-code="no-untyped-call"
# pyHanko's writer is typed in part.
"""What is put after the signed part of a document is found, unless it is a proof of time."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from benchseal.verify.report import Flaw
from benchseal.verify.revisions import refuse_changes
from django.test import override_settings
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from evidence import clock
from evidence.document_levels import Level
from evidence.pades import sign_pdf
from tests.evidence.test_pades import plain

__all__ = ["plain"]

Writer = IncrementalPdfFileWriter


@pytest.fixture(scope="module", params=["B-LTA", "B-T"])
def signed(request: pytest.FixtureRequest, plain: bytes, key_folder: Path) -> bytes:
    level: Level = request.param
    with override_settings(KEYS_DIR=key_folder):
        return sign_pdf(plain, reason="Issued by the operator", signed_at=clock.now(), level=level)


def judge(pdf: bytes) -> None:
    reader = PdfFileReader(BytesIO(pdf))
    refuse_changes(reader, reader.embedded_regular_signatures[0].signed_revision)


def first_page(writer: Writer) -> generic.DictionaryObject:
    page: generic.DictionaryObject = writer.root["/Pages"]["/Kids"][0]
    return page


def other_words(writer: Writer) -> None:
    """The page shows another stream."""
    page = first_page(writer)
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT (Approved) Tj ET"))
    writer.update_container(page)


def same_stream_with_other_words(writer: Writer) -> None:
    stream = first_page(writer)["/Contents"]
    stream._data = b"BT (Approved) Tj ET"
    stream._encoded_data = None
    writer.update_container(stream)


def note_over_the_page(writer: Writer) -> None:
    page = first_page(writer)
    square = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Square"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 600, 800))),
        }
    )
    page["/Annots"] = generic.ArrayObject([*page.get("/Annots", []), writer.add_object(square)])
    writer.update_container(page)


def fewer_pages(writer: Writer) -> None:
    pages = writer.root["/Pages"]
    pages["/Kids"] = generic.ArrayObject([pages["/Kids"].raw_get(0)])
    pages["/Count"] = generic.NumberObject(1)
    writer.update_container(pages)


def other_attachments(writer: Writer) -> None:
    writer.root["/Names"] = generic.DictionaryObject()
    writer.update_root()


def an_action(writer: Writer) -> None:
    writer.root["/OpenAction"] = generic.DictionaryObject()
    writer.update_root()


def other_title(writer: Writer) -> None:
    info = writer.prev.trailer["/Info"]
    info["/Title"] = generic.TextStringObject("Another")
    writer.update_container(info)


@pytest.mark.parametrize(
    "change",
    [
        other_words,
        same_stream_with_other_words,
        note_over_the_page,
        fewer_pages,
        other_attachments,
        an_action,
        other_title,
    ],
)
def test_every_other_change_is_found(signed: bytes, change: Callable[[Writer], None]) -> None:
    writer = Writer(BytesIO(signed))
    change(writer)
    changed = BytesIO()
    writer.write(changed)
    with pytest.raises(Flaw, match="after it was signed"):
        judge(changed.getvalue())


def test_proofs_of_time_are_no_change(signed: bytes) -> None:
    judge(signed)

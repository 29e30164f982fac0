"""What follows the signed part of a PDF: proofs of time alone, and nothing that anybody sees or reads.

pyHanko's own comparison walks the whole structure of a tagged document, which takes half a minute for twenty
pages; the few objects that an update replaces are all that can differ.
"""

from io import BytesIO
from typing import Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader

from benchseal.verify.pack import DOCUMENT
from benchseal.verify.report import Flaw

MOST_REVISIONS: Final = 10
PROOFS: Final = frozenset({"/DSS", "/Extensions"})
DATES: Final = frozenset({"/ModDate", "/Producer"})
NOWHERE: Final = [0, 0, 0, 0]

Dictionary = generic.DictionaryObject


def refuse_changes(reader: PdfFileReader, signed: int) -> None:
    """Raises ``Flaw`` where a revision after ``signed`` changes, hides or replaces what was signed."""
    last = reader.xrefs.total_revisions
    if last > MOST_REVISIONS:
        raise Flaw(f"{DOCUMENT} has {last} revisions.")
    known = {
        ref for revision in range(signed + 1) for ref in reader.xrefs.explicit_refs_in_revision(revision)
    }
    root = reader.trailer.flatten(signed).raw_get("/Root")
    for revision in range(signed + 1, last):
        if _written(reader.trailer.flatten(revision).raw_get("/Root")) != _written(root):
            raise Flaw(f"{DOCUMENT} was given another beginning after it was signed.")
        if reader.xrefs.refs_freed_in_revision(revision):
            raise Flaw(f"{DOCUMENT} lost parts after it was signed.")
        before, after = (reader.get_historical_resolver(one) for one in (signed, revision))
        for ref in reader.xrefs.explicit_refs_in_revision(revision) & known:
            _refuse_change(ref, before, after)


def _refuse_change(ref: generic.Reference, before: HistoricalResolver, after: HistoricalResolver) -> None:
    old, new = before.get_object(ref), after.get_object(ref)
    if not isinstance(old, Dictionary) or not isinstance(new, Dictionary):
        raise _changed(ref)
    may_differ = _may_differ(ref, before)
    for key in old.keys() | new.keys():
        if key not in may_differ and _member(old, key) != _member(new, key):
            raise _changed(ref)
    if may_differ & {"/Fields", "/Annots"}:
        (key,) = may_differ & {"/Fields", "/Annots"}
        _refuse_visible(ref, old, new, key, after)
    if isinstance(old, generic.StreamObject) and _type(old) != "/Metadata":
        raise _changed(ref)


def _may_differ(ref: generic.Reference, before: HistoricalResolver) -> frozenset[str]:
    """Keys of a signed object that proofs of time change: of catalog, form, page, dates and description."""
    root = before.root
    if ref == before.root_ref:
        return PROOFS
    if ref == _reference(root, "/AcroForm"):
        return frozenset({"/Fields"})
    if ref == _reference(before.trailer_view, "/Info"):
        return DATES
    if ref == _reference(root, "/Metadata"):
        return frozenset({"/Length", "/Filter"})
    return frozenset({"/Annots"}) if _type(before.get_object(ref)) == "/Page" else frozenset()


def _refuse_visible(
    ref: generic.Reference, old: Dictionary, new: Dictionary, key: str, after: HistoricalResolver
) -> None:
    """What a list gained are fields of document time stamps, which show nothing."""
    was, now = (_items(holder, key) for holder in (old, new))
    if [_written(one) for one in now[: len(was)]] != [_written(one) for one in was]:
        raise _changed(ref)
    for added in now[len(was) :]:
        field = after.get_object(added.reference) if isinstance(added, generic.IndirectObject) else added
        if not isinstance(field, Dictionary) or not _shows_nothing(field):
            raise _changed(ref)


def _items(holder: Dictionary, key: str) -> list[generic.PdfObject]:
    array = _followed(holder, key)
    return (
        [array.raw_get(place) for place in range(len(array))]
        if isinstance(array, generic.ArrayObject)
        else []
    )


def _shows_nothing(field: Dictionary) -> bool:
    stamp = _followed(field, "/V")
    is_stamp = isinstance(stamp, Dictionary) and _type(stamp) == "/DocTimeStamp"
    return is_stamp and "/AP" not in field and list(field["/Rect"]) == NOWHERE


def _followed(holder: Dictionary, key: str) -> generic.PdfObject | None:
    """Reading by [] follows a reference to an object elsewhere in the file; .get() does not."""
    if key not in holder:
        return None
    found: generic.PdfObject = holder[key]
    return found


def _reference(holder: Dictionary, key: str) -> generic.Reference | None:
    value = holder.raw_get(key) if key in holder else None
    return value.reference if isinstance(value, generic.IndirectObject) else None


def _member(holder: Dictionary, key: str) -> bytes:
    return _written(holder.raw_get(key)) if key in holder else b""


def _type(holder: Dictionary) -> str:
    return str(_followed(holder, "/Type"))


def _written(value: generic.PdfObject) -> bytes:
    """Objects of two revisions compare as what they are in a file."""
    stream = BytesIO()
    value.write_to_stream(stream, None)
    return stream.getvalue()


def _changed(ref: generic.Reference) -> Flaw:
    return Flaw(f"{DOCUMENT} was changed after it was signed: object {ref.idnum}.")

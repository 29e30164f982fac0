"""The seal: one signature over the list of every file; it vouches for nothing it does not name."""

from typing import Final

from benchseal.verify import bag
from benchseal.verify.dsse import Statement, open_envelope
from benchseal.verify.keys import PackKey, fingerprint, named_key
from benchseal.verify.pack import NAMESPACE, SEAL, SEAL_TIME, TAG_MANIFEST, Pack
from benchseal.verify.report import Check, Flaw, Item

AFTER_SEAL: Final = (SEAL, SEAL_TIME, TAG_MANIFEST)

SIGNATURE = Check(
    "seal",
    SEAL,
    "The list of all files was signed with the key that seals packs; whose key it is, the item "
    "'issued by' says.",
    "The seal was not made with the key the pack names. Nothing in the pack is vouched for.",
)
SUBJECTS = Check(
    "seal",
    "sealed files",
    "The pack holds exactly the files that were sealed.",
    "The pack does not hold exactly the files that were sealed.",
)
PREDICATE = Check(
    "seal",
    "data/pack.json",
    "The seal belongs to this pack and this version of it.",
    "The seal was made for another pack or states something else than this pack does.",
)


def check(pack: Pack) -> list[Item]:
    """Signature, list of files and statement of the seal."""
    try:
        sealed = _opened(pack)
    except Flaw as flaw:
        return [SIGNATURE.bad(str(flaw))]
    present = {path: file for path, file in pack.files.items() if path not in AFTER_SEAL}
    return [
        SIGNATURE.ok(f"Signed with the key {sealed.key_id}."),
        *SUBJECTS.faults_or_ok(
            bag.compare(SUBJECTS, sealed.subjects, present), f"{len(sealed.subjects)} files are sealed."
        ),
        _predicate(pack, sealed),
    ]


def _opened(pack: Pack) -> Statement:
    path = "data/keys/pack.pem"
    key_id, public = fingerprint(pack.read(path), path)
    if key_id != named_key(pack, "pack"):
        raise Flaw(f"{path} is not the key data/pack.json names.")
    key = PackKey(key_id, "pack", "", None, public, None)
    return open_envelope(pack.read(SEAL), {key_id: key}, SEAL)


def _predicate(pack: Pack, sealed: Statement) -> Item:
    if sealed.predicate_type != f"{NAMESPACE}/pack/v1":
        return PREDICATE.bad(f"The statement of the seal is of type {sealed.predicate_type[:200]}.")
    if sealed.predicate != pack.facts:
        return PREDICATE.bad("The seal states something else than data/pack.json.")
    return PREDICATE.ok("The seal states what data/pack.json says.")

"""The bag and its two lists (BagIt 1.0, RFC 8493): exactly these files, none more, none less."""

import re
from collections.abc import Mapping
from typing import Final

from benchseal.verify.archive import Found
from benchseal.verify.pack import MANIFEST, TAG_MANIFEST, Pack
from benchseal.verify.report import Check, Flaw, Item

DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
LINE: Final = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._/-]+)\Z")

DATA = Check(
    "bag",
    MANIFEST,
    "The files of the evidence are complete and unchanged, and no file was added.",
    "A file of the evidence was changed, removed or added after the pack was made.",
)
TAGS = Check(
    "bag",
    TAG_MANIFEST,
    "The files beside the evidence are complete and unchanged, and no file was added.",
    "A file beside the evidence was changed, removed or added after the pack was made.",
)
LABEL = Check(
    "bag",
    "bag-info.txt",
    "The label of the pack states its number of files and bytes correctly.",
    "The label of the pack does not fit what is inside.",
)


def check(pack: Pack) -> list[Item]:
    """Both manifests, the declaration and the label."""
    data = {path: file for path, file in pack.files.items() if path.startswith("data/")}
    tags = {path: file for path, file in pack.files.items() if path not in data and path != TAG_MANIFEST}
    return [*_check_list(pack, DATA, data), *_check_list(pack, TAGS, tags), *_check_label(pack, data)]


def compare(check: Check, stated: Mapping[str, str], found: Mapping[str, Found]) -> list[Item]:
    """One fault for each path that is missing, added or changed; ``stated`` are hex digests."""
    faults = []
    for path in sorted(stated.keys() | found.keys()):
        named = check.named(path)
        if path not in found:
            faults.append(named.missing(f"{path} is listed in {check.name} and is not in the pack."))
        elif path not in stated:
            faults.append(named.bad(f"{path} is in the pack and {check.name} does not list it."))
        elif stated[path] != found[path].hex:
            reason = f"{path} has the SHA-256 {found[path].hex}, {check.name} states {stated[path]}."
            faults.append(named.bad(reason))
    return faults


def _check_list(pack: Pack, check: Check, covered: Mapping[str, Found]) -> list[Item]:
    try:
        stated = _stated(pack.read(check.name), check.name)
    except Flaw as flaw:
        return [check.bad(str(flaw))]
    return check.faults_or_ok(
        compare(check, stated, covered), f"{len(stated)} files are as the list states, and no other is there."
    )


def _stated(data: bytes, name: str) -> dict[str, str]:
    stated: dict[str, str] = {}
    before = ""
    lines = data.decode("utf-8", errors="replace").split("\n")
    if lines.pop():
        raise Flaw(f"{name} does not end with a line break.")
    for line in lines:
        match = LINE.match(line)
        if match is None or match[2] <= before:
            raise Flaw(f"{name} has a line that has not its form, is out of order or occurs twice.")
        stated[match[2]] = match[1]
        before = match[2]
    return stated


def _check_label(pack: Pack, data: Mapping[str, Found]) -> list[Item]:
    octets = sum(file.size for file in data.values())
    expected = {"Payload-Oxum": f"{octets}.{len(data)}", "External-Identifier": pack.archive.top}
    try:
        if pack.read("bagit.txt") != DECLARATION:
            return [LABEL.named("bagit.txt").bad("bagit.txt does not declare BagIt 1.0 in UTF-8.")]
        stated = _label(pack.read("bag-info.txt"))
    except Flaw as flaw:
        return [LABEL.bad(str(flaw))]
    faults = [
        LABEL.bad(f"bag-info.txt states {key} {stated.get(key)}, it is {value}.")
        for key, value in expected.items()
        if stated.get(key) != value
    ]
    return LABEL.faults_or_ok(faults, f"{len(data)} files of {octets} bytes lie below data/.")


def _label(data: bytes) -> dict[str, str]:
    lines = data.decode("utf-8", errors="replace").splitlines()
    return {key: value for key, _, value in (line.partition(": ") for line in lines)}

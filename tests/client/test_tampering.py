"""Whatever is changed in a genuine pack, the verifier finds it, names it and never raises."""

import asyncio
import random
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from benchseal.verify import Report, State, Trust, Verdict, verify

from tests.client import made_pack
from tests.client.made_pack import HUMAN_ID, keys_of
from tests.client.zips import packed

pytestmark = pytest.mark.thorough

Files = dict[str, bytes]


@pytest.fixture(scope="session")
def trust(key_folder: Path) -> Trust:
    return Trust.of_list(keys_of(key_folder), "benchseal-keys.json")


def checked(files: Files | bytes, trust: Trust | None) -> Report:
    return verify(BytesIO(packed(files) if isinstance(files, dict) else files), trust=trust)


def says(report: Report, words: str) -> bool:
    """Whether a fault names these words."""
    return any(words in f"{item.name} {item.reason}" for item in report.faults)


def test_a_genuine_pack_is_genuine_against_the_published_list(pack_bytes: bytes, trust: Trust) -> None:
    report = checked(pack_bytes, trust)
    assert [item for item in report.items if item.state is not State.OK] == []
    assert (report.verdict, report.exit_code) == (Verdict.GENUINE, 0)
    assert (report.pack.human_id, report.pack.release) == (HUMAN_ID, "HARBOR-REL-2026-0001")


def test_a_genuine_pack_is_genuine_from_a_path(pack_bytes: bytes, trust: Trust, tmp_path: Path) -> None:
    path = tmp_path / "alone" / "pack.zip"
    path.parent.mkdir()
    path.write_bytes(pack_bytes)
    assert verify(path, trust=trust).verdict is Verdict.GENUINE
    assert list(path.parent.iterdir()) == [path]


def test_a_genuine_pack_is_genuine_where_an_event_loop_runs(pack_bytes: bytes, trust: Trust) -> None:
    async def in_a_notebook() -> Report:
        return checked(pack_bytes, trust)

    assert asyncio.run(in_a_notebook()).verdict is Verdict.GENUINE


def test_a_grouped_fingerprint_is_enough(pack_bytes: bytes, trust: Trust) -> None:
    key = next(key.key_id for key in trust.listed.values() if key.use == "pack")
    grouped = " ".join(re.findall("....", key.upper()))
    assert checked(pack_bytes, Trust.read(grouped)).verdict is Verdict.GENUINE


def test_without_a_trusted_key_the_origin_is_not_proved(pack_bytes: bytes) -> None:
    report = checked(pack_bytes, None)
    assert (report.verdict, report.exit_code) == (Verdict.ORIGIN_NOT_PROVED, 2)
    assert [item.name for item in report.items if item.state is not State.OK] == ["issued by"]


def test_an_item_says_what_it_means_to_a_reader(pack_bytes: bytes) -> None:
    for item in checked(pack_bytes, None).items:
        assert item.meaning.endswith(".")
        assert item.reason.endswith(".")


def test_one_file_in_place_of_another_is_found(pack_files: Files, trust: Trust) -> None:
    records = [name for name in pack_files if "/data/records/" in name]
    swapped = {**pack_files, records[0]: pack_files[records[1]], records[1]: pack_files[records[0]]}
    assert says(checked(swapped, trust), records[0].partition("/")[2])


def test_a_flipped_byte_anywhere_in_the_zip_is_found(pack_bytes: bytes, trust: Trust) -> None:
    chance = random.Random(20261122)
    directory = pack_bytes.index(b"PK\x01\x02")
    places = [chance.randrange(len(pack_bytes)) for _ in range(60)]
    places += [chance.randrange(directory, len(pack_bytes)) for _ in range(60)]
    for place in places:
        spoilt = bytearray(pack_bytes)
        spoilt[place] ^= 1 << chance.randrange(8)
        assert checked(bytes(spoilt), trust).verdict is Verdict.BROKEN, place


def test_a_pack_cut_off_anywhere_is_broken(pack_bytes: bytes, trust: Trust) -> None:
    for size in range(0, len(pack_bytes), len(pack_bytes) // 40):
        assert checked(pack_bytes[:size], trust).verdict is Verdict.BROKEN


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [(b"#!", b"", "list of files"), (b"", b"\n", "bytes were appended"), (b"", b"PK" * 40, "cut off")],
)
def test_bytes_around_the_zip_are_found(
    pack_bytes: bytes, trust: Trust, before: bytes, after: bytes, words: str
) -> None:
    report = checked(before + pack_bytes + after, trust)
    assert report.verdict is Verdict.BROKEN
    assert says(report, words)


def test_a_pack_by_another_key_is_intact_but_not_issued_by_the_operator(
    stranger_keys: Path, sealed_with: Callable[..., Files], trust: Trust
) -> None:
    forged = sealed_with(stranger_keys)[""]
    assert checked(forged, None).verdict is Verdict.ORIGIN_NOT_PROVED
    report = checked(forged, trust)
    assert (report.verdict, report.exit_code) == (Verdict.BROKEN, 1)
    assert [item.name for item in report.faults] == ["issued by"]
    assert "not issued under" in report.faults[0].reason
    assert checked(forged, Trust.of_list(keys_of(stranger_keys), "theirs")).verdict is Verdict.GENUINE


def test_a_revoked_key_and_one_no_longer_in_use_are_refused(pack_bytes: bytes, key_folder: Path) -> None:
    listed = keys_of(key_folder).decode()
    revoked = Trust.of_list(listed.replace('"active"', '"revoked"').encode(), "list")
    assert says(checked(pack_bytes, revoked), "was revoked")
    ended = listed.replace('"valid_to":null', '"valid_to":"2026-11-01T00:00:00.000000Z"')
    assert says(checked(pack_bytes, Trust.of_list(ended.encode(), "list")), "no longer in use")


def test_a_seal_over_other_files_is_found_though_both_bag_manifests_fit(
    pack_files: Files, trust: Trust
) -> None:
    """Manifests are not signed: who writes them anew is caught by the seal."""
    name = f"{HUMAN_ID}/VERIFY.md"
    spoilt = {**pack_files, name: pack_files[name] + b"x"}
    report = checked(made_pack.with_manifests(spoilt), trust)
    assert {(item.section, item.name) for item in report.faults} == {("seal", "VERIFY.md")}

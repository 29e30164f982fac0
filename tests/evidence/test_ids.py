import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.ids import uuid7


def test_the_vector_of_rfc_9562_appendix_a_6() -> None:
    made = uuid7(0x017F22E279B0, entropy=0xCC3 << 62 | 0x18C4DC0C0C07398F)
    assert made == uuid.UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")


@given(st.integers(0, (1 << 48) - 1))
def test_version_variant_and_time_are_in_place(milliseconds: int) -> None:
    made = uuid7(milliseconds)
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == milliseconds


@given(st.integers(0, (1 << 48) - 2))
def test_a_later_millisecond_sorts_later(milliseconds: int) -> None:
    assert uuid7(milliseconds) < uuid7(milliseconds + 1)
    assert str(uuid7(milliseconds)) < str(uuid7(milliseconds + 1))


def test_ids_of_one_millisecond_differ() -> None:
    assert len({uuid7(1) for _ in range(1000)}) == 1000


def test_without_a_time_the_clock_is_read() -> None:
    first, second = uuid7(), uuid7()
    assert first != second
    assert second.int >> 80 >= first.int >> 80


@pytest.mark.parametrize("milliseconds", [-1, 1 << 48])
def test_a_time_outside_48_bits_is_refused(milliseconds: int) -> None:
    with pytest.raises(ValueError, match="48 bits"):
        uuid7(milliseconds)


def test_ids_of_one_process_strictly_increase() -> None:
    made = [uuid7() for _ in range(10_000)]
    assert made == sorted(set(made))

"""Pages ask a fixed number of queries, however much they show."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals import linking, releases
from approvals.models import Release
from tests.approvals.pages.conftest import Hall
from tests.releases import draft, link_all, reread, sign, submitted
from tests.world import World, admit_run

pytestmark = pytest.mark.django_db

Count = Callable[[str, str], int]


@pytest.fixture
def count(hall: Hall) -> Count:
    def counted(account: str, url: str) -> int:
        hall.get(account, url)
        with CaptureQueriesContext(connection) as queries:
            assert hall.get(account, url).status == 200
        return len(queries)

    return counted


@pytest.fixture
def more(world: World) -> Callable[[Release], Release]:
    """A second release in the same place, submitted too."""

    def make(first: Release) -> Release:
        release = draft(world, deployment=first.deployment)
        link_all(world, release)
        releases.submit(release, principal=world.engineer)
        return reread(release)

    return make


def test_lists_and_queue_ask_the_same_for_one_release_and_for_many(
    world: World, count: Count, more: Callable[[Release], Release]
) -> None:
    first = submitted(world)
    urls = [("ruth", "/queue/"), ("ines", "/queue/"), ("ines", "/releases/"), ("ines", "/packs/")]
    before = [count(*one) for one in urls]
    for _ in range(2):
        more(first)
    assert [count(*one) for one in urls] == before
    assert max(before[2:]) <= 8
    assert max(before[:2]) <= 20


def test_a_decision_asks_the_same_for_one_run_and_for_many(
    world: World, count: Count, more: Callable[[Release], Release]
) -> None:
    release = submitted(world)
    url = f"/releases/{release.human_id}/"
    before = count("ruth", url)
    wide = draft(world, deployment=release.deployment)
    link_all(world, wide)
    for k in (350, 356):
        linking.link(wide, admit_run(world, k=k), slot="private_evaluation", principal=world.engineer)
    releases.submit(wide, principal=world.engineer)
    sign(world, wide, "1")
    assert count("ruth", f"/releases/{wide.human_id}/") <= before + 1
    assert before <= 60

from pathlib import Path

import pytest

from capstone_assets.matching.overrides import InvalidOverridesError
from capstone_assets.orchestration.resources.overrides import OverridesResource
from capstone_assets_tests.matching.catalog import overrides_file


def test_the_named_file_counts_and_not_the_reviews(tmp_path: Path):
    (tmp_path / "review").mkdir()
    named = overrides_file(tmp_path, "1,2,link,Ada,2026-03-31,yes")
    review = overrides_file(tmp_path / "review", "3,4,link,Bob,2026-04-01,yes")

    both = OverridesResource(path=str(named), review_file=str(review))

    assert [each.film_id for each in both.read()] == [1]
    assert [each.film_id for each in OverridesResource(review_file=str(review)).read()] == [3]


def test_only_a_review_may_not_have_been_written_yet(tmp_path: Path):
    missing = str(tmp_path / "overrides.csv")

    assert OverridesResource(review_file=missing).read() == ()
    assert OverridesResource().read() == ()
    with pytest.raises((InvalidOverridesError, FileNotFoundError)):
        OverridesResource(path=missing).read()

"""Settings that cannot be used, and those that production has."""

import pytest

from capstone_assets.ingest.errors import (
    IngestSettingsError,
)
from capstone_assets.ingest.settings import (
    RateLimit,
    RetrySettings,
    discogs_settings,
    tmdb_settings,
)
from capstone_assets_tests.ingest.conftest import (
    TOKEN,
)


def test_the_pauses_outlast_the_window_of_discogs():
    for _ in range(50):
        pauses = list(RetrySettings().pauses())
        assert sum(pauses) > 61
        assert max(pauses) <= 30 * 1.25


@pytest.mark.parametrize("token", ["", " ", "two words", "line\nbreak", "täglich"])
def test_a_token_that_no_header_can_carry_is_refused_unseen(token: str):
    with pytest.raises(IngestSettingsError) as raised:
        discogs_settings(token)

    assert not token.strip() or token not in str(raised.value)


@pytest.mark.parametrize("url", ["api.example.org", "ftp://x", "https://me:pw@x", "http://x?key=1"])
def test_a_base_url_that_cannot_be_used_or_has_a_secret_in_it_is_refused(url: str):
    with pytest.raises(IngestSettingsError, match="must look like"):
        tmdb_settings(TOKEN, url)


@pytest.mark.parametrize("wrong", [{"requests": 0}, {"window_seconds": 0}])
def test_a_limit_that_allows_nothing_is_refused(wrong: dict[str, float]):
    with pytest.raises(IngestSettingsError):
        RateLimit(**{"requests": 1, "window_seconds": 1.0} | wrong)  # type: ignore[arg-type]

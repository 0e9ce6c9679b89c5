"""Whole loads against the emulator as it is: its limits kept, its answers going wrong.

The pace of the limits is scaled, which keeps the ratios: so many requests a window, and a share of
the rate that is allowed.
"""

import json
import math
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from capstone_assets.emulator.catalogs.catalog import Catalog
from capstone_assets.emulator.faults import read_faults
from capstone_assets.emulator.server import running_emulator
from capstone_assets.ingest.errors import IngestError
from capstone_assets.ingest.landing import Landing, PageStore
from capstone_assets.ingest.loads import land_movie_details, land_movies, land_soundtracks
from capstone_assets.ingest.rows import movie_detail_rows, movie_rows, release_rows
from capstone_assets.ingest.settings import (
    ApiSettings,
    LandingOptions,
    RateLimit,
    discogs_settings,
    tmdb_settings,
)
from capstone_assets_tests.emulator.asking import write_catalog
from capstone_assets_tests.ingest.conftest import (
    FILMS_OF_1999,
    IMPATIENT,
    TOKEN,
    Serve,
    film,
    ids,
    release,
    serving,
)

LATENCY_MS = 20
SHARE_OF_THE_RATE = 0.95
# A short load is as fast as a busy machine allows.
SHARE_OF_THE_RATE_AT_LEAST = 0.5
MOST_OVER_THE_MINIMUM = 1.05


def faster(settings: ApiSettings, scale: float) -> ApiSettings:
    """The settings of production for an emulator whose limits' time passes so much faster."""
    assert settings.limit
    limit = replace(settings.limit, window_seconds=settings.limit.window_seconds / scale)
    return replace(settings, limit=limit)


def allowed(limit: RateLimit | None) -> float:
    assert limit
    return limit.requests / limit.window_seconds


def rows_by_year(count: int, years: list[str]) -> dict[str, list[int]]:
    """Ids from 1 to `count`, of years that have ever more of them."""
    found: dict[str, list[int]] = {year: [] for year in years}
    for number in range(1, count + 1):
        place = int(math.sqrt(number / (count + 1)) * len(years))
        found[years[place]].append(number)
    return found


def pages(by_year: dict[str, list[int]], rows_a_page: int) -> int:
    return sum(math.ceil(len(each) / rows_a_page) for each in by_year.values())


@pytest.mark.parametrize(
    ("films", "share"),
    [
        (400, SHARE_OF_THE_RATE_AT_LEAST),
        pytest.param(10_000, SHARE_OF_THE_RATE, marks=pytest.mark.slow),
    ],
)
def test_tmdb_is_asked_at_its_rate_never_too_fast_and_no_more_than_needed(
    films: int, share: float, tmp_path: Path, store: PageStore
):
    by_year = rows_by_year(films, [str(year) for year in range(2000, 2010)])
    rows = [film(number, f"{year}-05-01") for year, each in by_year.items() for number in each]
    catalog = write_catalog(tmp_path / "catalog", films=rows)

    with running_emulator(catalog, enforce_limits=True, latency_ms=LATENCY_MS) as url:
        settings = tmdb_settings(TOKEN, f"{url}/3")
        began = time.monotonic()
        movies = land_movies(settings, store, list(by_year))
        details = land_movie_details(settings, store, by_year)
        seconds = time.monotonic() - began

    made = movies.requests.made + details.requests.made
    report("tmdb", made, pages(by_year, 20) + films, seconds, settings.limit, movies, details)
    for year, wanted in by_year.items():
        assert ids(movies, year, movie_rows) == wanted
        assert ids(details, year, movie_detail_rows) == wanted
    assert movies.requests.throttled + details.requests.throttled == 0
    assert made <= MOST_OVER_THE_MINIMUM * (pages(by_year, 20) + films)
    assert made / seconds >= share * allowed(settings.limit)


@pytest.mark.parametrize(
    ("releases", "scale", "share"),
    [
        (20_000, 20, SHARE_OF_THE_RATE_AT_LEAST),
        pytest.param(30_000, 1, SHARE_OF_THE_RATE, marks=pytest.mark.slow),
    ],
)
def test_discogs_is_asked_at_its_rate_never_too_fast_and_no_more_than_needed(
    releases: int, scale: float, share: float, tmp_path: Path, store: PageStore
):
    by_year = rows_by_year(releases, [str(year) for year in range(2000, 2010)])
    rows = [release(number, year) for year, each in by_year.items() for number in each]
    catalog = write_catalog(tmp_path / "catalog", releases=rows)

    with running_emulator(
        catalog, enforce_limits=True, time_scale=scale, latency_ms=LATENCY_MS
    ) as url:
        settings = faster(discogs_settings(TOKEN, url), scale)
        began = time.monotonic()
        landing = land_soundtracks("release", settings, store, list(by_year))
        seconds = time.monotonic() - began

    made, least = landing.requests.made, pages(by_year, 100)
    report("discogs", made, least, seconds, settings.limit, landing)
    for year, wanted in by_year.items():
        assert ids(landing, year, release_rows) == wanted
    assert landing.requests.throttled == 0
    assert made <= MOST_OVER_THE_MINIMUM * least
    assert made / seconds >= share * allowed(settings.limit)


def report(
    api: str, made: int, least: int, seconds: float, limit: RateLimit | None, *of: Landing
) -> None:
    """What `pytest -rP` shows of a trial that holds."""
    share = made / seconds / allowed(limit)
    rows = sum(each.rows_landed for each in of)
    throttled = sum(each.requests.throttled for each in of)
    print(
        f"{api}: {rows:,} rows with {made:,} requests (least {least:,}, {made / least - 1:+.1%}) "
        f"in {seconds:.1f} s, {share:.1%} of the allowed rate, {throttled} throttled"
    )


@pytest.mark.slow
def test_a_discogs_slice_of_35_000_releases_lands_completely(tmp_path: Path, store: PageStore):
    media, countries = ["CD", "Vinyl", "Cassette", "File", "DVD"], ["US", "UK", "Germany", "Japan"]
    rows = [
        release(number, format=[media[number % 5], "Album"], country=countries[number // 5 % 4])
        for number in range(1, 35_001)
    ]
    catalog = write_catalog(tmp_path / "catalog", releases=rows)

    with running_emulator(catalog) as url:
        settings = replace(discogs_settings(TOKEN, url), limit=None)
        landing = land_soundtracks("release", settings, store, ["1999"])

    print(f"35,000 releases of a year with {landing.requests.made:,} requests")
    assert ids(landing, "1999", release_rows) == list(range(1, 35_001))
    assert (landing.rows_promised, landing.left_out) == (35_000, [])


FAULTS: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "body": {"status_code": 25, "status_message": "over the limit"}},
    "429 with Retry-After": {"kind": "retry_after", "seconds": 0},
    "500 Query time exceeded": {"status": 500, "body": {"message": "Query time exceeded."}},
    "503": {"status": 503, "body": {}},
    "reset": {"kind": "drop"},
    "truncated body": {"kind": "truncate"},
    "HTML instead of JSON": {"kind": "html"},
    "wrong types": {"kind": "wrong_types"},
    "nulls": {"kind": "nulls"},
    "duplicated page": {"kind": "duplicated_page"},
    "shifted page": {"kind": "shifted_page", "rows": 3},
    "short page": {"kind": "short_page", "rows": 3},
    "extra field": {"kind": "extra_field"},
    "missing field": {"kind": "missing_field", "lacks": "genre_ids"},
    "slow drip": {"kind": "slow_drip", "seconds": 1},
}
# Lists that lie about their rows: no answer says so, only the count of what came.
_LISTS_THAT_LIE = {"duplicated page", "shifted page", "short page"}
SHARES = [0.01, *(pytest.param(share, marks=pytest.mark.slow) for share in (0.1, 0.3))]
FAULTY_YEARS = [str(year) for year in range(2000, 2004)]


def faulty_years(rows_a_year: int) -> dict[str, list[int]]:
    """Ids by year."""
    starts = range(1, len(FAULTY_YEARS) * rows_a_year, rows_a_year)
    pairs = zip(FAULTY_YEARS, starts, strict=True)
    return {year: list(range(start, start + rows_a_year)) for year, start in pairs}


def write_faults(tmp_path: Path, **fault: Any) -> Path:
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps([fault]))
    return faults


def hold_to_every_row(
    landing: Landing, wanted: dict[str, list[int]], read: Any, fault: str, may_lack: float
) -> int:
    """Return how many rows lack: with a list that lies some may, if the landing says so."""
    found = {year: ids(landing, year, read) for year in wanted}
    lacking = sum(len(each) - len(found[year]) for year, each in wanted.items())
    assert all(set(found[year]) <= set(each) for year, each in wanted.items())
    assert lacking == landing.rows_promised - landing.rows_landed
    assert bool(lacking) == any("did not come" in sentence for sentence in landing.left_out)
    assert lacking <= (may_lack if fault in _LISTS_THAT_LIE else 0)
    return lacking


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_goes_wrong_with_tmdb_the_loads_end_with_every_row(
    fault: str, share: float, tmp_path: Path, store: PageStore
):
    wanted = faulty_years(150)
    rows = [film(n, f"{year}-05-01") for year, each in wanted.items() for n in each]
    faults = read_faults(write_faults(tmp_path, path="/3/*", share=share, **FAULTS[fault]))
    errors: list[str] = []

    with serving(Catalog(rows, [], [], [], []), faults=faults) as api:
        settings = replace(
            tmdb_settings(TOKEN, f"{api.url}/3"), limit=None, retry=IMPATIENT, timeout_seconds=5
        )
        movies = land_until_it_ends(lambda: land_movies(settings, store, FAULTY_YEARS), errors)
        details = land_until_it_ends(lambda: land_movie_details(settings, store, wanted), errors)

    # Five looks that are all lied to are one page in four hundred at most.
    lacking = hold_to_every_row(movies, wanted, movie_rows, fault, may_lack=20)
    print(f"{fault} at {share:.0%}: {len(errors)} errors, {lacking} of 600 films lacking")
    assert all(" at 200" in error for error in errors)
    assert all(ids(details, year, movie_detail_rows) == wanted[year] for year in wanted)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_goes_wrong_with_discogs_the_load_has_every_row_or_names_the_missing(
    fault: str, share: float, tmp_path: Path, store: PageStore
):
    wanted = faulty_years(1500)
    rows = [release(n, year) for year, each in wanted.items() for n in each]
    how = {**FAULTS[fault], **({"lacks": "country"} if fault == "missing field" else {})}
    faults = read_faults(write_faults(tmp_path, path="/database/search", share=share, **how))
    errors: list[str] = []

    with serving(Catalog([], rows, [], [], []), faults=faults) as api:
        settings = replace(
            discogs_settings(TOKEN, api.url), limit=None, retry=IMPATIENT, timeout_seconds=5
        )
        landing = land_until_it_ends(
            lambda: land_soundtracks("release", settings, store, FAULTY_YEARS), errors
        )

    # Two looks, because a third would cost a second for each of the pages that are truly short.
    pages_lied_to_twice = 60 * share * share
    rows_of_a_lie = 100 if fault == "duplicated page" else 3
    lacking = hold_to_every_row(
        landing, wanted, release_rows, fault, may_lack=rows_of_a_lie * (3 * pages_lied_to_twice + 1)
    )
    print(f"{fault} at {share:.0%}: {len(errors)} errors, {lacking} of 6,000 releases lacking")
    assert all(" at 200" in error for error in errors)


def land_until_it_ends(load: Any, errors: list[str]) -> Landing:
    """A person who runs it again after each error."""
    for _ in range(30):
        try:
            return load()
        except IngestError as error:
            errors.append(str(error))
    raise AssertionError(Counter(errors))


def test_dead_ids_are_reported_and_cost_no_other_film(tmp_path: Path, store: PageStore):
    catalog = write_catalog(tmp_path / "catalog", films=[film(n) for n in range(1, 101)])
    dead = {"status_code": 34, "status_message": "The resource could not be found."}
    faults = write_faults(tmp_path, path="/3/movie/*", share=0.1, status=404, body=dead)

    with running_emulator(catalog, faults=faults) as url:
        settings = replace(tmdb_settings(TOKEN, f"{url}/3"), limit=None)
        landing = land_movie_details(settings, store, {"1999": list(range(1, 101))})

    lacking = 100 - len(ids(landing, "1999", movie_detail_rows))
    assert 1 <= lacking <= 30
    assert f"TMDB no longer has {lacking} of 100 films" in landing.left_out[0]


def test_a_spent_budget_reports_what_is_left_out_and_the_next_load_resumes(
    serve: Serve, store: PageStore
):
    api = serve([*FILMS_OF_1999, *(film(number, "2000-06-01") for number in range(100, 150))])

    partial = land_movies(api.tmdb(), store, ["1999", "2000"], LandingOptions(max_requests=4))
    rest = land_movies(api.tmdb(), store, ["1999", "2000"])

    assert partial.requests.made == 4
    assert not partial.complete
    assert "the budget of 4 requests ended before" in partial.left_out[-1]
    assert sum(map(len, partial.page_files.values())) == 4
    assert (rest.requests.made, rest.rows_landed, rest.complete) == (2, 95, True)
    assert set(api.times_asked().values()) == {1}


def test_a_slice_that_is_not_a_year_is_refused(serve: Serve, store: PageStore):
    with pytest.raises(ValueError, match=r"these are not: \['99', '199x'\]"):
        land_movies(serve().tmdb(), store, ["1999", "99", "199x"])

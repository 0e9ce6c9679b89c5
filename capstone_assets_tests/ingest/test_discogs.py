"""Landing soundtrack releases and masters by year."""

from capstone_assets.ingest.landing import PageStore
from capstone_assets.ingest.loads import land_soundtracks
from capstone_assets.ingest.rows import master_rows, release_rows
from capstone_assets_tests.ingest.conftest import Serve, film, ids, release


def test_every_soundtrack_of_a_year_lands_and_nothing_else(serve: Serve, store: PageStore):
    album = {"genre": ["Pop"], "style": ["Synth-pop"], "title": "Taylor Swift - 1989"}
    api = serve(releases=[release(1), release(2, "2000"), release(3, "1999", **album)])

    landing = land_soundtracks("release", api.discogs(), store, ["1999"])

    assert ids(landing, "1999", release_rows) == [1]
    assert (landing.rows_promised, landing.rows_landed) == (1, 1)


def test_no_style_is_asked_for_while_the_genre_covers_it(serve: Serve, store: PageStore):
    api = serve(releases=[release(number) for number in range(1, 251)])

    landing = land_soundtracks("release", api.discogs(), store, ["1999", "2000"])

    assert landing.rows_landed == 250
    # 3 pages of 1999, 1 of 2000, and 2 counts for each of 4 styles.
    assert landing.requests.made == 3 + 1 + 8


def test_a_soundtrack_that_has_the_style_without_the_genre_lands_too(
    serve: Serve, store: PageStore
):
    stray = {"genre": ["Electronic"], "style": ["Score", "Ambient"]}
    api = serve(
        releases=[*(release(number) for number in range(1, 121)), release(500, "1999", **stray)]
    )

    landing = land_soundtracks("release", api.discogs(), store, ["1999", "2000"])

    assert ids(landing, "1999", release_rows) == [*range(1, 121), 500]
    assert (landing.rows_promised, landing.rows_landed) == (121, 121)


def test_undated_releases_land_as_unknown(serve: Serve, store: PageStore):
    undated = [release(number, None) for number in range(1, 151)]
    dated = [release(number, str(1950 + number % 60)) for number in range(1000, 1800)]
    stray = release(900, None, genre=["Rock"], style=["Soundtrack"])
    api = serve(releases=[*dated, *undated, stray])

    landing = land_soundtracks("release", api.discogs(), store, ["unknown"])

    assert ids(landing, "unknown", release_rows) == [*range(1, 151), 900]
    assert (landing.rows_promised, landing.rows_landed) == (151, 151)
    # It stops where the dated ones begin: 800 of them would be 8 pages more. Two look at the end.
    pages = [asked for asked in api.asked if "sort" in dict(asked.params)]
    assert len(pages) <= 3 + 3 + 2


def test_releases_of_years_to_come_land_as_unknown(serve: Serve, store: PageStore):
    dated = [release(number, str(1950 + number % 60)) for number in range(1000, 1250)]
    misprinted = [release(number, "2099") for number in range(1, 121)]
    api = serve(releases=[*dated, release(500, None), *misprinted])

    landing = land_soundtracks("release", api.discogs(), store, ["unknown"])

    assert ids(landing, "unknown", release_rows) == [*range(1, 121), 500]
    assert landing.rows_mended == 120


def test_undated_releases_land_even_if_discogs_stops_sorting(serve: Serve, store: PageStore):
    # The first page happens to have dated releases only, but not in order.
    releases = [release(n, None if n > 450 else str(1950 + n % 60)) for n in range(1, 601)]
    api = serve(releases=releases)
    api.ignored = {"sort", "sort_order"}

    landing = land_soundtracks("release", api.discogs(), store, ["unknown"])

    assert ids(landing, "unknown", release_rows) == list(range(451, 601))


def test_masters_land_with_the_year_of_the_original(serve: Serve, store: PageStore):
    masters = [
        {"id": 10, "title": "Vangelis - Blade Runner", "year": 1994, "genre": ["Stage & Screen"]},
        {"id": 11, "title": "Queen - Flash Gordon", "year": 1980, "genre": ["Stage & Screen"]},
        {"id": 12, "title": "Various - Kung Fu", "genre": ["Stage & Screen"]},
    ]
    api = serve([film(1)], [release(10, "1994")], [m | {"style": ["Score"]} for m in masters])

    landing = land_soundtracks("master", api.discogs(), store, ["unknown", "1980", "1994"])

    found = {year: ids(landing, year, master_rows) for year in landing.page_files}
    assert found == {"unknown": [12], "1980": [11], "1994": [10]}
    assert {dict(asked.params)["type"] for asked in api.asked} == {"master"}


def test_a_load_within_the_freshness_limit_asks_nothing(serve: Serve, store: PageStore):
    api = serve(releases=[release(1), release(2, None)])
    first = land_soundtracks("release", api.discogs(), store, ["unknown", "1999"])

    again = land_soundtracks("release", api.discogs(), store, ["unknown", "1999"])

    assert again.requests.made == 0
    assert again.page_files == first.page_files


def test_a_slice_over_the_cap_is_split_by_format_then_country(serve: Serve, store: PageStore):
    releases = [
        release(
            number,
            format=[("CD", "Vinyl", "Cassette")[number % 10 // 4], "Album"],
            country=("US", "UK", "Germany", "Japan")[number % 7 % 4],
        )
        for number in range(1, 26_001)
    ]
    api = serve(releases=releases)

    landing = land_soundtracks("release", api.discogs(), store, ["1999"])

    assert ids(landing, "1999", release_rows) == list(range(1, 26_001))
    assert (landing.rows_promised, landing.rows_landed) == (26_000, 26_000)
    assert landing.left_out == []
    countries = {dict(asked.params).get("country") for asked in api.asked}
    assert countries == {None, "US", "UK", "Germany", "Japan"}


def test_a_rare_format_between_the_pages_that_are_sampled_is_found_too(
    serve: Serve, store: PageStore
):
    def medium(number: int) -> str:
        return "Shellac" if 150 < number < 200 else "CD" if number % 2 else "Vinyl"

    # Page 2 has the only shellacs of the first 10,000 rows; the last 50 are beyond these.
    numbers = [*range(1, 12_001), *range(151, 200)]
    releases = [
        release(place, format=[medium(number)]) for place, number in enumerate(numbers, start=1)
    ]
    api = serve(releases=releases)

    landing = land_soundtracks("release", api.discogs(), store, ["1999"])

    assert ids(landing, "1999", release_rows) == list(range(1, 12_050))
    assert landing.left_out == []


def test_what_no_split_reaches_is_reported_in_numbers(serve: Serve, store: PageStore):
    api = serve(releases=[release(number) for number in range(1, 12_001)])

    landing = land_soundtracks("release", api.discogs(), store, ["1999"])

    assert (landing.rows_promised, landing.rows_landed) == (12_000, 10_000)
    assert any("knows 12,000 rows" in sentence for sentence in landing.left_out)
    assert any("2,000 of 12,000 promised rows did not come" in s for s in landing.left_out)


def test_rows_without_a_format_or_country_are_reported_when_a_split_misses_them(
    serve: Serve, store: PageStore
):
    plain = [release(number, format=["CD"]) for number in range(1, 9_001)]
    vinyl = [release(number, format=["Vinyl"]) for number in range(9_001, 12_001)]
    bare = [release(number, format=[]) for number in range(12_001, 12_101)]
    api = serve(releases=[*plain, *vinyl, *bare])

    landing = land_soundtracks("release", api.discogs(), store, ["1999"])

    assert ids(landing, "1999", release_rows) == list(range(1, 12_001))
    assert any("100 of 12,100 promised rows did not come" in s for s in landing.left_out)

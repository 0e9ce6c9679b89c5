"""What a step that lands pages says about them."""

from collections import Counter


def test_the_pages_of_an_api_are_counted_with_their_rows_and_requests(made_lake):
    tmdb, discogs = (made_lake.metadata_of(f"raw/{api}_pages") for api in ("tmdb", "discogs"))

    assert (tmdb["tmdb_movies_promised"], tmdb["tmdb_movies_landed"]) == (4, 4)
    assert tmdb["tmdb_movie_details_landed"] == 4
    assert (discogs["discogs_releases_landed"], discogs["discogs_masters_landed"]) == (2, 0)
    assert (tmdb["left_out"], discogs["left_out"]) == ("", "")
    asked = Counter(
        "tmdb" if each.path.startswith("/3/") else "discogs" for each in made_lake.asked
    )
    for api, metadata in (("tmdb", tmdb), ("discogs", discogs)):
        assert metadata["requests"]["made"] == asked[api]

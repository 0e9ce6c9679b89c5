"""Film details: fetched once, and again only when the film changed."""

import codecs
import gzip
import json
import operator
import shutil
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from capstone_assets.ingest.errors import RejectedRequestError, ServerError
from capstone_assets.ingest.landing import Landing, PageStore
from capstone_assets.ingest.loads import (
    changed_movies,
    land_movie_details,
    land_movies,
    land_soundtracks,
    utc_now,
)
from capstone_assets.ingest.quarantine import ask_again, read_notes
from capstone_assets.ingest.rows import movie_detail_rows
from capstone_assets.ingest.settings import LandingOptions
from capstone_assets.ingest.unserved import MOST_IN_A_ROW
from capstone_assets_tests.ingest.conftest import (
    DROPPED,
    Asked,
    Serve,
    film,
    ids,
    landed_lines,
    release,
)

FILMS = [film(number, composers=[f"Composer {number}"]) for number in range(1, 251)]
ALL = list(range(1, 251))


def detail_rows(landing: Landing, year: str) -> dict[int, dict[str, Any]]:
    return {
        row["id"]: row
        for line, path in landed_lines(landing, year)
        for row in movie_detail_rows(line, path)
    }


def test_every_film_gets_its_details_a_hundred_to_a_file(serve: Serve, store: PageStore):
    api = serve(FILMS)

    landing = land_movie_details(api.tmdb(), store, {"1999": ALL[:150], "2000": ALL[150:]})

    assert ids(landing, "1999", movie_detail_rows) == ALL[:150]
    assert detail_rows(landing, "2000")[200]["composers"] == ["Composer 200"]
    assert detail_rows(landing, "2000")[200]["release_year"] == "2000"
    assert {year: len(files) for year, files in landing.page_files.items()} == {
        "1999": 2,
        "2000": 1,
    }
    assert (landing.rows_promised, landing.rows_landed) == (250, 250)


def test_no_details_are_asked_for_twice(serve: Serve, store: PageStore):
    api = serve(FILMS)
    land_movie_details(api.tmdb(), store, {"1999": ALL[:120]})

    more = land_movie_details(api.tmdb(), store, {"1999": ALL})
    again = land_movie_details(api.tmdb(), store, {"1999": ALL})

    assert (more.requests.made, more.requests.from_cache) == (130, 120)
    assert (again.requests.made, again.rows_landed) == (0, 250)
    assert ids(again, "1999", movie_detail_rows) == ALL
    assert set(api.times_asked().values()) == {1}


def test_films_that_landed_without_a_manifest_are_found_again(serve: Serve, store: PageStore):
    api = serve(FILMS)
    land_movie_details(api.tmdb(), store, {"1999": ALL})
    shutil.rmtree(f"{store.root}/manifests")

    again = land_movie_details(api.tmdb(), store, {"1999": ALL})

    assert (again.requests.made, ids(again, "1999", movie_detail_rows)) == (0, ALL)


def test_what_was_fetched_before_an_outage_is_kept(serve: Serve, store: PageStore):
    api = serve(FILMS)

    def down_from_film_42_on(_: Asked) -> Response | None:
        is_down = any(earlier.path.endswith("/movie/42") for earlier in api.asked)
        return JSONResponse({"status_message": "no"}, 500) if is_down else None

    api.spoilers.append(down_from_film_42_on)
    with pytest.raises(ServerError, match=r"/movie/42.*at 1999"):
        land_movie_details(api.tmdb(concurrency=1), store, {"1999": ALL})
    api.spoilers.clear()
    before = len(api.asked)
    rest = land_movie_details(api.tmdb(), store, {"1999": ALL})

    assert rest.rows_landed == 250
    assert len(api.asked) - before == 250 - 41


# What one film's question has been answered with, again and again, while all others were served.
UNSERVED = {
    "500": JSONResponse({"status_code": 11, "status_message": "Internal error."}, 500),
    "504": HTMLResponse("<h1>504 Gateway Time-out</h1>", 504),
    "410": JSONResponse({"status_message": "Gone."}, 410),
    "451": HTMLResponse("Unavailable for legal reasons", 451),
    "404 of another server": HTMLResponse("<h1>Not Found</h1>", 404),
    "403 of a firewall": HTMLResponse("<title>Just a moment...</title>", 403),
    "an empty body": Response(b"", media_type="application/json"),
    "two objects": Response(b'{"id": 2} {"id": 2}', media_type="application/json"),
    "an id that is a word": JSONResponse({"id": "two"}),
    "another film's": JSONResponse({"id": 3, "title": "Film 3"}),
    "a list": JSONResponse([{"id": 2}]),
    "null": JSONResponse(None),
    "a page moved for good": RedirectResponse("/3/movie/3", 301),
    "no content": Response(b"", 204),
    "half of a gzip": Response(
        gzip.compress(json.dumps({"id": 2}).encode() * 99)[:40],
        headers={"content-encoding": "gzip"},
    ),
    "HTML as JSON": Response(b"<html>Maintenance</html>", media_type="application/json"),
    "a broken connection": DROPPED,
    "401": JSONResponse({"status_code": 7, "status_message": "Invalid API key."}, 401),
    "403": JSONResponse({"status_code": 14, "status_message": "No permission."}, 403),
    "429": JSONResponse({"status_code": 25, "status_message": "over the limit"}, 429),
    "gzip that no header announces": Response(gzip.compress(json.dumps({"id": 2}).encode())),
    "UTF-16": Response(json.dumps({"id": 2}).encode("utf-16")),
}


@pytest.mark.parametrize("name", UNSERVED)
def test_one_film_that_cannot_be_fetched_is_named_and_holds_up_no_other(
    name: str, serve: Serve, store: PageStore
):
    api = serve(FILMS[:5])
    api.spoil(UNSERVED[name], times=99, path="/movie/2")

    first = land_movie_details(api.tmdb(concurrency=1), store, {"1999": [1, 2, 3, 4, 5]})
    [note] = read_notes(store)
    asked = len(api.asked)
    second = land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3, 4, 5]})
    retried = {each.path for each in api.asked[asked:]}
    api.spoilers.clear()
    later = land_movie_details(
        api.tmdb(), store, {"1999": [1, 2, 3, 4, 5]}, now=lambda: utc_now() + timedelta(days=1.1)
    )

    for landing in (first, second):
        assert ids(landing, "1999", movie_detail_rows) == [1, 3, 4, 5]
        assert (landing.rows_promised, landing.rows_landed) == (5, 4)
        assert (
            "TMDB did not serve 1 of 5 films, or not completely: 2. Film 2: " in landing.left_out[0]
        )
        assert landing.requests.unfetched == 1
    assert retried == {"/3/movie/2", "/3/configuration"}
    assert (note["treatment"], note["row_id"]) == ("unserved", 2)
    assert note["page"].startswith("/movie/2?")
    assert list(read_notes(store)) == []
    assert (later.rows_landed, later.left_out, later.requests.unfetched) == (5, [], 0)


def test_a_film_that_fails_run_after_run_is_asked_for_at_growing_distances(
    serve: Serve, store: PageStore
):
    api = serve(FILMS[:2])
    api.spoil(UNSERVED["500"], times=10**6, path="/movie/2")
    asked_on, start = [], utc_now()
    for day in range(40):
        before = len(api.asked)
        began = partial(operator.add, start, timedelta(days=day))
        land_movie_details(api.tmdb(), store, {"1999": [1, 2]}, now=began)
        if any(each.path.endswith("/movie/2") for each in api.asked[before:]):
            asked_on.append(day)

    assert asked_on == [0, 1, 2, 4, 8, 16, 32]


def test_an_endpoint_that_serves_no_film_stops_the_load_though_the_rest_of_the_api_answers(
    serve: Serve, store: PageStore
):
    api = serve(FILMS)
    api.spoil(UNSERVED["410"], times=10**6, path="")
    api.spoilers[0] = lambda asked: UNSERVED["410"] if "/movie/" in asked.path else None

    with pytest.raises(RejectedRequestError, match="410"):
        land_movie_details(api.tmdb(concurrency=1), store, {"1999": ALL})
    assert sum("/movie/" in each.path for each in api.asked) == MOST_IN_A_ROW


def test_details_without_the_credits_that_were_asked_for_are_asked_for_again(
    serve: Serve, store: PageStore
):
    api = serve(FILMS[:2])
    whole = {"alternative_titles": {"titles": []}, "external_ids": {"imdb_id": "tt0000002"}}
    api.spoil(JSONResponse({"id": 2, **whole}), times=2, path="/movie/2")

    first = land_movie_details(api.tmdb(), store, {"1999": [1, 2]})
    second = land_movie_details(api.tmdb(), store, {"1999": [1, 2]})
    third = land_movie_details(api.tmdb(), store, {"1999": [1, 2]})

    assert detail_rows(first, "1999")[2]["imdb_id"] == "tt0000002"
    assert "Film 2: answered without credits" in first.left_out[0]
    assert (detail_rows(second, "1999")[2]["composers"], second.left_out) == (["Composer 2"], [])
    assert third.requests.made == 0


WHOLE = {
    "id": 2,
    "credits": {"crew": []},
    "alternative_titles": {"titles": []},
    "external_ids": {},
}
# What a film was answered with, and what is counted of it.
MENDED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a length in words": ({"runtime": "two hours"}, ["runtime: not a whole number, so null"]),
    "a length below 0": ({"runtime": -1}, ["runtime: not from 1 to 60000, so null"]),
    "a crew that is a word": ({"credits": {"crew": "?"}}, ["credits: crew: not a list, so empty"]),
    "a number for a name": (
        {"credits": {"crew": [{"name": 7, "job": ["Composer"]}]}},
        ["credits: crew: name: a number, read as text", "credits: crew: job: not text, so null"],
    ),
    "titles of two kinds": (
        {"alternative_titles": {"titles": ["Zwei", {"title": "Two\x00"}]}},
        [
            "alternative_titles: titles: entries that cannot be read were left out",
            "alternative_titles: titles: title: characters that no text has were removed",
        ],
    ),
    "an id that is text": ({"id": "2"}, ["id: read as a whole number"]),
    "two odd fields": (
        {"imdb_id": 7, "genres": "Drama"},
        ["imdb_id: a number, read as text", "genres: not a list, so empty"],
    ),
}


@pytest.mark.parametrize("name", MENDED)
def test_an_odd_value_in_details_is_noted_and_counted_as_in_a_list(
    name: str, serve: Serve, store: PageStore
):
    change, reasons = MENDED[name]
    api = serve(FILMS[:3])
    api.spoil(JSONResponse({**WHOLE, **change}), times=99, path="/movie/2")

    first = land_movie_details(api.tmdb(concurrency=1), store, {"1999": [1, 2, 3]})
    [note] = read_notes(store)
    from_manifest = land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3]})
    shutil.rmtree(f"{store.root}/manifests")
    from_pages = land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3]})

    for landing in (first, from_manifest, from_pages):
        assert (landing.rows_landed, landing.rows_mended, landing.left_out) == (3, 1, [])
        assert landing.slices["1999"].reasons == {"mended": dict.fromkeys(reasons, 1)}
    assert (from_manifest.requests.made, from_pages.requests.made) == (0, 0)
    assert (note["treatment"], note["row_id"], note["row"]) == ("mended", 2, 2)
    assert store.path(note["page"]) == first.page_files["1999"][0]
    assert json.loads(note["raw"]) == change
    assert [row["row_id"] for row in read_notes(store)] == [2]


def test_a_page_of_details_that_is_fetched_again_is_repaired(serve: Serve, store: PageStore):
    api = serve(FILMS[:3])
    api.spoil(JSONResponse({**WHOLE, "runtime": "?"}), times=1, path="/movie/2")
    land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3]})
    [note] = read_notes(store)

    slice_name = ask_again(store, note["page"])
    healed = land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3]})
    settled = land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3]})

    assert (slice_name, healed.requests.made, settled.requests.made) == ("1999", 3, 0)
    assert (healed.rows_mended, list(read_notes(store))) == (0, [])
    assert detail_rows(healed, "1999")[2]["composers"] == ["Composer 2"]


def test_a_byte_order_mark_before_an_answer_costs_nothing(serve: Serve, store: PageStore):
    api = serve(FILMS[:2])
    api.spoil(Response(codecs.BOM_UTF8 + json.dumps(WHOLE).encode()), times=99, path="/movie/2")

    landing = land_movie_details(api.tmdb(), store, {"1999": [1, 2]})

    assert ids(landing, "1999", movie_detail_rows) == [1, 2]
    assert (landing.rows_mended, landing.left_out) == (0, [])


@pytest.mark.parametrize("written", ["nobody", [], 7])
def test_a_part_that_is_not_an_object_counts_as_absent(
    written: Any, serve: Serve, store: PageStore
):
    api = serve(FILMS[:2])
    api.spoil(JSONResponse({**WHOLE, "credits": written}), times=99, path="/movie/2")

    landing = land_movie_details(api.tmdb(), store, {"1999": [1, 2]})

    assert (landing.rows_landed, landing.requests.unfetched) == (2, 1)
    assert "Film 2: answered without credits" in landing.left_out[0]
    assert landing.slices["1999"].reasons == {
        "unserved": {"answered without credits": 1},
        "mended": {"credits: not an object, so null": 1},
    }


def test_details_that_landed_before_manifests_had_checksums_are_kept_and_get_them(
    serve: Serve, store: PageStore
):
    api = serve(FILMS[:5])
    land_movie_details(api.tmdb(), store, {"1999": ALL[:5]})
    [name] = [path for path in store.find("manifests") if "_complete_" in path]
    content = json.loads(store.read(name))
    files = content.pop("checksums")
    store.write(name, json.dumps(content).encode())

    again = land_movie_details(api.tmdb(), store, {"1999": ALL[:5]})
    newest = max(path for path in store.find("manifests") if "_complete_" in path)
    stamped = json.loads(store.read(newest))["checksums"]
    [page] = again.page_files["1999"]
    Path(page).write_bytes(Path(page).read_bytes()[:-9])
    damaged = land_movie_details(api.tmdb(), store, {"1999": ALL[:5]})

    assert (again.requests.made, again.rows_landed, stamped) == (0, 5, files)
    assert (damaged.requests.made, damaged.rows_landed) == (5, 5)


def test_a_budget_ends_a_load_and_the_next_one_resumes(serve: Serve, store: PageStore):
    api = serve(FILMS)

    partial = land_movie_details(api.tmdb(), store, {"1999": ALL}, LandingOptions(max_requests=30))
    rest = land_movie_details(api.tmdb(), store, {"1999": ALL})

    assert (partial.rows_landed, partial.complete) == (30, False)
    assert "the budget of 30 requests ended" in partial.left_out[-1]
    assert (rest.requests.made, rest.rows_landed, rest.complete) == (220, 250, True)


def test_a_film_that_tmdb_dropped_is_reported_and_not_asked_for_again(
    serve: Serve, store: PageStore
):
    api = serve(FILMS[:3])

    landing = land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3, 404404]})
    again = land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3, 404404]})

    assert ids(landing, "1999", movie_detail_rows) == [1, 2, 3]
    assert "TMDB no longer has 1 of 4 films, 404404 for example" in landing.left_out[0]
    assert (again.requests.made, again.left_out) == (0, landing.left_out)


def test_only_a_changed_film_is_fetched_again(serve: Serve, store: PageStore):
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    changes = [{"id": 7, "date": str(yesterday)}, {"id": 9, "date": str(yesterday)}]
    api = serve(FILMS[:20], changes=changes)
    first = land_movie_details(api.tmdb(), store, {"1999": ALL[:20]})

    changed = changed_movies(api.tmdb(), yesterday - timedelta(days=30), datetime.now(UTC).date())
    options = LandingOptions(changed=changed)
    second = land_movie_details(api.tmdb(), store, {"1999": ALL[:20]}, options)
    third = land_movie_details(api.tmdb(), store, {"1999": ALL[:20]}, options)

    assert set(changed) == {7, 9}
    assert (second.requests.made, third.requests.made) == (2, 0)
    assert ids(third, "1999", movie_detail_rows) == ALL[:20]
    # The old page stays, and stays part of the slice for the films that are only there.
    assert set(first.page_files["1999"]) < set(third.page_files["1999"])


def test_a_change_while_a_batch_was_being_filled_is_not_missed(serve: Serve, store: PageStore):
    api = serve(FILMS[:3], latency_ms=20)
    first = land_movie_details(api.tmdb(concurrency=1), store, {"1999": [1, 2, 3]})
    fetched_at = [row["fetched_at"] for row in detail_rows(first, "1999").values()]

    options = LandingOptions(changed={1: min(fetched_at) + timedelta(milliseconds=2)})
    second = land_movie_details(api.tmdb(), store, {"1999": [1, 2, 3]}, options)

    assert second.requests.made == 1


def test_changes_are_asked_for_in_periods_that_tmdb_accepts(serve: Serve):
    api = serve(FILMS[:1])

    changed_movies(api.tmdb(), date(2026, 1, 1), date(2026, 2, 15))

    periods = sorted(
        (date.fromisoformat(asked["start_date"]), date.fromisoformat(asked["end_date"]))
        for asked in (dict(each.params) for each in api.asked)
    )
    assert periods[0][0] == date(2026, 1, 1)
    assert periods[-1][1] == date(2026, 2, 15)
    assert all((last - first).days < 14 for first, last in periods)
    assert len(periods) == 4


def test_details_are_fetched_again_before_they_are_six_months_old(serve: Serve, store: PageStore):
    api = serve(FILMS[:5])
    land_movie_details(api.tmdb(), store, {"1999": ALL[:5]})

    def after(days: int) -> int:
        def later() -> datetime:
            return datetime.now(UTC) + timedelta(days=days)

        return land_movie_details(api.tmdb(), store, {"1999": ALL[:5]}, now=later).requests.made

    assert after(170) == 0
    assert after(181) == 5


def test_pages_that_may_not_be_kept_any_longer_are_deleted_and_fetched_again(
    serve: Serve, store: PageStore
):
    api = serve(FILMS[:5])
    everything = {"1999": ALL[:5]}
    old = [
        *land_movies(api.tmdb(), store, ["1999"]).page_files["1999"],
        *land_movie_details(api.tmdb(), store, everything).page_files["1999"],
    ]

    # Another year's load, after seven months: what expired is deleted whatever its year.
    options, later = LandingOptions(max_requests=3), datetime.now(UTC) + timedelta(days=210)
    land_movies(api.tmdb(), store, ["2010"], options, now=lambda: later)
    settings = api.tmdb(concurrency=1)
    cut_short = land_movie_details(settings, store, everything, options, now=lambda: later)

    assert not any(Path(path).exists() for path in old)
    assert cut_short.rows_landed == 3
    assert all(Path(path).exists() for path in cut_short.page_files["1999"])


def test_what_discogs_answered_is_kept(serve: Serve, store: PageStore):
    api = serve(releases=[release(1)])
    [page] = land_soundtracks("release", api.discogs(), store, ["1999"]).page_files["1999"]

    later = datetime.now(UTC) + timedelta(days=210)
    land_soundtracks("release", api.discogs(), store, ["1999"], now=lambda: later)

    assert Path(page).exists()


def test_no_page_is_used_that_is_younger_than_the_freshness_but_may_not_be_kept(
    serve: Serve, store: PageStore
):
    api, options = serve(FILMS[:5]), LandingOptions(freshness=timedelta(days=365))
    old = land_movies(api.tmdb(), store, ["1999"], options).page_files["1999"]

    later = datetime.now(UTC) + timedelta(days=210)
    new = land_movies(api.tmdb(), store, ["1999"], options, now=lambda: later)

    assert new.requests.made == len(old)
    assert not set(new.page_files["1999"]) & set(old)


def test_a_refresh_fetches_details_again_and_keeps_the_old(serve: Serve, store: PageStore):
    api = serve(FILMS[:5])
    old = land_movie_details(api.tmdb(), store, {"1999": ALL[:5]}).page_files["1999"]

    refresh = LandingOptions(refresh=True)
    new = land_movie_details(api.tmdb(), store, {"1999": ALL[:5]}, refresh)
    another = land_movie_details(api.tmdb(), store, {"1999": ALL[:5]}, refresh)

    assert (new.requests.made, another.requests.made) == (5, 5)
    assert not set(new.page_files["1999"]) & set(old)
    assert [Path(path).read_bytes()[:2] for path in old] == [b"\x1f\x8b"]

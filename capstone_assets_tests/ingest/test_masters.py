"""Masters that no list has: asked for by their ids, once, and as far as the budget goes."""

import pytest
from starlette.responses import JSONResponse

from capstone_assets.ingest.landing import Landing, PageStore
from capstone_assets.ingest.loads import land_masters
from capstone_assets.ingest.quarantine import read_notes
from capstone_assets.ingest.rows import master_rows
from capstone_assets.ingest.settings import LandingOptions
from capstone_assets_tests.ingest.conftest import Serve, ids, landed_lines, release

MASTERS = [release(number, "1977", genre=["Rock"], style=["Soundtrack"]) for number in range(1, 41)]
ALL = list(range(1, 41))


def years(landing: Landing, slice_name: str) -> set[str | None]:
    lines = landed_lines(landing, slice_name)
    return {row["year"] for line, path in lines for row in master_rows(line, path)}


def test_a_master_lands_in_the_slice_that_names_it_with_its_own_year(
    serve: Serve, store: PageStore
):
    api = serve(masters=MASTERS)

    landing = land_masters(api.discogs(), store, {"2017": ALL[:30], "unknown": ALL[30:]})

    assert ids(landing, "2017", master_rows) == ALL[:30]
    assert ids(landing, "unknown", master_rows) == ALL[30:]
    assert years(landing, "2017") == {"1977"}


def test_the_budget_is_kept_and_the_next_load_asks_for_the_rest(serve: Serve, store: PageStore):
    api = serve(masters=MASTERS)

    partial = land_masters(api.discogs(), store, {"2017": ALL}, LandingOptions(max_requests=15))
    rest = land_masters(api.discogs(), store, {"2017": ALL})

    assert (partial.requests.made, partial.complete) == (15, False)
    assert (rest.requests.made, rest.complete) == (25, True)
    assert ids(rest, "2017", master_rows) == ALL
    assert set(api.times_asked().values()) == {1}


def test_a_master_that_is_gone_or_fails_holds_up_no_other(serve: Serve, store: PageStore):
    api = serve(masters=MASTERS)
    api.spoil(JSONResponse({"message": "Internal error"}, 500), times=1000, path="/masters/7")

    landing = land_masters(api.discogs(), store, {"2017": [*ALL, 404404]})

    assert ids(landing, "2017", master_rows) == [number for number in ALL if number != 7]
    failed, gone, *_ = landing.left_out
    assert (
        "Discogs did not serve 1 of 41 masters, or not completely: 7. Master 7: answered 500"
        in failed
    )
    assert "Discogs no longer has 1 of 41 masters, 404404 for example." in gone


PSYCHO = {
    "id": 7,
    "title": "Psycho",
    "year": 1975,
    "artists": [{"name": "Bernard Herrmann", "anv": "", "join": ""}],
    "genres": ["Stage & Screen"],
    "styles": ["Score"],
}


@pytest.mark.parametrize(
    ("odd", "reason", "read"),
    [
        ({"id": "7"}, "id: read as a whole number", {}),
        ({"year": "MCMLXXV"}, "year: not a year, so unknown", {"year": "MCMLXXV"}),
        ({"year": [1975]}, "year: not text, so null", {"year": None}),
        ({"year": 1975.0}, "", {}),
        ({"genres": "Stage & Screen"}, "", {}),
        ({"genres": {"name": "Rock"}}, "genres: not a list, so empty", {"genre": []}),
        ({"styles": [None, "Score"]}, "styles: entries that cannot be read were left out", {}),
        ({"title": "Psy\x00cho"}, "title: characters that no text has were removed", {}),
        ({"artists": "Bernard"}, "artists: not a list, so empty", {"title": "Psycho"}),
        (
            {"artists": [None, {"name": ["B"]}]},
            "artists: entries that cannot be read were left out",
            {"title": "Psycho"},
        ),
    ],
)
def test_an_odd_value_of_a_master_is_noted_and_costs_only_itself(
    odd: dict, reason: str, read: dict, serve: Serve, store: PageStore
):
    api = serve(masters=MASTERS[:2])
    api.spoil(JSONResponse({**PSYCHO, **odd}), times=9, path="/masters/7")

    landing = land_masters(api.discogs(), store, {"2017": [1, 7]})

    rows = [row for line, page in landed_lines(landing, "2017") for row in master_rows(line, page)]
    [master] = [row for row in rows if row["id"] == 7]
    expected = {
        "title": "Bernard Herrmann - Psycho",
        "year": "1975",
        "genre": ["Stage & Screen"],
        "style": ["Score"],
    }
    assert {name: master[name] for name in expected} == {**expected, **read}
    assert (landing.rows_landed, landing.left_out) == (2, [])
    assert [note["reason"].split("; ")[0] for note in read_notes(store)] == [reason] * bool(reason)


@pytest.mark.parametrize("odd", [{"id": None}, {"id": 8}, {"title": None}, {"title": {"en": "P"}}])
def test_a_master_that_cannot_be_told_from_others_is_named_and_holds_up_none(
    odd: dict, serve: Serve, store: PageStore
):
    api = serve(masters=MASTERS[:2])
    api.spoil(JSONResponse({**PSYCHO, **odd}), times=99, path="/masters/7")

    landing = land_masters(api.discogs(), store, {"2017": [1, 7]})

    assert ids(landing, "2017", master_rows) == [1]
    assert "Discogs did not serve 1 of 2 masters, or not completely: 7" in landing.left_out[0]
    assert [note["row_id"] for note in read_notes(store)] == [7]


def test_a_404_that_is_not_of_the_master_is_asked_again_in_the_next_load(
    serve: Serve, store: PageStore
):
    api = serve(masters=MASTERS)
    api.spoil(JSONResponse({"message": "The requested resource was not found."}, 404), path="/7")

    first = land_masters(api.discogs(concurrency=1), store, {"2017": ALL})
    second = land_masters(api.discogs(), store, {"2017": ALL})

    assert ids(first, "2017", master_rows) == [number for number in ALL if number != 7]
    assert ids(second, "2017", master_rows) == ALL

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from capstone_assets.emulator.app import create_app
from capstone_assets.emulator.catalogs.catalog import Catalog, read_catalog
from capstone_assets_tests.emulator.asking import (
    DISCOGS_KEY,
    ask,
    ask_all,
    release,
    search,
    shared_folder,
)

TERMINATOR_MASTER = {
    "id": 42,
    "title": "Brad Fiedel - The Terminator",
    "year": 1984,
    "genre": ["Electronic", "Stage & Screen"],
    "style": ["Soundtrack", "Score"],
    "format": ["Vinyl", "LP", "Album"],
    "country": "US",
    "label": "Enigma Records",
}
TERMINATOR = release(
    101,
    "Brad Fiedel - The Terminator",
    "1984",
    format=["Vinyl", "LP", "Album"],
    country="US",
    label=["Enigma Records", "Cinema Records"],
    catno="72000-1",
    barcode=["0 1877-72000-1 7"],
    style=["Soundtrack", "Score"],
    master_id=42,
)
REISSUE = release(
    102, "Brad Fiedel - The Terminator", 2016, format=["CD"], country="UK", master_id=42
)
HEAT = release(103, "Various - Heat (Music From The Motion Picture)", "1995", country="US")
UNDATED = release(104, "Vangelis - Blade Runner", None, genre=["Electronic"])
ROCK = release(105, "Heat - Various Roads", "1995", genre=["Rock"], style=[])

APP = create_app(Catalog([], [TERMINATOR, REISSUE, HEAT, UNDATED, ROCK], [TERMINATOR_MASTER]))


def found(**params):
    return [row["id"] for row in search(APP, **params)["results"]]


def test_a_release_is_listed_with_the_fields_of_the_recorded_rows():
    [row] = search(APP, year="1984", type="release")["results"]

    assert row == {
        "country": "US",
        "year": "1984",
        "format": ["Vinyl", "LP", "Album"],
        "label": ["Enigma Records", "Cinema Records"],
        "type": "release",
        "genre": ["Stage & Screen"],
        "style": ["Soundtrack", "Score"],
        "id": 101,
        "barcode": ["0 1877-72000-1 7"],
        "user_data": {"in_wantlist": False, "in_collection": False},
        "master_id": 42,
        "master_url": "https://api.discogs.com/masters/42",
        "uri": "/release/101-Brad-Fiedel-The-Terminator",
        "catno": "72000-1",
        "title": "Brad Fiedel - The Terminator",
        "thumb": "",
        "cover_image": "",
        "resource_url": "https://api.discogs.com/releases/101",
        "community": {"want": 0, "have": 0},
    }


def test_an_unknown_year_is_absent_and_no_master_is_zero():
    [row] = search(APP, q="Blade Runner")["results"]

    assert "year" not in row
    assert (row["master_id"], row["master_url"]) == (0, None)
    assert (row["country"], row["format"]) == ("Unknown", [])


def test_a_master_is_its_own_master():
    [row] = search(APP, type="master")["results"]

    assert (row["id"], row["master_id"], row["type"], row["year"]) == (42, 42, "master", "1984")
    assert row["resource_url"] == row["master_url"] == "https://api.discogs.com/masters/42"
    assert row["label"] == ["Enigma Records"]


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({}, [101, 102, 103, 104, 105, 42]),
        ({"type": "all"}, [101, 102, 103, 104, 105, 42]),
        ({"type": "release"}, [101, 102, 103, 104, 105]),
        ({"type": "master"}, [42]),
        ({"type": "artist"}, []),
        ({"style": "Score"}, [101, 42]),
        ({"style": "sOUNDTRACK", "type": "release"}, [101, 102, 103, 104]),
        ({"style": "Sound"}, []),
        ({"genre": "Stage & Screen", "type": "release"}, [101, 102, 103]),
        ({"genre": "stage & screen", "style": "soundtrack", "year": "1995"}, [103]),
        ({"year": "2016"}, [102]),
        ({"year": "1999"}, []),
        ({"format": "LP"}, [101, 42]),
        ({"country": "uk"}, [102]),
        ({"country": "Unknown"}, [104, 105]),
        ({"label": "cinema records"}, [101]),
        ({"q": "terminator the"}, [101, 102, 42]),
        ({"query": "Terminator", "country": "UK"}, [102]),
        ({"q": "termina"}, []),
        ({"q": "heat various"}, [103, 105]),
        ({"artist": "Various"}, [103]),
        ({"title": "Heat"}, [103]),
        ({"artist": "Heat", "title": "Various"}, [105]),
    ],
)
def test_a_search_yields_what_its_parameters_ask_for(params, ids):
    assert found(**params) == ids


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({"sort": "year"}, [104, 101, 103, 105, 102]),
        ({"sort": "year", "sort_order": "asc"}, [104, 101, 103, 105, 102]),
        ({"sort": "year", "sort_order": "desc"}, [102, 103, 105, 101, 104]),
        ({"sort": "title", "sort_order": "asc"}, [101, 102, 105, 104, 103]),
        ({"sort": "title", "sort_order": "desc"}, [103, 104, 105, 101, 102]),
    ],
)
def test_rows_without_a_year_come_first_in_rising_order_of_years(params, ids):
    assert found(type="release", **params) == ids


def test_pages_are_of_fifty_rows_unless_asked_and_of_a_hundred_at_most():
    app = create_app(Catalog([], [release(number, "A - B") for number in range(1, 251)]))

    default, small, capped = (
        search(app),
        search(app, per_page=3, page=84),
        search(app, per_page=500),
    )

    assert (len(default["results"]), default["pagination"]["pages"]) == (50, 5)
    assert [row["id"] for row in small["results"]] == [250]
    assert (len(capped["results"]), capped["pagination"]["per_page"]) == (100, 100)
    assert {page["pagination"]["items"] for page in (default, small, capped)} == {250}


def test_the_addresses_of_further_pages_are_those_of_the_recorded_first_middle_and_last_page():
    def pages_in(number):
        urls = search(APP, type="release", per_page=2, page=number)["pagination"]["urls"]
        return {name: parse_qs(urlsplit(url).query)["page"] for name, url in urls.items()}

    assert pages_in(1) == {"last": ["3"], "next": ["2"]}
    assert pages_in(2) == {"first": ["1"], "prev": ["1"], "last": ["3"], "next": ["3"]}
    assert pages_in(3) == {"first": ["1"], "prev": ["2"]}


def test_the_address_of_the_next_page_yields_it_and_holds_no_credentials():
    params = {"genre": "Stage & Screen", "per_page": 1, "token": "s3cret", "key": "k3y"}

    first = search(APP, **params)["pagination"]["urls"]["next"]
    second = ask(APP, first, DISCOGS_KEY).json()

    assert first.startswith("http://emulator/database/search?")
    assert "s3cret" not in first
    assert "k3y" not in first
    assert [row["id"] for row in second["results"]] == [102]


def test_an_empty_result_is_one_page_without_addresses():
    assert search(APP, year="1901") == {
        "pagination": {"page": 1, "pages": 1, "per_page": 50, "items": 0, "urls": {}},
        "results": [],
    }


def test_ten_thousand_rows_are_served_although_more_are_counted():
    app = create_app(Catalog([], [release(number, "A - B") for number in range(1, 10_052)]))
    path = "/database/search?per_page=100&page="

    last, beyond = ask_all(app, f"{path}100", f"{path}101", headers=DISCOGS_KEY)

    assert [row["id"] for row in last.json()["results"]] == list(range(9_901, 10_001))
    assert last.json()["pagination"]["items"] == 10_051
    assert last.json()["pagination"]["pages"] == 101
    assert beyond.status_code == 404
    assert beyond.json() == {"message": "The requested resource was not found."}


def test_row_ten_thousand_is_served_even_on_a_page_that_is_not_full():
    app = create_app(Catalog([], [release(number, "A - B") for number in range(1, 10_001)]))

    rows = search(app, per_page=75, page=134)["results"]

    assert [row["id"] for row in rows] == list(range(9_976, 10_001))


@pytest.mark.parametrize("page", [0, 2, 10**30])
def test_a_page_that_is_not_there_is_a_404(page):
    answer = ask(APP, "/database/search", DISCOGS_KEY, page=page)

    assert answer.status_code == 404
    assert answer.json() == {"message": "The requested resource was not found."}


def test_the_details_of_a_release_split_its_artist_from_its_title():
    details = ask(APP, "/releases/101", DISCOGS_KEY).json()

    assert (details["artists_sort"], details["title"]) == ("Brad Fiedel", "The Terminator")
    assert details["artists"][0]["name"] == "Brad Fiedel"
    assert (details["year"], details["released"], details["country"]) == (1984, "1984", "US")
    assert (details["genres"], details["styles"]) == (["Stage & Screen"], ["Soundtrack", "Score"])
    assert details["formats"] == [{"name": "Vinyl", "qty": "1", "descriptions": ["LP", "Album"]}]
    assert [(label["name"], label["catno"]) for label in details["labels"]] == [
        ("Enigma Records", "72000-1"),
        ("Cinema Records", "72000-1"),
    ]
    assert (details["master_id"], details["master_url"]) == (
        42,
        "https://api.discogs.com/masters/42",
    )


def test_details_without_a_year_or_a_master_say_so_as_discogs_does():
    details = ask(APP, "/releases/104", DISCOGS_KEY).json()

    assert (details["year"], details["released"]) == (0, "")
    assert details.keys() & {"master_id", "master_url"} == set()


def test_a_master_names_its_oldest_and_latest_release_and_lists_them_all():
    details, versions = ask_all(APP, "/masters/42", "/masters/42/versions", headers=DISCOGS_KEY)

    assert (details.json()["main_release"], details.json()["most_recent_release"]) == (101, 102)
    assert details.json()["year"] == 1984
    assert [(row["id"], row["released"]) for row in versions.json()["versions"]] == [
        (101, "1984"),
        (102, "2016"),
    ]
    assert versions.json()["pagination"]["items"] == 2


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/releases/9", "Release not found."),
        ("/masters/9", "Master Release not found."),
        ("/masters/9/versions", "Master Release not found."),
        ("/releases/latest", "The requested resource was not found."),
        ("/labels/1", "The requested resource was not found."),
    ],
)
def test_what_discogs_does_not_know_is_its_404_with_rate_headers(path, message):
    answer = ask(APP, path, DISCOGS_KEY)

    assert (answer.status_code, answer.json()) == (404, {"message": message})
    assert answer.headers["x-discogs-ratelimit"] == "60"


@pytest.mark.parametrize(
    ("authorization", "query", "status"),
    [
        ("", "", 401),
        ("Discogs token=", "", 401),
        ("Bearer abc", "", 401),
        ("Discogs key=abc", "", 401),
        ("Discogs token=abc", "", 200),
        ("Discogs key=abc, secret=def", "", 200),
        ("", "?token=abc", 200),
        ("", "?key=abc&secret=def", 200),
        ("", "?key=abc", 401),
    ],
)
def test_a_search_wants_a_token_or_a_key_with_its_secret(authorization, query, status):
    headers = {"Authorization": authorization, "User-Agent": "a-test/1.0"}

    answer = ask(APP, f"/database/search{query}", headers)

    assert answer.status_code == status
    if status == 401:
        assert answer.json() == {"message": "You must authenticate to access this resource."}
        assert answer.headers["x-discogs-ratelimit"] == "25"


def test_details_of_a_release_need_no_token():
    assert ask(APP, "/releases/101", {"User-Agent": "a-test/1.0"}).status_code == 200


def test_a_request_without_a_user_agent_is_refused():
    answer = ask(APP, "/releases/101", {**DISCOGS_KEY, "User-Agent": ""})

    assert answer.status_code == 403
    assert "User-Agent" in answer.json()["message"]


def rate(answer):
    names = ("", "-used", "-remaining")
    return [int(answer.headers[f"x-discogs-ratelimit{name}"]) for name in names]


def test_the_sixty_first_request_of_a_minute_is_refused_until_the_first_is_a_minute_old():
    now = [0.0]
    app = create_app(Catalog([], [HEAT]), enforce_limits=True, clock=lambda: now[0])
    early = ask_all(app, *["/releases/103"] * 20, headers=DISCOGS_KEY)
    now[0] = 59.0
    later = ask_all(app, *["/releases/103"] * 41, headers=DISCOGS_KEY)
    now[0] = 60.0  # Twenty are a minute old; the other forty are not.
    again = ask_all(app, *["/releases/103"] * 21, headers=DISCOGS_KEY)

    assert [rate(early[0]), rate(early[-1])] == [[60, 1, 59], [60, 20, 40]]
    assert [answer.status_code for answer in later] == [200] * 40 + [429]
    assert rate(later[-1]) == [60, 60, 0]
    assert later[-1].json() == {"message": "You are making requests too quickly."}
    assert "retry-after" not in later[-1].headers
    assert [answer.status_code for answer in again] == [200] * 20 + [429]


def test_without_a_key_twenty_five_requests_are_allowed():
    app = create_app(Catalog([], [HEAT]), enforce_limits=True)

    answers = ask_all(app, *["/releases/103"] * 26, headers={"User-Agent": "a-test/1.0"})

    assert [answer.status_code for answer in answers] == [200] * 25 + [429]
    assert rate(answers[-1]) == [25, 25, 0]


def test_without_enforced_limits_the_headers_slow_no_client_down():
    answers = ask_all(APP, *["/releases/103"] * 70, headers=DISCOGS_KEY)

    assert {answer.status_code for answer in answers} == {200}
    assert rate(answers[-1]) == [60, 0, 60]


def test_both_apis_have_limits_of_their_own():
    app = create_app(Catalog([{"id": 1, "title": "Heat"}], [HEAT]), enforce_limits=True)
    ask_all(app, *["/releases/103"] * 61, headers=DISCOGS_KEY)

    assert ask(app, "/3/movie/1").status_code == 200


def test_a_row_has_the_fields_of_the_recorded_search():
    folder = shared_folder("fixtures")
    recorded = json.loads(
        (folder / "more/discogs/hosar__database_search_artist_q.json").read_text("utf-8")
    )
    for kind in ("release", "master"):
        recorded_row = next(
            row for row in recorded["results"] if row["type"] == kind and "year" in row
        )
        row = search(APP, type=kind, year="1984")["results"][0]
        # Only some recorded rows have these two.
        assert row.keys() == recorded_row.keys() - {"formats", "format_quantity"}
        assert {name: type(row[name]) for name in row} == {
            name: type(recorded_row[name]) for name in row
        }
    assert search(APP, per_page=1)["pagination"].keys() == recorded["pagination"].keys()
    urls = search(APP, per_page=1)["pagination"]["urls"]
    assert urls.keys() == recorded["pagination"]["urls"].keys()


@pytest.mark.parametrize("kind", ["release", "master"])
def test_details_hold_no_field_that_no_recording_has(kind):
    folder = shared_folder("fixtures") / "discogs"
    recorded = json.loads((folder / f"fuzzbin__{kind}.json").read_text("utf-8"))

    details = ask(APP, f"/{kind}s/{101 if kind == 'release' else 42}", DISCOGS_KEY).json()

    assert details.keys() <= recorded.keys()
    assert details["artists"][0].keys() <= recorded["artists"][0].keys()


def test_the_real_releases_of_a_year_are_found_by_their_style():
    folder = shared_folder("catalog")
    catalog = read_catalog(folder)
    expected = {
        row["id"]
        for row in catalog.releases
        if row["year"] == "2016" and "Soundtrack" in row["style"]
    }

    page = search(create_app(catalog), style="Soundtrack", year="2016", per_page=100)

    assert page["pagination"]["items"] == len(expected) > 0
    assert {row["id"] for row in page["results"]} <= expected

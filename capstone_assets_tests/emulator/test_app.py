"""Both APIs in one app: limits that are kept where they are enforced."""

from capstone_assets.emulator.app import create_app
from capstone_assets.emulator.catalogs.catalog import Catalog
from capstone_assets_tests.emulator.asking import ask, ask_all, film

FILM = film(78, "Blade Runner", "1982-06-25")


def test_the_forty_first_request_of_a_second_is_refused_when_limits_are_enforced():
    now = [50.0]
    app = create_app(Catalog([FILM], []), enforce_limits=True, clock=lambda: now[0])

    answers = ask_all(app, *["/3/movie/78"] * 41)
    now[0] += 1.0
    later = ask(app, "/3/movie/78")

    assert [answer.status_code for answer in answers] == [200] * 40 + [429]
    assert answers[-1].json() == {
        "success": False,
        "status_code": 25,
        "status_message": "Your request count (41) is over the allowed limit of (40).",
    }
    assert "retry-after" not in answers[-1].headers
    assert later.status_code == 200


def test_nothing_is_refused_when_limits_are_not_enforced():
    answers = ask_all(create_app(Catalog([FILM], [])), *["/3/genre/movie/list"] * 100)

    assert {answer.status_code for answer in answers} == {200}


def test_at_ten_times_the_pace_the_forty_first_is_served_after_a_tenth_of_a_second():
    now = [50.0]
    app = create_app(Catalog([FILM], []), enforce_limits=True, time_scale=10, clock=lambda: now[0])

    refused = ask_all(app, *["/3/movie/78"] * 41)[-1]
    now[0] += 0.1
    later = ask(app, "/3/movie/78")

    assert (refused.status_code, later.status_code) == (429, 200)

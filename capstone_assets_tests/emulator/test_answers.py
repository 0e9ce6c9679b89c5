"""How an answer is written."""

from capstone_assets.emulator.app import create_app
from capstone_assets.emulator.catalogs.catalog import Catalog
from capstone_assets_tests.emulator.asking import ask, film


def test_a_title_that_utf_8_cannot_write_breaks_no_page():
    app = create_app(Catalog([film(1, "Half a \ud83c"), film(2, "君の名は。")], []))

    results = ask(app, "/3/movie/popular").json()["results"]

    assert [row["title"] for row in results] == ["Half a \ud83c", "君の名は。"]

"""The page of a run's report, as HTML and in a real browser."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from capstone_assets.audit.records import AuditRecord, write_record
from capstone_assets.cli import capstone
from capstone_assets.inspection.stored_run import read_run
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.report.run_figures import Listing, RunFigures
from capstone_assets.report.run_report import render_report, write_report
from capstone_assets_tests.report.conftest import RUN, record


def test_the_page_shows_the_numbers_escapes_titles_and_needs_nothing_else(figures: RunFigures):
    page = render_report(figures)

    for shown in (
        "80.0% of 10 film soundtracks are linked to their film",
        "8 of 12 films have their soundtrack",
        "8 rows, 90 in the previous run",
        "Judged by the 7 labels",
        "pairs of a release and a film to review (3 of an album and a film)",
        "Links that the labels call wrong",
    ):
        assert shown in page
    assert "Film &lt;7&gt; &amp; more" in page
    assert "Film <" not in page
    links = set(re.findall(r"https?://[^\s\"'<)]+", page))
    # Vocabularies of SVG, and what a reader may click.
    known = (
        "http://127.0.0.1:9/x.png",
        "http://www.w3.org/",
        "https://www.themoviedb.org/",
        "https://www.discogs.com/",
    )
    assert [link for link in links if not link.startswith(known)] == []
    images = re.findall(r"<svg[^>]*>", page)
    assert len(images) == 9
    assert all('role="img"' in image and "aria-label=" in image for image in images)


def test_a_lake_of_the_emulator_says_that_its_ids_and_ratings_are_its_own(figures: RunFigures):
    notice = "From the emulator."

    assert notice not in render_report(figures)
    assert notice in render_report(replace(figures, is_emulated=True))


def test_a_figures_colors_follow_the_page(figures: RunFigures):
    page = render_report(figures)

    assert not re.search(r"<svg.*#0072b2.*</svg>", page, re.DOTALL)
    assert "var(--blue)" in page


def test_a_run_without_labels_or_review_or_an_earlier_run_has_a_report(figures: RunFigures):
    bare = replace(
        figures,
        evaluation=None,
        points=[],
        review=Listing([], 0),
        compared_with=None,
        closest=[],
        checks=[],
    )

    page = render_report(bare)

    assert "Quality by the labels" not in page
    assert "nothing to compare with" in page


def test_the_report_is_stored_beside_the_other_metrics(lakehouse: Lakehouse, figures: RunFigures):
    path = write_report(read_run(lakehouse, RUN))

    assert path == lakehouse.url(f"metrics/report_{RUN}.html")
    assert figures.run_id in Path(path).read_text("utf-8")
    with pytest.raises(LookupError, match="No audit record of the run 1999"):
        write_report(read_run(lakehouse, "1999"))


@pytest.mark.usefixtures("figures")
def test_the_report_of_no_run_in_particular_is_of_the_last_one_that_made_links(
    lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch
):
    # As when a person materializes a year of one table in the web UI.
    later = "20261125T080000-9f8e7d6c"
    began = datetime(2026, 11, 25, 8, tzinfo=UTC)
    write_record(
        lakehouse,
        AuditRecord(later, "9f8e7d6c", "bronze/tmdb_movies", "bronze", ["1999"], began),
    )
    monkeypatch.setenv("CAPSTONE_LAKE", lakehouse.root)

    shown = CliRunner().invoke(capstone, ["report"]).output

    assert f"report_{RUN}.html" in shown
    assert f"run {RUN} of 1999\n" in shown
    assert "to review: 3 pairs of a release and a film (3 of an album and a film)\n" in shown
    assert "compared: 16 pairs of a release and a film, of which 25.0% are strong links\n" in shown
    assert "predecessor" not in shown
    assert later in shown
    assert later in CliRunner().invoke(capstone, ["report", "--run", later]).output


@pytest.mark.usefixtures("figures")
def test_a_run_of_all_of_gold_is_reported_though_links_of_a_year_were_made_since(
    lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch
):
    whole, click = "20261124T180000-aaaaaaaa", "20261125T080000-9f8e7d6c"
    for table in TABLES.values():
        if table.layer == "gold":
            write_record(lakehouse, record(table.name, 8, whole))
    write_record(lakehouse, record("gold/matches", 1, click))
    monkeypatch.setenv("CAPSTONE_LAKE", lakehouse.root)

    shown = CliRunner().invoke(capstone, ["report"]).output

    assert f"report_{whole}.html" in shown
    assert f"the last is {click}" in shown


@pytest.fixture
def page_file(tmp_path: Path, figures: RunFigures) -> Path:
    file = tmp_path / "report.html"
    file.write_text(render_report(figures), "utf-8")
    return file


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_quiet_fits_and_is_accessible_in_a_browser(
    browser: Any, page_file: Path, width: int, scheme: str
):
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    page.goto(page_file.as_uri())

    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [page_file.as_uri()]
    assert page.title().startswith("Films and their soundtracks")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # A title of thousands of letters is cut after some lines.
    heights = page.evaluate("[...document.querySelectorAll('td')].map(e => e.offsetHeight)")
    assert max(heights) < 400
    violations = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []


def test_a_table_is_searched_and_sorted_in_the_page(browser: Any, page_file: Path):
    page = browser.new_page()
    page.goto(page_file.as_uri())
    links = page.locator("[data-listing=links]")

    assert links.locator("tbody tr").count() == 8
    assert links.locator("tbody a").first.get_attribute("href") == (
        "https://www.themoviedb.org/movie/0"
    )
    links.locator("th", has_text="score").get_by_role("button").click()
    assert links.locator("tbody tr").first.locator("td").last.inner_text() == "50.0%"
    links.get_by_role("searchbox").fill("ALBUM 3")
    assert links.locator("tbody tr").all_inner_texts() == [
        "Film <3> & more\t1999\tComposer - Album 3\t\t1\tprobable\t65.0%"
    ]
    assert links.get_by_role("status").inner_text() == "1 row"
    links.get_by_role("searchbox").fill("xyzzy")
    assert links.locator("tbody").inner_text() == "No row matches."
    assert links.get_by_role("status").inner_text() == "0 rows"

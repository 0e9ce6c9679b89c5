"""The report of a run: its numbers, and the page in a real browser."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from capstone_assets.audit.records import AuditRecord, write_record
from capstone_assets.inspection.stored_run import read_run
from capstone_assets.lake.gold import (
    COMPOSER_POPULARITY,
    FILM_SOUNDTRACKS,
    GENRE_POPULARITY,
    MATCHES,
    REVIEW_QUEUE,
)
from capstone_assets.lake.silver import CANDIDATES, SOUNDTRACKS
from capstone_assets.lake.storage import Lakehouse
from capstone_assets.matching.evaluation import Label
from capstone_assets.report.run_figures import Listing, RunFigures, count_run
from capstone_assets.report.run_report import render_report, write_report
from capstone_assets_tests.stored_rows import store_rows

RUN = "20261124T120000-1a2b3c4d"
EVIDENCE = [
    {"comparison": "prior", "level": "1", "weight": -4.0, "explanation": "a candidate"},
    {"comparison": "title", "level": "same", "weight": 5.0, "explanation": "both are called 'x'"},
    {"comparison": "year", "level": "far", "weight": -0.5, "explanation": "ten years apart"},
]


def link(film: int, release: int, score: float, **more: Any) -> dict[str, Any]:
    return {
        "film_id": film,
        "release_id": release,
        "score": score,
        "match_weight": 0.5,
        "evidence": EVIDENCE,
        "film_title": f"Film <{film}> & more",
        "film_year": 1999,
        "release_title": f"Composer - Album {release}",
        "album_id": f"album:{release}",
        "release_year": "1999",
        **more,
    }


def write_lake(lakehouse: Lakehouse) -> None:
    matches = [link(n, n, 0.5 + n / 20, tier="strong" if n > 3 else "probable") for n in range(8)]
    store_rows(lakehouse, MATCHES, "1999", matches)
    review = [link(20 + n, 20 + n, 0.3 + n / 100) for n in range(3)]
    store_rows(lakehouse, REVIEW_QUEUE, "1999", review)
    films = [
        {
            "film_id": n,
            "film_year": 1985 + n,
            "title": f"Film <{n}> & more",
            "best_tier": ("strong" if n > 3 else "probable") if n < 8 else None,
            "best_release_id": n if n < 8 else None,
            "best_album": f"Composer - Album {n}" if n < 8 else None,
            "releases": 1 if n < 8 else 0,
            "albums": 1 if n < 8 else 0,
            "no_soundtrack_because": None if n < 8 else "none_found",
            "release_year": "1999",
        }
        for n in range(12)
    ]
    store_rows(lakehouse, FILM_SOUNDTRACKS, "1999", films)
    pairs = [{"film_id": n, "release_id": n, "release_year": "1999"} for n in range(16)]
    store_rows(lakehouse, CANDIDATES, "1999", pairs)
    kinds = ["film_score"] * 10 + ["tv"] * 2
    soundtracks = [
        {"release_id": n, "kind": kind, "release_year": "1999"} for n, kind in enumerate(kinds)
    ]
    store_rows(lakehouse, SOUNDTRACKS, "1999", soundtracks)
    music = [
        {
            "tag": "genre",
            "name": name,
            "films": films,
            "median_popularity": 5.0,
            "popularity_low": 4.0,
            "popularity_high": 7.0,
            "popularity_p_value": p_value,
            "median_rating": 6.5,
            "rating_low": 6.1,
            "rating_high": 6.9,
            "rating_p_value": 0.5,
        }
        for name, films, p_value in (("Jazz", 40, 0.001), ("Rock", 60, 0.02))
    ]
    store_rows(lakehouse, GENRE_POPULARITY, "", music)
    composers = [
        {
            "name": name,
            "films": 9,
            "rated_films": 9,
            "median_rating": 7.5,
            "rating_low": low,
            "rating_high": 8.0,
            "rating_p_value": 0.01,
        }
        for name, low in (("Jerry Goldsmith", 7.0), ("Of too few films", None))
    ]
    store_rows(lakehouse, COMPOSER_POPULARITY, "", composers)


def record(step: str, rows: int | None, run: str = RUN, **more: Any) -> AuditRecord:
    began = datetime(2026, 11, 24, 12, 0, 5, tzinfo=UTC)
    known: dict[str, Any] = {
        "layer": step.split("/")[0],
        "partitions": ["1999"],
        "started": began,
        "finished": began.replace(second=15),
        "duration_seconds": 10.0,
        **more,
    }
    return AuditRecord(run_id=run, dagster_run_id="1", step=step, records_out=rows, **known)


CHECK = {
    "name": "rows_are_as_many_as_before",
    "asset": "gold/matches",
    "passed": False,
    "severity": "WARN",
    "description": "8 rows, 90 in the previous run",
    "figures": {},
}
REQUESTS = {"made": 31, "from_cache": 2, "retried": 4, "throttled": 1, "bytes_received": 5_000_000}


@pytest.fixture
def figures(lakehouse: Lakehouse) -> RunFigures:
    write_lake(lakehouse)
    write_record(lakehouse, record("bronze/tmdb_movies", 100, requests=REQUESTS))
    write_record(lakehouse, record("gold/matches", 8))
    write_record(lakehouse, record("gold_matches_schema", None, layer="gold", checks=[CHECK]))
    before = "20261123T120000-00000000"
    write_record(lakehouse, record("bronze/tmdb_movies", 90, before))
    write_record(lakehouse, record("gold/matches", 8, before))
    labels = [Label(n, n, True, "score") for n in range(6)] + [Label(99, 7, True, "score")]
    return count_run(read_run(lakehouse, RUN), labels)


def test_the_numbers_are_those_of_the_tables(figures: RunFigures):
    rate = figures.match_rate

    assert (figures.films, figures.films_with_soundtrack, rate.soundtracks) == (12, 8, 10)
    assert (rate.candidates, rate.strong, rate.probable, figures.to_review) == (16, 4, 4, 3)
    assert (rate.strong_share_of_candidates, rate.linked_share_of_soundtracks) == (0.25, 0.8)
    assert figures.by_decade == {
        "1980s": {"probable": 4, "strong": 1},
        "1990s": {"strong": 3, "none": 4},
    }
    assert figures.weight_by_comparison == {"title": (5.0, 0.0), "year": (0.0, -0.5)}
    assert [row["release_id"] for row in figures.review.rows] == [22, 21, 20]
    assert [row["release_id"] for row in figures.links.rows] == [7, 6, 5, 4, 3, 2, 1, 0]
    assert [row["film_id"] for row in figures.without_soundtrack.rows] == [8, 9, 10, 11]
    assert [row["film_id"] for row in figures.top_films] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert [(row.name, row.rating.is_significant) for row in figures.composers] == [
        ("Jerry Goldsmith", True)
    ]


def test_changes_are_against_the_last_run_that_wrote_the_same(figures: RunFigures):
    assert figures.compared_with == "20261123T120000-00000000"
    assert {step.name: step.change for step in figures.tables} == {
        "bronze/tmdb_movies": 10,
        "gold/matches": 0,
    }


def test_the_links_are_judged_by_the_labels(figures: RunFigures):
    assert figures.evaluation is not None
    assert figures.evaluation.overall.precision.hits == 6
    assert figures.evaluation.overall.precision.total == 7


def test_music_that_stands_out_beyond_chance_is_distinguished_from_other_music(
    figures: RunFigures,
):
    assert [
        (row.name, row.popularity and row.popularity.is_significant) for row in figures.music
    ] == [
        ("Rock", False),
        ("Jazz", True),
    ]


def test_the_page_shows_the_numbers_escapes_titles_and_needs_nothing_else(figures: RunFigures):
    page = render_report(figures)

    for shown in (
        "80.0% of 10 film soundtracks are linked to their film",
        "8 of 12 films have their soundtrack",
        "8 rows, 90 in the previous run",
        "Judged by the 7 labels",
    ):
        assert shown in page
    assert "Film &lt;7&gt; &amp; more" in page
    assert "Film <" not in page
    links = set(re.findall(r"https?://[^\s\"'<)]+", page))
    # Vocabularies of SVG, and what a reader may click.
    known = ("http://www.w3.org/", "https://www.themoviedb.org/", "https://www.discogs.com/")
    assert [link for link in links if not link.startswith(known)] == []
    images = re.findall(r"<svg[^>]*>", page)
    assert len(images) == 9
    assert all('role="img"' in image and "aria-label=" in image for image in images)


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

    assert "Right by the labels" not in page
    assert "nothing to compare with" in page


def test_the_report_lies_beside_the_other_metrics(lakehouse: Lakehouse, figures: RunFigures):
    path = write_report(read_run(lakehouse, RUN))

    assert path == lakehouse.url(f"metrics/report_{RUN}.html")
    assert figures.run_id in Path(path).read_text("utf-8")
    with pytest.raises(LookupError, match="No audit record of the run 1999"):
        write_report(read_run(lakehouse, "1999"))


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
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    violations = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []


def test_a_table_is_searched_and_sorted_in_the_page(browser: Any, page_file: Path):
    page = browser.new_page()
    page.goto(page_file.as_uri())
    links = page.locator("[data-listing=links]")

    assert links.locator("tbody tr").count() == 8
    assert links.locator("tbody a").first.get_attribute("href") == (
        "https://www.themoviedb.org/movie/7"
    )
    links.locator("th", has_text="score").get_by_role("button").click()
    assert links.locator("tbody tr").first.locator("td").last.inner_text() == "50.0%"
    links.get_by_role("searchbox").fill("ALBUM 3")
    assert links.locator("tbody tr").all_inner_texts() == [
        "Film <3> & more\t1999\tComposer - Album 3\t\t1\tprobable\t65.0%"
    ]
    assert links.get_by_role("status").inner_text() == "1 row, page 1 of 1"

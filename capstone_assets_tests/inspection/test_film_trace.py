"""A film's gold rows, traced to the requests that their facts came from."""

import gzip
import re
import shutil
from pathlib import Path

import pytest

from capstone_assets.audit.records import run_ids
from capstone_assets.inspection.explained_links import UnknownIdError
from capstone_assets.inspection.film_trace import trace_film
from capstone_assets.lake.storage import Lakehouse
from capstone_assets_tests.freshness.records import AMADEUS, DUNE, TOTO
from capstone_assets_tests.programs import called


def test_a_film_is_traced_to_the_requests_and_the_run_that_made_them(made_lake):
    [run_id] = run_ids(made_lake.lakehouse)

    traced = trace_film(made_lake.lakehouse, DUNE["id"])

    [link] = traced.links
    assert (link.release_id, link.tier, link.run_id) == (TOTO["id"], "strong", run_id)
    requests = [origin.request or "" for origin in (*traced.origins, *link.origins)]
    assert [request.split("?")[0] for request in requests] == [
        "GET tmdb /discover/movie",
        f"GET tmdb /movie/{DUNE['id']}",
        "GET discogs /database/search",
    ]
    assert "append_to_response=" in requests[1]
    assert {origin.run_id for origin in (*traced.origins, *link.origins)} == {run_id}
    for page in re.findall(r"page +(\S+)", traced.render()):
        assert (made_lake.folder / "lake" / page).is_file()


def test_a_trace_of_a_film_without_a_release_says_that_there_is_none(made_lake):
    lines = trace_film(made_lake.lakehouse, AMADEUS["id"]).render().splitlines()

    assert lines[0] == f"Amadeus (film {AMADEUS['id']})"
    assert lines[-1] == "  No release is linked to it or waits for review."


@pytest.mark.parametrize("kept", [None, 0, 20, -9], ids=["deleted", "empty", "cut", "cut late"])
def test_a_page_that_is_no_longer_kept_or_whole_costs_only_its_request(
    kept: int | None, made_lake, tmp_path: Path
):
    shutil.copytree(made_lake.folder / "lake", tmp_path / "lake")
    for page in (tmp_path / "lake/raw/pages").rglob("*.gz"):
        if kept is None:
            page.unlink()
        else:
            page.write_bytes(page.read_bytes()[:kept])

    traced = trace_film(Lakehouse(str(tmp_path / "lake")), DUNE["id"])

    assert {origin.request for origin in traced.origins} == {None}
    assert {origin.run_id for origin in traced.origins} == {*run_ids(made_lake.lakehouse)}
    assert "request unknown: its page is deleted or damaged" in traced.render()


def test_a_page_with_what_json_should_not_hold_is_traced_to_its_request(made_lake, tmp_path: Path):
    shutil.copytree(made_lake.folder / "lake", tmp_path / "lake")
    for page in (tmp_path / "lake/raw/pages").rglob("*.gz"):
        odd = f'"body": {{"votes": {"9" * 5_000}, "note": "a\x0bb", '
        lines = gzip.decompress(page.read_bytes()).decode().replace('"body": {', odd)
        page.write_bytes(gzip.compress(lines.encode()))

    traced = trace_film(Lakehouse(str(tmp_path / "lake")), DUNE["id"])

    assert [str(origin.request).split("?")[0] for origin in traced.origins] == [
        "GET tmdb /discover/movie",
        f"GET tmdb /movie/{DUNE['id']}",
    ]


def test_a_film_that_is_not_in_gold_is_a_sentence_and_exit_code_1(
    made_lake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAPSTONE_LAKE", made_lake.lakehouse.root)

    with pytest.raises(UnknownIdError, match="Film 1 is not in gold/film_soundtracks"):
        trace_film(made_lake.lakehouse, 1)
    done = called("trace", "--film", "1")
    assert done.exit_code == 1
    assert "Film 1 is not in gold/film_soundtracks" in done.output

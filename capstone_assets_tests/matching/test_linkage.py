"""From two files to links, in Spark."""

import gzip
import json

from capstone_assets.matching.linkage import LINK_COLUMNS, link_files
from capstone_assets_tests.matching.catalog import film, overrides_file, release, write_jsonl


def test_optional_fields_may_be_missing_and_unknown_ones_are_ignored(spark, tmp_path):
    films = write_jsonl(
        tmp_path / "films.jsonl",
        [{"id": 1, "title": "Jaws", "release_date": "1975-06-20", "softcore": False}],
    )
    releases = tmp_path / "releases.jsonl.gz"
    row = {"id": 2, "title": "John Williams - Jaws", "year": 1975, "style": ["Soundtrack"]}
    with gzip.open(releases, "wt", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")

    found = link_files(spark, films, releases)

    assert tuple(found.columns) == LINK_COLUMNS
    assert [(each.film_id, each.release_id, each.tier) for each in found.collect()] == [
        (1, 2, "strong")
    ]


def test_overrides_win_over_any_score(spark, tmp_path):
    films = write_jsonl(
        tmp_path / "films.jsonl",
        [
            film(1, "Solaris", "1972-03-20", ["Eduard Artemyev"]),
            film(2, "Solaris", "2002-11-27", ["Cliff Martinez"]),
            film(3, "Traffic", "2000-12-27", ["Cliff Martinez"]),
        ],
    )
    releases = write_jsonl(
        tmp_path / "releases.jsonl",
        [
            release(10, "Cliff Martinez - Solaris", "2002"),
            release(11, "Cliff Martinez - Solaris", "2013"),
            release(12, "Cliff Martinez - Wild Card (Original Score)", "2002"),
        ],
    )
    overrides = overrides_file(
        tmp_path,
        "1,10,link,Ada,2026-03-31,listened to it",
        "2,11,reject,Bob,2026-04-01,a bootleg",
        "3,12,link,Ada,2026-04-02,the label told us",
    )

    rows = link_files(spark, films, releases, overrides).collect()

    links = {row.release_id: row for row in rows}
    assert (links[10].film_id, links[10].tier) == (1, "strong")
    assert links[10].reason == "linked by Ada on 2026-03-31: listened to it"
    assert [each.weight for each in links[10].evidence if each.comparison == "override"]
    assert links.get(11) is None or links[11].film_id != 2
    assert (links[12].film_id, links[12].tier) == (3, "strong")

import pyarrow as pa
import pyarrow.parquet as pq

from capstone_assets.lake.bronze import DISCOGS_RELEASES, TMDB_MOVIES
from capstone_assets.lake.gold import GENRE_POPULARITY
from capstone_assets.lake.silver import CANDIDATES, FILMS, SOUNDTRACKS
from capstone_assets.quality.validation import align_schemas, claims, validate
from capstone_assets_tests.stored_rows import store_rows


def findings(lakehouse, table):
    return {finding.claim: finding for finding in validate(lakehouse, table)}


def write_good_tables(lakehouse):
    store_rows(lakehouse, TMDB_MOVIES, "1999", [{"id": 1}])
    store_rows(lakehouse, DISCOGS_RELEASES, "unknown", [{"id": 7}])
    store_rows(lakehouse, FILMS, "1999", [{"film_id": 1}])
    store_rows(lakehouse, SOUNDTRACKS, "unknown", [{"release_id": 7}])
    write_pairs(lakehouse, {})


def write_pairs(lakehouse, *changes):
    pair = {"film_id": 1, "release_id": 7}
    store_rows(lakehouse, CANDIDATES, "1999", [{**pair, **change} for change in changes])


def test_good_tables_hold_every_claim(lakehouse):
    write_good_tables(lakehouse)

    for table in (TMDB_MOVIES, FILMS, SOUNDTRACKS, CANDIDATES):
        found = validate(lakehouse, table)
        assert [finding.claim for finding in found if not finding.holds] == []


def test_the_claim_about_references_names_each_with_its_table():
    assert claims(CANDIDATES)["references_exist"] == (
        "Every referenced row exists: film_id in silver/films, release_id in silver/soundtracks."
    )


def test_the_declared_columns_are_counted_with_the_one_that_is_stored_in_the_path(lakehouse):
    write_good_tables(lakehouse)
    store_rows(lakehouse, GENRE_POPULARITY, "", [{"name": "Jazz"}])

    pairs, genres = (
        findings(lakehouse, table)["columns_are_as_declared"]
        for table in (CANDIDATES, GENRE_POPULARITY)
    )

    assert pairs.figures["columns"] == len(CANDIDATES.columns)
    assert pairs.summary == (
        f"all 1 files have the {len(CANDIDATES.columns) - 1} declared columns, and release_year is "
        "in their path"
    )
    assert (
        genres.summary == f"all 1 files have the {len(GENRE_POPULARITY.columns)} declared columns"
    )


def test_every_claim_is_examined_once_in_order(lakehouse):
    write_good_tables(lakehouse)

    assert list(findings(lakehouse, CANDIDATES)) == list(claims(CANDIDATES))


def test_a_repeated_key_is_found_and_shown(lakehouse):
    write_good_tables(lakehouse)
    write_pairs(lakehouse, {}, {}, {"film_id": 2})

    found = findings(lakehouse, CANDIDATES)["key_is_unique"]

    assert not found.holds
    assert found.figures["repeated_keys"] == 1
    assert found.figures["sample"] == [{"film_id": "1", "release_id": "7", "rows": "2"}]


def test_a_null_in_a_required_column_is_found(lakehouse):
    store_rows(lakehouse, GENRE_POPULARITY, "", [{"name": None}, {"name": "Jazz"}])

    found = findings(lakehouse, GENRE_POPULARITY)["required_values_are_present"]

    assert not found.holds
    assert found.figures["faults"] == {"name": 1}


def test_values_outside_the_declared_set_or_bounds_are_found(lakehouse):
    write_good_tables(lakehouse)
    write_pairs(lakehouse, {"block_key": "guess"}, {"film_id": 2})
    store_rows(lakehouse, FILMS, "1999", [{"film_year": 1066}])

    pairs = findings(lakehouse, CANDIDATES)["values_are_allowed"]
    films = findings(lakehouse, FILMS)["values_are_allowed"]

    assert pairs.summary == "values out of range: block_key 1"
    assert pairs.figures["rows"] == 2
    assert pairs.figures["faults"] == {"block_key": 1}
    assert films.figures["faults"] == {"film_year": 1}
    assert films.figures["sample"] == [{"film_id": "1", "film_year": "1066"}]


def test_a_year_that_is_not_a_partition_is_found(lakehouse):
    write_good_tables(lakehouse)
    store_rows(lakehouse, CANDIDATES, "1066", [{"film_id": 1, "release_id": 7}])

    found = findings(lakehouse, CANDIDATES)["values_are_allowed"]

    assert found.figures["faults"] == {"release_year": 1}


def test_a_reference_that_leads_nowhere_is_found(lakehouse):
    write_good_tables(lakehouse)
    write_pairs(lakehouse, {}, {"film_id": 99})

    found = findings(lakehouse, CANDIDATES)["references_exist"]

    assert found.figures["orphans"] == {"film_id in silver/films": 1}
    assert found.figures["sample"] == {"film_id in silver/films": [{"film_id": "99"}]}


def test_a_stored_file_of_another_version_fails_every_claim(lakehouse):
    write_good_tables(lakehouse)
    file = lakehouse.partition_file(CANDIDATES, "1998")
    lakehouse.filesystem.makedirs(file.rsplit("/", 1)[0])
    pq.write_table(pa.table({"film_id": ["1"], "release_id": [7], "block_key": ["x"]}), file)

    found = findings(lakehouse, CANDIDATES)

    assert not any(finding.holds for finding in found.values())
    assert {finding.summary for finding in list(found.values())[1:]} == {
        "not examined: the columns are not as declared"
    }
    assert found["columns_are_as_declared"].figures["files"] == 2
    assert "1998: film_id" in found["columns_are_as_declared"].summary


def test_the_alignment_counts_nulls_and_names_the_sources(lakehouse):
    write_good_tables(lakehouse)

    alignment = {row["column"]: row for row in align_schemas(lakehouse, [FILMS], lambda _: None)}

    assert alignment["film_id"]["sources"] == ["bronze/tmdb_movies.id"]
    assert (alignment["imdb_id"]["rows"], alignment["imdb_id"]["nulls"]) == (1, 1)
    assert all(row["aligned"] for row in alignment.values())
    assert "release_year" not in alignment


def test_the_alignment_takes_what_a_check_counted_unless_there_are_other_rows_by_now(lakehouse):
    write_good_tables(lakehouse)

    def nulls(rows: int) -> int:
        counted = {"rows": rows, "nulls": {"wikidata_id": 9}}
        alignment = align_schemas(lakehouse, [FILMS], lambda _: counted)
        return {row["column"]: row["nulls"] for row in alignment}["wikidata_id"]

    assert (nulls(rows=1), nulls(rows=2)) == (9, 1)

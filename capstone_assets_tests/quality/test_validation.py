import pyarrow as pa
import pyarrow.parquet as pq

from capstone_assets.lake.bronze import DISCOGS_RELEASES, TMDB_MOVIES
from capstone_assets.lake.gold import GENRE_POPULARITY
from capstone_assets.lake.silver import CANDIDATES, FILMS, SOUNDTRACKS
from capstone_assets.quality.validation import align_schemas, claims, validate


def findings(lakehouse, table):
    return {finding.claim: finding for finding in validate(lakehouse, table)}


def write_good_tables(lakehouse, rows):
    movie, release = {"id": 1, "release_year": "1999"}, {"id": 7, "release_year": "unknown"}
    lakehouse.write(rows(TMDB_MOVIES, [movie]), TMDB_MOVIES, ["1999"])
    lakehouse.write(rows(DISCOGS_RELEASES, [release]), DISCOGS_RELEASES, ["unknown"])
    lakehouse.write(rows(FILMS, [{"film_id": 1, "release_year": "1999"}]), FILMS, ["1999"])
    soundtrack = {"release_id": 7, "release_year": "unknown"}
    lakehouse.write(rows(SOUNDTRACKS, [soundtrack]), SOUNDTRACKS, ["unknown"])
    write_pairs(lakehouse, rows, {})


def write_pairs(lakehouse, rows, *changes):
    pair = {"film_id": 1, "release_id": 7, "release_year": "1999"}
    pairs = rows(CANDIDATES, [{**pair, **change} for change in changes])
    lakehouse.write(pairs, CANDIDATES, ["1999"])


def test_good_tables_hold_every_claim(lakehouse, rows):
    write_good_tables(lakehouse, rows)

    for table in (TMDB_MOVIES, FILMS, SOUNDTRACKS, CANDIDATES):
        found = validate(lakehouse, table)
        assert [finding.claim for finding in found if not finding.holds] == []


def test_every_claim_is_examined_once_in_order(lakehouse, rows):
    write_good_tables(lakehouse, rows)

    assert list(findings(lakehouse, CANDIDATES)) == list(claims(CANDIDATES))


def test_a_repeated_key_is_found_and_shown(lakehouse, rows):
    write_good_tables(lakehouse, rows)
    write_pairs(lakehouse, rows, {}, {}, {"film_id": 2})

    found = findings(lakehouse, CANDIDATES)["key_is_unique"]

    assert not found.holds
    assert found.figures["repeated_keys"] == 1
    assert found.figures["sample"] == [{"film_id": "1", "release_id": "7", "rows": "2"}]


def test_a_null_in_a_required_column_is_found(lakehouse, rows):
    loose = rows(GENRE_POPULARITY, [{"name": "Jazz"}]).selectExpr(
        *["null as name" if n == "name" else n for n in GENRE_POPULARITY.column_names]
    )
    loose = loose.withColumn("name", loose["name"].cast("string"))
    lakehouse.write(loose, GENRE_POPULARITY, [""])

    found = findings(lakehouse, GENRE_POPULARITY)["required_values_are_present"]

    assert not found.holds
    assert found.figures["faults"] == {"name": 1}


def test_values_outside_the_declared_set_or_bounds_are_found(lakehouse, rows):
    write_good_tables(lakehouse, rows)
    write_pairs(lakehouse, rows, {"block_key": "guess"}, {"film_id": 2})
    early = {"film_year": 1066, "release_year": "1999"}
    lakehouse.write(rows(FILMS, [early]), FILMS, ["1999"])

    pairs = findings(lakehouse, CANDIDATES)["values_are_allowed"]
    films = findings(lakehouse, FILMS)["values_are_allowed"]

    assert pairs.figures["faults"] == {"block_key": 1}
    assert films.figures["faults"] == {"film_year": 1}
    assert films.figures["sample"] == [{"film_id": "1", "film_year": "1066"}]


def test_a_year_that_is_no_partition_is_found(lakehouse, rows):
    write_good_tables(lakehouse, rows)
    stray = {"film_id": 1, "release_id": 7, "release_year": "1066"}
    lakehouse.write(rows(CANDIDATES, [stray]), CANDIDATES, ["1066"])

    found = findings(lakehouse, CANDIDATES)["values_are_allowed"]

    assert found.figures["faults"] == {"release_year": 1}


def test_a_reference_that_leads_nowhere_is_found(lakehouse, rows):
    write_good_tables(lakehouse, rows)
    write_pairs(lakehouse, rows, {}, {"film_id": 99})

    found = findings(lakehouse, CANDIDATES)["references_exist"]

    assert found.figures["orphans"] == {"film_id in silver/films": 1}
    assert found.figures["sample"] == {"film_id in silver/films": [{"film_id": "99"}]}


def test_a_stored_file_of_another_version_fails_every_claim(lakehouse, rows):
    write_good_tables(lakehouse, rows)
    file = lakehouse.partition_file(CANDIDATES, "1998")
    lakehouse.filesystem.makedirs(file.rsplit("/", 1)[0])
    pq.write_table(pa.table({"film_id": ["1"], "release_id": [7], "block_key": ["x"]}), file)

    found = findings(lakehouse, CANDIDATES)

    assert not any(finding.holds for finding in found.values())
    assert "1998: film_id" in found["columns_are_as_declared"].summary


def test_the_alignment_counts_nulls_and_names_the_sources(lakehouse, rows):
    write_good_tables(lakehouse, rows)

    alignment = {row["column"]: row for row in align_schemas(lakehouse, [FILMS])}

    assert alignment["film_id"]["sources"] == ["bronze/tmdb_movies.id"]
    assert (alignment["imdb_id"]["rows"], alignment["imdb_id"]["nulls"]) == (1, 1)
    assert all(row["aligned"] for row in alignment.values())
    assert "release_year" not in alignment

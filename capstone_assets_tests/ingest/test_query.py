from capstone_assets.ingest.query import Query

QUERY = Query("tmdb", "/discover/movie", (("sort_by", "popularity.desc"),))


def test_a_narrowed_question_keeps_what_it_was_and_is_another():
    narrowed = QUERY.with_params(year="1984")

    assert narrowed.endpoint == "/discover/movie?sort_by=popularity.desc&year=1984"
    assert QUERY.endpoint == "/discover/movie?sort_by=popularity.desc"
    assert narrowed.digest != QUERY.digest


def test_the_digest_knows_no_order_of_parameters_and_each_part_of_the_question():
    one = QUERY.with_params(page="1", year="1984")
    assert one.digest == QUERY.with_params(year="1984", page="1").digest
    others = [
        *(QUERY, QUERY.with_params(page="1", year="1985")),
        Query("discogs", one.path, one.params),
        Query("tmdb", "/movie/1", one.params),
    ]
    assert one.digest not in {each.digest for each in others}
    assert len(one.digest) == 16


def test_a_question_without_parameters_is_its_path():
    assert Query("tmdb", "/movie/218").endpoint == "/movie/218"

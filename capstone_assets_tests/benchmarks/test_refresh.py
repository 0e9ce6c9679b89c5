from benchmarks.refresh import changed_in
from capstone_assets.emulator.catalogs.generator import generate_catalog


def test_what_changes_in_a_year_is_a_tenth_of_its_films_and_releases():
    catalog = generate_catalog(2000, 6000, seed=1)

    changed = changed_in(catalog, 1999)

    films = [
        (old["release_date"][:4], new["vote_count"] - old["vote_count"])
        for old, new in zip(catalog.films, changed.films, strict=True)
        if old != new
    ]
    assert set(films) == {("1999", 1)}
    assert [each["id"] for each in changed.changes] == [
        film["id"]
        for film in catalog.films
        if film["release_date"].startswith("1999") and film["id"] % 10 == 0
    ]
    known = {release["id"]: release for release in catalog.releases}
    pressed = [each for each in changed.releases if each["id"] not in known]
    of_year = [each for each in catalog.releases if each["year"] == "1999"]
    assert len(pressed) == -(-len(of_year) // 10)
    assert {each["title"] for each in pressed} <= {each["title"] for each in of_year}
    assert {each["year"] for each in pressed} == {"1999"}

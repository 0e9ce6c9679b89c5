"""Records that look like a listed film's and are not."""

from capstone_assets.emulator.catalogs.films import REMAKE_YEARS
from capstone_assets.emulator.catalogs.titles import title_key
from capstone_assets_tests.emulator.catalogs.generated import records_of_kind


def test_a_withheld_remake_differs_from_the_listed_film_in_composer_and_year(catalog):
    films = {str(film["id"]): film for film in catalog.films}
    releases = {str(row["id"]): row for row in catalog.releases}
    years = {master["id"]: int(master["year"]) for master in catalog.masters}
    remakes = [
        row for row in catalog.labels if row["kind"] == "absent_remake" and row["label"] < "1"
    ]
    assert len(remakes) > 50
    for row in remakes:
        film, release = films[row["film_tmdb_id"]], releases[row["release_id"]]
        artist = release["title"].split(" - ")[0]
        assert not any(composer in artist for composer in film["composers"])
        original_year = years[release["master_id"]]
        assert abs(original_year - int(film["release_date"][:4])) >= REMAKE_YEARS


def test_a_film_whose_title_a_withheld_film_shares_has_no_soundtrack_of_its_own(catalog):
    namesakes = {
        row["film_tmdb_id"] for row in catalog.labels if row["kind"] == "absent_remake"
    } - {""}
    with_soundtrack = {row["film_tmdb_id"] for row in catalog.labels if row["label"] == "1"}
    assert namesakes
    assert not namesakes & with_soundtrack


def test_an_ordinary_album_of_a_films_title_never_says_soundtrack(catalog):
    releases = {str(row["id"]): row for row in catalog.releases}
    albums = [
        releases[row["release_id"]] for row in catalog.labels if row["kind"] == "decoy_studio_album"
    ]
    assert len(albums) > 300
    for album in albums:
        assert "Stage & Screen" not in album["genre"]
        assert not {"Soundtrack", "Score", "Theme", "Musical"} & set(album["style"])


def test_a_sequel_in_brackets_is_in_no_list(catalog):
    titles = {title_key(film["title"]) for film in catalog.films}
    records = list(records_of_kind(catalog, "absent_sequel_in_brackets"))
    assert len(records) > 30
    for film, release, _ in records:
        assert film["title"].casefold() in release["title"].casefold()
        for part, roman in ((7, "VII"), (8, "VIII"), (9, "IX")):
            for style in (f"{film['title']} {part}", f"{film['title']}: Part {roman}"):
                assert title_key(style) not in titles


def test_a_concept_album_is_at_least_twelve_years_older_than_its_film(catalog):
    records = list(records_of_kind(catalog, "decoy_concept_album"))
    assert len(records) > 30
    for film, release, master in records:
        assert release["year"]
        assert int(film["release_date"][:4]) - int(master["year"]) >= 12


def test_unmarked_television_is_by_another_composer_and_of_another_year(catalog):
    records = list(records_of_kind(catalog, "decoy_tv_unmarked"))
    plain = [each for each in records if "Original" in each[1]["title"]]
    assert len(plain) > 10
    for film, release, master in records:
        artist = release["title"].split(" - ")[0]
        assert artist not in film["composers"]
        if "Motion Picture" in release["title"]:
            assert abs(int(master["year"]) - int(film["release_date"][:4])) >= 6

"""Films and releases whose years depend on one another."""

from capstone_assets.emulator.catalogs.catalog import Row

TERMINATOR: Row = {
    "id": 218,
    "title": "The Terminator",
    "release_date": "1984-10-26",
    "composers": ["Brad Fiedel"],
    "vote_count": 13000,
}
DUNE: Row = {"id": 841, "title": "Dune", "release_date": "1984-12-14", "composers": ["Toto"]}
AMADEUS: Row = {"id": 279, "title": "Amadeus", "release_date": "1984-09-19"}
LEON: Row = {"id": 101, "title": "Léon: The Professional", "release_date": "1994-09-14"}
FILM_ROWS = [TERMINATOR, DUNE, AMADEUS, LEON]
SOUNDTRACK: Row = {"genre": ["Stage & Screen"], "style": ["Soundtrack"], "format": ["CD"]}
TOTO: Row = {"id": 1, "title": "Toto - Dune (Original Soundtrack)", "year": "1984", **SOUNDTRACK}
# Its film is not in the list, as ever for some.
VANGELIS: Row = {"id": 2, "title": "Vangelis - Blade Runner", "year": "1994", **SOUNDTRACK}
# A real title, trailing space included.
REISSUE: Row = {
    "id": 8353709,
    "title": "Brad Fiedel - The Terminator ",
    "year": "2016",
    **SOUNDTRACK,
}

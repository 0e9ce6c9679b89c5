"""Links explained from the stored tables."""

import re

import pytest

from capstone_assets.inspection.explained_links import (
    UnknownIdError,
    explain_stored_film,
    explain_stored_release,
)
from capstone_assets.lake.gold import MATCHES
from capstone_assets_tests.freshness.records import AMADEUS, DUNE, TOTO


def test_a_link_is_explained_with_the_weights_that_it_was_made_by(made_lake):
    [link] = made_lake.lakehouse.select(MATCHES, "release_id", [TOTO["id"]])

    explained = explain_stored_release(made_lake.lakehouse, TOTO["id"])

    assert "Dune (1984)" in explained
    for piece in link["evidence"]:
        weight = re.escape(f"{piece['weight']:+.2f}")
        line = rf"{weight} [+-]* +{piece['comparison']}: "
        assert re.search(line, explained), piece
    assert sum(piece["weight"] for piece in link["evidence"]) == pytest.approx(link["match_weight"])


def test_a_film_is_explained_by_the_releases_that_competed_for_it(made_lake):
    assert "Toto - Dune" in explain_stored_film(made_lake.lakehouse, DUNE["id"])
    assert explain_stored_film(made_lake.lakehouse, AMADEUS["id"]) == (
        f"No release shares a title key with film {AMADEUS['id']}, so no pair was proposed."
    )


def test_an_id_that_is_not_stored_is_named_with_what_to_do(made_lake):
    with pytest.raises(UnknownIdError, match=r"Release 9 is not in silver/soundtracks\. Find ids"):
        explain_stored_release(made_lake.lakehouse, 9)
    with pytest.raises(UnknownIdError, match=r"Film 9 is not in silver/films\. Find ids"):
        explain_stored_film(made_lake.lakehouse, 9)

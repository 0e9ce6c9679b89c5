"""Links explained from the stored tables."""

import re
from dataclasses import replace
from datetime import date

import pytest

from capstone_assets.inspection.explained_links import (
    UnknownIdError,
    explain_stored_film,
    explain_stored_release,
)
from capstone_assets.lake.gold import MATCHES
from capstone_assets.matching.overrides import Override
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


def test_a_film_that_no_key_proposes_is_explained_by_the_person_who_linked_it(made_lake):
    lakehouse, release = made_lake.lakehouse, TOTO["id"]
    linked = Override(AMADEUS["id"], release, "link", "Ann", date(2026, 11, 27), "heard in it")
    rejected = replace(linked, film_id=DUNE["id"], decision="reject", why="another cut")

    of_release = explain_stored_release(lakehouse, release, [linked, rejected])
    of_film = explain_stored_film(lakehouse, AMADEUS["id"], [linked])

    for explained in (of_release, of_film):
        assert re.search(r"Amadeus \(1984\), film \d+: STRONG", explained)
        assert "linked by Ann on 2026-11-27: heard in it" in explained
        assert "Gold still has an earlier decision" in explained

"""Names as two sources write them, on both sides of each bound."""

import pytest

from capstone_assets.matching.people import NamedPerson, is_duo, is_one_of, may_be_one


@pytest.mark.parametrize(
    ("name", "other", "same"),
    [
        ("Ennio Morricone", "Morricone Ennio", True),
        ("Jung Jae-il", "Jaeil Jung", True),
        ("Yoko Kanno", "菅野よう子", False),
        ("Thomas Newman", "Randy Newman", False),
    ],
)
def test_a_name_is_the_same_in_any_order_and_spacing(name, other, same):
    assert is_one_of(NamedPerson(name), [NamedPerson("Nino Rota"), NamedPerson(other)]) is same


@pytest.mark.parametrize(
    ("name", "other", "may_be"),
    [
        ("Ennio Morricone", "E. Morricone", True),
        ("Ennio Morricone", "A. Morricone", False),
        # One word of five letters, and one of four.
        ("Evangelos Vangelis", "Vangelis", True),
        ("Clint Mansell", "Clint", True),
        ("Sean Callery", "Sean", False),
        ("Dmitri Shostakovich", "Dimitri Schostakowitsch", True),
        # 80 % alike as they are heard, and 78 %.
        ("Alexander Zatsepin", "Aleksandr Zacepin", True),
        ("Eugen Doga", "Yevgeny Dogga", False),
    ],
)
def test_a_name_may_be_an_initial_a_part_or_a_transliteration_of_another(name, other, may_be):
    assert may_be_one(NamedPerson(name), NamedPerson(other)) is may_be


@pytest.mark.parametrize(
    ("artist", "is_one"),
    [
        ("Salim-Sulaiman", True),
        # One of its words names neither person, or both name the same one.
        ("Salim-Shekhar", False),
        ("Salim Merchant", False),
        ("Salim", False),
    ],
)
def test_a_duo_is_whole_and_takes_a_word_of_each(artist, is_one):
    composers = [NamedPerson("Salim Merchant"), NamedPerson("Sulaiman Thakker")]

    assert is_duo(NamedPerson(artist), composers) is is_one

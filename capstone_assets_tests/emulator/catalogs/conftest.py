"""A catalog that the tests of this folder share."""

import pytest

from capstone_assets.emulator.catalogs.generator import (
    generate_catalog,
)


@pytest.fixture(scope="session")
def catalog():
    return generate_catalog(4000, 12_000, seed=7)

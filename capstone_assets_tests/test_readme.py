"""The commands and links of README.md and docs/ that need no run; test_run.py runs the others."""

import re

import pytest

from capstone_assets.orchestration.materialize_arguments import fault_of
from capstone_assets_tests.readme import PAGES, PROJECT, README, commands

TARGETS = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))
# A link that is not of the web, without the place in the page.
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_a_page_shows_exists(page):
    text = page.read_text("utf-8")
    in_lines = [each[0] for each in commands(text, "make")]
    in_prose = re.findall(r"`make ([a-z-]+)", text)

    assert {*in_lines, *in_prose} <= TARGETS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_and_picture_that_a_page_links_to_exists(page):
    links = _LINK.findall(page.read_text("utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_what_is_shown_of_dagsters_own_command_can_be_materialized():
    shown = [
        each
        for page in PAGES
        for each in commands(page.read_text("utf-8"), "dagster")
        if each[:2] == ["asset", "materialize"]
    ]
    names = {
        "--select": "select",
        "--partition": "partition",
        "--partition-range": "partition_range",
    }

    assert len(shown) >= 3
    for words in shown:
        given = dict.fromkeys(names.values())
        given |= {names[w]: words[i + 1] for i, w in enumerate(words) if w in names}
        assert fault_of(given) is None, words


def test_the_readme_is_read_in_ten_minutes():
    # At 250 words a minute, as technical prose is read.
    assert len(README.read_text("utf-8").split()) <= 2500


def test_the_readme_counts_the_packages_that_are_installed_and_they_read_web_addresses():
    lock = (PROJECT / "requirements-run.lock").read_text("utf-8")
    packages = re.findall(r"^([a-z0-9.-]+)==", lock, re.MULTILINE)

    assert f"{len(packages)} locked packages" in README.read_text("utf-8")
    # fsspec opens a dump or decisions at http(s):// with these, and asks for them only then.
    assert {"aiohttp", "requests"} <= {*packages}

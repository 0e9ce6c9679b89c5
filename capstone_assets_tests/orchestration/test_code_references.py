from pathlib import Path

import dagster as dg
import pytest

from capstone_assets.orchestration import code_references
from capstone_assets.orchestration.assets.steps import ASSETS
from capstone_assets.orchestration.code_references import linked_to_git, repository_url


def reference(assets: list[dg.AssetsDefinition], name: str) -> object:
    key = dg.AssetKey(name.split("/"))
    [spec] = [each.specs_by_key[key] for each in assets if key in each.keys]
    [found] = spec.metadata["dagster/code_references"].code_references
    return found


@pytest.mark.parametrize(
    ("asset", "module", "function"),
    [
        ("gold/film_soundtracks", "gold.py", "def film_soundtracks("),
        ("raw/tmdb_pages", "raw.py", "def tmdb_pages("),
    ],
)
def test_an_asset_leads_to_the_function_that_makes_it(asset, module, function, monkeypatch):
    monkeypatch.setattr(code_references, "_remote", lambda: "/srv/git/capstone")

    found = reference(linked_to_git(ASSETS), asset)

    assert isinstance(found, dg.LocalFileCodeReference)
    source = Path(found.file_path)
    assert source.name == module
    below = source.read_text(encoding="utf-8").splitlines()[(found.line_number or 0) - 1 :]
    # The line is that of the decorator.
    assert function in next(line for line in below if line.startswith("def "))


def test_a_checkout_of_github_leads_to_the_file_at_its_commit(monkeypatch):
    monkeypatch.setattr(code_references, "_remote", lambda: "git@github.com:team/capstone.git\n")
    monkeypatch.setattr(code_references, "git_commit", lambda: "0123abc")

    found = reference(linked_to_git(ASSETS), "gold/matches")

    assert isinstance(found, dg.UrlCodeReference)
    start = "https://github.com/team/capstone/tree/0123abc/"
    assert found.url.startswith(f"{start}capstone_assets/orchestration/assets/gold.py#L")


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("https://github.com/team/capstone.git", "https://github.com/team/capstone"),
        ("https://x:ghp_secret@github.com/team/capstone", "https://github.com/team/capstone"),
        ("ssh://git@gitlab.com/group/sub/capstone.git", "https://gitlab.com/group/sub/capstone"),
        ("git@git.example.org:team/capstone.git", None),
        ("/srv/git/capstone", None),
        ("", None),
    ],
)
def test_the_page_of_a_remote_has_no_secret_and_is_known_of_two_hosts(remote, page):
    assert repository_url(remote) == page

"""Links from an asset in the web UI to the function that makes it.

Belongs here: where a function's source is, on this disk or where its repository is hosted.
Not here: what the function does (assets/).
"""

import re
import subprocess
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from capstone_assets.audit.records import git_commit

_PACKAGE = Path(__file__).parents[1]
# A git remote over HTTPS or SSH. A user or token before the host is left out.
_HOSTED = re.compile(
    r"(?:https://(?:[^/@]+@)?|(?:ssh://)?git@)(github\.com|gitlab\.com)[:/](.+?)(?:\.git)?/?"
)


def source_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the metadata with which the web UI opens a function's source."""
    code = function.__code__
    with _allowing_beta():
        reference = dg.LocalFileCodeReference(
            file_path=code.co_filename, line_number=code.co_firstlineno, label=function.__name__
        )
        value = dg.CodeReferencesMetadataValue(code_references=[reference])
    return {"dagster/code_references": value}


def linked_to_git(assets: Sequence[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """Point the references to GitHub or GitLab, at this commit, if the checkout is from there."""
    url, commit = repository_url(_remote()), git_commit()
    if url is None or commit is None:
        return list(assets)
    with _allowing_beta():
        mapping = dg.AnchorBasedFilePathMapping(
            local_file_anchor=_PACKAGE / "definitions.py",
            file_anchor_path_in_repository="capstone_assets/definitions.py",
        )
        linked = dg.link_code_references_to_git(assets, url, commit, mapping)
    return [each for each in linked if isinstance(each, dg.AssetsDefinition)]


def repository_url(remote: str) -> str | None:
    """Return the page of a git remote on GitHub or GitLab; None where it is elsewhere."""
    found = _HOSTED.fullmatch(remote.strip())
    return f"https://{found[1]}/{found[2]}" if found else None


def _remote() -> str:
    try:
        found = subprocess.run(
            ["git", "remote", "get-url", "origin"],
            cwd=_PACKAGE,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout


def _allowing_beta() -> warnings.catch_warnings:
    return warnings.catch_warnings(action="ignore", category=dg.BetaWarning)

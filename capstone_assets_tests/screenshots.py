"""The screenshots of README.md: `make screenshots` takes them, of the lake of the current folder.

It needs Chromium (`apt-get install chromium`) and a lake with a whole run.
"""

import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from capstone_assets.audit.records import report_path, run_ids
from capstone_assets.environment import read_settings
from capstone_assets.lake.storage import Lakehouse
from capstone_assets_tests.programs import BIN, PROJECT
from capstone_assets_tests.web_ui import running_web_ui

IMAGES = PROJECT / "docs" / "images"
_LAYERS = ("raw", "bronze", "silver", "gold", "metrics")
_OPENED = ",".join(f"global@global:{layer}" for layer in _LAYERS)


def take() -> None:
    """Write every screenshot to docs/images."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    lakehouse = Lakehouse(read_settings().lake)
    report = Path(report_path(lakehouse, run_ids(lakehouse)[0])).as_uri()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1600, "height": 760})
        with running_web_ui(Path(scratch), {**os.environ, "CAPSTONE_LAKE": lakehouse.root}) as ui:
            _shoot(page, "graph", f"{ui.url}/asset-groups/?expanded={_OPENED}", "film_soundtracks")
            _shoot(page, "asset", f"{ui.url}/assets/gold/film_soundtracks", "best_release_id")
        page.set_viewport_size({"width": 1200, "height": 760})
        _shoot(page, "report", report, "linked")
        _reviewing(lambda url: _shoot(page, "review", url, "Near misses"))
        browser.close()


def _reviewing(shoot: Callable[[str], Any]) -> None:
    with subprocess.Popen(
        [str(BIN / "capstone"), "review", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        for line in server.stdout:
            if "http://" in line:
                shoot(line.split()[2])
                break
        server.terminate()


def _shoot(page: Page, name: str, url: str, once_shown: str) -> None:
    """Write a page as a small WebP file, once it shows a text and has come to rest."""
    page.goto(url)
    page.get_by_text(once_shown).first.wait_for(timeout=60_000)
    page.wait_for_timeout(5_000)
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        shot.save(IMAGES / f"{name}.webp", quality=75, method=6)


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    take()

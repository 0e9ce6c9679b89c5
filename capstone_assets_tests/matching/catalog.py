"""Films and releases as catalog files hold them, with only what a test cares about."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]

HEADER = "film,release,decision,who,when,why\n"


def film(
    film_id: int,
    title: str,
    released: str | None = None,
    composers: Sequence[str] = (),
    original_title: str | None = None,
    alternative_titles: Sequence[Any] = (),
    **more: Any,
) -> Row:
    return {
        "id": film_id,
        "title": title,
        "original_title": original_title or title,
        "release_date": released,
        "composers": list(composers),
        "alternative_titles": list(alternative_titles),
        **more,
    }


def release(
    release_id: int,
    title: str,
    year: str | None = None,
    style: Sequence[str] = ("Soundtrack",),
    genre: Sequence[str] = ("Stage & Screen",),
    **more: Any,
) -> Row:
    return {
        "id": release_id,
        "title": title,
        "year": year,
        "genre": list(genre),
        "style": list(style),
        **more,
    }


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def overrides_file(folder: Path, *lines: str) -> Path:
    path = folder / "overrides.csv"
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines), "utf-8")
    return path

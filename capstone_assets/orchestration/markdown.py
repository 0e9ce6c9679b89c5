"""Escape the sources' text in Markdown that Dagster's UI renders.

Belongs here: escaping.
Not here: what is shown (table_metadata.py, assets/).
"""

import re

_MARKS = re.compile(r"([\\`*_\[\]()!|~#])")


def plain(text: str) -> str:
    """Return text that renders literally: a title such as `![x](http://...)` fetches no image."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("\r", " ").replace("\n", " ")
    return _MARKS.sub(r"\\\1", escaped)

"""Text of the sources inside Markdown that Dagster's UI renders.

Belongs here: making it plain text. Not here: what is shown (io_managers.py, assets/).
"""

import re

_MARKS = re.compile(r"([\\`*_\[\]()!|~#])")


def plain(text: str) -> str:
    """Text that renders as it stands: a title such as `![x](http://...)` fetches no image."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("\r", " ").replace("\n", " ")
    return _MARKS.sub(r"\\\1", escaped)

"""Keep secrets out of what is written: messages, logs, audit records.

Belongs here: what counts as a secret in a text, and the logger's last look at every record.
Not here: the variables' meaning (environment.py).
"""

import logging
import os
import re
import traceback
from collections.abc import Mapping
from typing import Any

_SECRETS = (
    *("TMDB_API_TOKEN", "DISCOGS_TOKEN", "CAPSTONE_WEBHOOK_URL", "OPENLINEAGE_API_KEY"),
    *("DATABRICKS_TOKEN", "AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET"),
)
# Fewer characters are a word of a sentence rather than a key.
_SHORTEST_SECRET = 4
# A token that was issued while the process runs is in no variable.
_BEARER = re.compile(r"\b(Bearer )[\w.~+/=-]+")
# A query may hold a signature (`?sig=`), and what stands before `@` a password. `container@account`
# of an abfss URL is neither.
_QUERY = re.compile(r"""(\b[a-z][a-z0-9+.-]*://[^\s?'"<>]+)\?[^\s'"<>]+""", re.IGNORECASE)
_PASSWORD = re.compile(r"""(\b[a-z][a-z0-9+.-]*://)[^\s/?'"<>:@]*:[^\s/?'"<>@]*@""", re.IGNORECASE)


def without_secrets(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """The text with asterisks for secrets of the environment and tokens, and URLs without query."""
    for name in _SECRETS:
        secret = environ.get(name, "").strip()
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    text = _BEARER.sub(r"\1***", text)
    if "://" not in text:
        return text
    return _PASSWORD.sub(r"\1***@", _QUERY.sub(r"\1?***", text))


def redact_logs() -> None:
    """Remove secrets from every log record of this process, of any library, and its traceback.

    Libraries log the URLs and headers that they work with, and errors quote them.
    """
    make = logging.getLogRecordFactory()
    if getattr(make, "redacts", False):
        return

    def make_redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            return record  # A message that does not fit its arguments: logging reports it.
        clean = without_secrets(message)
        if clean != message:
            record.msg, record.args = clean, None
        if record.exc_info and record.exc_info[0]:
            trace = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            clean = without_secrets(trace)
            if clean != trace:
                record.exc_text = clean
        return record

    make_redacted.redacts = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(make_redacted)

import io
import logging

import pytest

from capstone_assets.commands.common import CommandError
from capstone_assets.redaction import redact_logs, without_secrets

SIGNED = "https://acc.blob.core.windows.net/raw/overrides.csv?sv=2024&sig=Zm9v%3D"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (
            f"cannot open {SIGNED}: 403",
            "cannot open https://acc.blob.core.windows.net/raw/overrides.csv?***",
        ),
        (f"('{SIGNED}')", "('https://acc.blob.core.windows.net/raw/overrides.csv?***')"),
        ("abfss://raw@acc.dfs.core.windows.net/x", "abfss://raw@acc.dfs.core.windows.net/x"),
        ("ftp://ada:pass@host/x", "ftp://***@host/x"),
        ("is it? yes: GET /discover/movie?page=2", "is it? yes: GET /discover/movie?page=2"),
        ("token abcd-efgh refused", "token *** refused"),
        (
            "> * Authorization: Bearer eyJ0.eyJh-Z_8.sig=\n< 502",
            "> * Authorization: Bearer ***\n< 502",
        ),
        ("an ab", "an ab"),
    ],
)
def test_a_text_is_freed_of_secrets_and_of_queries(text, clean):
    environ = {"TMDB_API_TOKEN": "abcd-efgh", "DISCOGS_TOKEN": "ab"}

    assert without_secrets(text, environ).startswith(clean)
    assert "sig=" not in without_secrets(text, environ)


def test_a_key_is_removed_from_a_message_its_arguments_and_the_traceback_of_any_logger(monkeypatch):
    monkeypatch.setenv("DISCOGS_TOKEN", "s3cret-token")
    before = logging.getLogRecordFactory()
    stream = io.StringIO()
    logger = logging.getLogger("some.library")
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    try:
        redact_logs()
        redact_logs()
        logger.warning("Authorization: Discogs token=s3cret-token")
        logger.warning("asked %s with %r", SIGNED, {"token": "s3cret-token"})
        try:
            raise ConnectionError(f"no answer from {SIGNED} for s3cret-token")
        except ConnectionError:
            logger.exception("failed")
    finally:
        logging.setLogRecordFactory(before)
        logger.removeHandler(handler)

    written = stream.getvalue()
    assert "s3cret" not in written
    assert "sig=" not in written
    assert "asked https://acc.blob.core.windows.net/raw/overrides.csv?***" in written
    assert "ConnectionError: no answer from" in written


def test_a_command_ends_with_a_sentence_without_the_signature(capsys):
    CommandError(f"cannot open {SIGNED}").show()

    shown = capsys.readouterr().err
    assert "overrides.csv" in shown
    assert "sig=" not in shown

"""What every error of a load has in common."""

import pickle

import pytest

from capstone_assets.ingest.errors import (
    AuthenticationError,
    IngestError,
    IngestSettingsError,
    MalformedResponseError,
    NetworkError,
    NotFoundError,
    OverTheCapError,
    RejectedRequestError,
    ServerError,
    ThrottledError,
)


@pytest.mark.parametrize(
    "error",
    [
        AuthenticationError("tmdb", "/x", 401),
        NotFoundError("tmdb", "/x"),
        RejectedRequestError("tmdb", "/x", 422, "no"),
        OverTheCapError("tmdb", "/x?page=400", 400, "no"),
        ThrottledError("discogs", "/x", 3, None),
        ServerError("discogs", "/x", 500, "Query time exceeded", 8),
        NetworkError("tmdb", "/x", "ReadError", 8),
        MalformedResponseError("/x", ("a", "b"), "file"),
        IngestSettingsError("bad"),
    ],
)
def test_every_error_survives_pickling_with_its_progress(error: IngestError):
    error.progress = "That stopped everything."

    copy = pickle.loads(pickle.dumps(error))  # noqa: S301

    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert str(copy).endswith("That stopped everything.")
    assert "Retrying" in str(copy) or "retrying" in str(copy) or type(copy) is IngestSettingsError

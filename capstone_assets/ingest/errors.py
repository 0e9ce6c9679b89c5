"""The errors of ingestion: one type per cause.

Belongs here: the errors, their facts and messages.
Not here: when to retry (client.py).

IngestError
  IngestSettingsError       a setting is invalid, so nothing was requested
  AuthenticationError       the API refuses the token
  FirewallError             a firewall or proxy sent a page in place of the API's response
  NotFoundError             the API does not have the item
  RejectedRequestError      the API refuses the query
  OverTheCapError           the API refuses a page that its first page promised
  ThrottledError            too many requests, even after waiting
  ServerError               the API fails, even after retries
  NetworkError              the API cannot be reached, even after retries
  MalformedResponseError    a response does not have the documented shape
  BrokenDumpError           a bulk file is cut short, damaged, or of another kind

Every error holds facts rather than text, so that it can be pickled, and neither token nor headers.
"""


class IngestError(Exception):
    """The base of all ingestion errors; `progress` says how far the load got, when it is known."""

    progress = ""

    def sentence(self) -> str:
        """What happened, what it means, what to do, and whether retrying helps."""
        return super().__str__()

    def __str__(self) -> str:
        return f"{self.sentence()} {self.progress}".rstrip()


class IngestSettingsError(IngestError, ValueError):
    """A setting is invalid, so nothing was requested; the message names it."""


class AuthenticationError(IngestError):
    """The API refuses the token."""

    def __init__(self, source: str, endpoint: str, status: int) -> None:
        super().__init__(source, endpoint, status)
        self.source, self.endpoint, self.status = source, endpoint, status

    def sentence(self) -> str:  # noqa: D102
        remedy = {
            "tmdb": "set TMDB_API_TOKEN to the 'API Read Access Token' of "
            "https://www.themoviedb.org/settings/api, which begins with eyJ; the 32 digits of the "
            "v3 'API Key' on that page do not work here.",
            "discogs": "set DISCOGS_TOKEN to a token of https://www.discogs.com/settings/developers.",
        }.get(self.source, "set a valid one.")
        return (
            f"{self.source} answered {self.status} to {self.endpoint}: it does not accept the "
            f"token. Retrying cannot help: {remedy}"
        )


class FirewallError(IngestError):
    """A firewall's or proxy's page came in place of the API's answer: the token was not judged."""

    def __init__(self, source: str, endpoint: str, status: int, page: str, attempts: int) -> None:
        super().__init__(source, endpoint, status, page, attempts)
        self.source, self.endpoint, self.status = source, endpoint, status
        self.page, self.attempts = page, attempts

    def sentence(self) -> str:  # noqa: D102
        return (
            f"{self.status} came to {self.endpoint} at attempt {self.attempts} with a page that is "
            f"not {self.source}'s API ({self.page!r}): a firewall or proxy in between blocks these "
            "requests. Retrying may help, later or from another network."
        )


class NotFoundError(IngestError):
    """The API does not have the item."""

    def __init__(self, source: str, endpoint: str) -> None:
        super().__init__(source, endpoint)
        self.source, self.endpoint = source, endpoint

    def sentence(self) -> str:  # noqa: D102
        return (
            f"{self.source} answered 404 to {self.endpoint}: it has no such page. Retrying cannot "
            "help: check the base URL, or the id if it names one."
        )


class RejectedRequestError(IngestError):
    """The API refuses the query itself."""

    def __init__(self, source: str, endpoint: str, status: int, message: str) -> None:
        super().__init__(source, endpoint, status, message)
        self.source, self.endpoint, self.status, self.message = source, endpoint, status, message

    def sentence(self) -> str:  # noqa: D102
        return (
            f"{self.source} answered {self.status} to {self.endpoint}: {self.message!r}. "
            "Retrying cannot help: the query has to change."
        )


class OverTheCapError(IngestError):
    """The API refuses a page that its first page promised: it serves fewer than we know."""

    def __init__(self, source: str, endpoint: str, status: int, message: str) -> None:
        super().__init__(source, endpoint, status, message)
        self.source, self.endpoint, self.status, self.message = source, endpoint, status, message

    def sentence(self) -> str:  # noqa: D102
        return (
            f"{self.source} answered {self.status} to {self.endpoint}: {self.message!r}, although "
            "its first page promised that one. Retrying cannot help: the cap has come down, so "
            f"lower MOST_PAGES in ingest/{self.source}.py and the slice is split further."
        )


class ThrottledError(IngestError):
    """The API still says "too many requests" after all the waiting that is allowed."""

    def __init__(
        self, source: str, endpoint: str, attempts: int, retry_after_seconds: float | None
    ) -> None:
        super().__init__(source, endpoint, attempts, retry_after_seconds)
        self.source, self.endpoint = source, endpoint
        self.attempts, self.retry_after_seconds = attempts, retry_after_seconds

    def sentence(self) -> str:  # noqa: D102
        asked = (
            "without saying for how long to wait"
            if self.retry_after_seconds is None
            else f"asking to wait {self.retry_after_seconds:,.0f} s"
        )
        return (
            f"{self.source} answered 429 to {self.endpoint} at attempt {self.attempts}, {asked}: "
            "another program is probably using the same token. Retrying helps, later."
        )


class ServerError(IngestError):
    """The API itself fails."""

    def __init__(
        self, source: str, endpoint: str, status: int, message: str, attempts: int
    ) -> None:
        super().__init__(source, endpoint, status, message, attempts)
        self.source, self.endpoint, self.status = source, endpoint, status
        self.message, self.attempts = message, attempts

    def sentence(self) -> str:  # noqa: D102
        return (
            f"{self.source} answered {self.status} to {self.endpoint} at attempt {self.attempts}: "
            f"{self.message!r}. The fault is the API's: retrying helps, later."
        )


class NetworkError(IngestError):
    """The API cannot be reached, or the connection broke or took too long."""

    def __init__(self, source: str, endpoint: str, reason: str, attempts: int) -> None:
        super().__init__(source, endpoint, reason, attempts)
        self.source, self.endpoint, self.reason, self.attempts = source, endpoint, reason, attempts

    def sentence(self) -> str:  # noqa: D102
        return (
            f"No answer from {self.source} to {self.endpoint} at attempt {self.attempts}: "
            f"{self.reason}. Check the network and the base URL; retrying helps once it is back."
        )


class MalformedResponseError(IngestError):
    """A response does not have the promised shape; lists all its faults at once."""

    def __init__(self, endpoint: str, faults: tuple[str, ...], file: str = "") -> None:
        super().__init__(endpoint, faults, file)
        self.endpoint, self.faults, self.file = endpoint, faults, file

    def sentence(self) -> str:  # noqa: D102
        where = f"{self.endpoint}, landed in {self.file}," if self.file else self.endpoint
        remedy = (
            "Retrying cannot help: adapt ingest/shapes.py to it, or fetch it again with refresh."
            if self.file
            else "Nothing was stored. Retrying helps if the API recovers; otherwise adapt "
            "ingest/shapes.py to it."
        )
        return f"The response to {where} cannot be read: {'; '.join(self.faults)}. {remedy}"


class BrokenDumpError(IngestError):
    """A bulk file is cut short, damaged, or not what it is said to be.

    `place` says how far it could be read, `fault` what is wrong there.
    """

    def __init__(self, file: str, place: str, fault: str) -> None:
        super().__init__(file, place, fault)
        self.file, self.place, self.fault = file, place, fault

    def sentence(self) -> str:  # noqa: D102
        return (
            f"{self.file} cannot be read beyond {self.place}: {self.fault}. Retrying cannot help: "
            "download the file again."
        )

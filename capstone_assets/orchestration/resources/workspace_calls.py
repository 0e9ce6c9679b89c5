"""Call the workspace: which failures are transient, and for how long to retry.

Belongs here: transient refusals, retries, writing and reading whole files on DBFS.
Not here: which calls are made (resources/databricks.py, resources/job_runs.py).
"""

import base64
import gzip
import io
import logging
import pickle
import re
import time
import zlib
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import platform as refusals
from databricks.sdk.errors.base import DatabricksError
from requests.exceptions import RequestException

log = logging.getLogger(__name__)

T = TypeVar("T")

# The errors of a call to the workspace; TimeoutError: the client gave up on 429 and 503.
WorkspaceRefusal = (DatabricksError, RequestException, TimeoutError)
_PASSING_REFUSALS = (
    refusals.Aborted,
    refusals.Cancelled,
    refusals.DeadlineExceeded,
    refusals.InternalError,
    refusals.TemporarilyUnavailable,
    refusals.TooManyRequests,
    RequestException,
    TimeoutError,
)
# The workspace answers 403 to a token that has expired.
REFUSED_TOKEN = (refusals.Unauthenticated, refusals.PermissionDenied)

# In the SDK's report on a response that it cannot parse.
_REPORTED_STATUS = re.compile(r"Request log:.*?^< (\d{3} .*?)$", re.MULTILINE | re.DOTALL)

# The documentation limits a block to 1 MB without saying of what, and this is less by each reading.
BLOCK_BYTES = 512 * 1024
_MOST_WRITES = 3
# A file that was written need not be shown at once.
_READ_BACK_AFTER_SECONDS = (0, 1, 2)


class Clock(Protocol):
    """A clock that can sleep: the module `time`, or a test's own."""

    def monotonic(self) -> float:
        """Seconds since some moment."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


class DamagedFileError(OSError):
    """A file on DBFS is not what was written to it, whenever it is written."""


def may_pass(refusal: Exception) -> bool:
    """Whether the same call may succeed later."""
    # A response without an error class of its own, such as 502, has the base class.
    return isinstance(refusal, _PASSING_REFUSALS) or type(refusal) is DatabricksError


def sentence(fault: Exception | None) -> str:
    """Return the workspace's message for an error, its code first."""
    code = getattr(fault, "error_code", None)
    return f"{code}: {fault}" if code else str(fault) or type(fault).__name__


def patiently(
    ask: Callable[[], T],
    patience_seconds: float,
    wait_seconds: float,
    clock: Clock = time,
    despite: tuple[type[Exception], ...] = (),
) -> T:
    """Retry a call for `patience_seconds` while its errors are transient.

    A job runs on while nothing watches it: a response of 500, 502, 503 or 504, or none, says
    nothing about it. Errors of the types `despite` count as transient, too. Any other is raised at
    once, and the last transient one when the time is up.
    """
    until = clock.monotonic() + patience_seconds
    while True:
        try:
            return ask()
        except WorkspaceRefusal as refusal:
            passing = may_pass(refusal) or isinstance(refusal, despite)
            if not passing or clock.monotonic() >= until:
                raise
            log.warning("The workspace did not answer, asking again: %s", sentence(refusal))
            clock.sleep(wait_seconds)


def call_safely(client: WorkspaceClient) -> WorkspaceClient:
    """Let a client replace a token that is refused, and keep tokens out of its errors; return it.

    The SDK renews a token by its time alone, and the workspace may refuse it earlier. Of a response
    that it cannot parse, such as a proxy's page for 502, it reports every header of the request.
    """
    call = client.api_client.do

    def call_without_tokens(*request: Any, **more: Any) -> Any:
        try:
            return call(*request, **more)
        except WorkspaceRefusal as refusal:
            _shorten(refusal)
            raise

    def call_with_a_valid_token(*request: Any, **more: Any) -> Any:
        try:
            return call_without_tokens(*request, **more)
        except REFUSED_TOKEN:
            client.config.init_auth()  # type: ignore[no-untyped-call]
            return call_without_tokens(*request, **more)

    vars(client.api_client).update(do=call_with_a_valid_token)
    return client


def _shorten(error: BaseException | None) -> None:
    """Leave of the report on an unreadable response its status, in an error and in its causes."""
    while error is not None:
        for status in _REPORTED_STATUS.findall(str(error)):
            error.args = (f"a response that cannot be parsed: {status}",)
        error = error.__cause__ or error.__context__


class DbfsFiles:
    """Files on DBFS, each written and read as a whole."""

    def __init__(self, client: WorkspaceClient) -> None:
        self._dbfs = client.dbfs

    def write(self, content: bytes, path: str) -> None:
        """Write a file and read it back: a block whose answer was lost may have been added twice.

        Raises:
            DamagedFileError: it was not what was written, three times in a row.
        """
        for _ in range(_MOST_WRITES):
            try:
                self._write_once(content, path)
            except refusals.NotFound:
                continue  # The handle expired between two blocks.
            if self._shows(content, path):
                return
        raise DamagedFileError(f"{path} on DBFS is not what was written to it.")

    def read(self, path: str) -> bytes:
        """Read a file, as far as it is written."""
        content = bytearray()
        while True:
            answer = self._dbfs.read(path, offset=len(content), length=BLOCK_BYTES)
            block = base64.b64decode(answer.data or "")
            content += block
            if len(block) < BLOCK_BYTES:
                return bytes(content)

    def _shows(self, content: bytes, path: str) -> bool:
        for seconds in _READ_BACK_AFTER_SECONDS:
            time.sleep(seconds)
            try:
                found = self.read(path)
            except refusals.NotFound:
                continue
            # One that is too long does not get shorter.
            if found == content or len(found) > len(content):
                return found == content
        return False

    def _write_once(self, content: bytes, path: str) -> None:
        handle = self._dbfs.create(path, overwrite=True).handle
        if handle is None:
            raise DatabricksError(f"DBFS opened {path} and returned no handle")
        for start in range(0, len(content), BLOCK_BYTES):
            block = content[start : start + BLOCK_BYTES]
            self._dbfs.add_block(handle, base64.b64encode(block).decode())
        self._dbfs.close(handle)


class _TextUnpickler(pickle.Unpickler):
    """Unpickles plain values only: anyone who can write to DBFS could pickle a call to anything."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} in a file that may only hold text")


def pickled_text(content: bytes) -> str | None:
    """Return the text in a compressed pickle; None while the file is half written.

    Raises:
        pickle.UnpicklingError: it holds something other than text.
    """
    try:
        unpacked = gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return None
    try:
        found = _TextUnpickler(io.BytesIO(unpacked)).load()
    except EOFError:
        return None
    if not isinstance(found, str):
        raise pickle.UnpicklingError(f"{type(found).__name__} in a file that may only hold text")
    return found

"""The unpacked content of a dump's file, from wherever it lies."""

import gzip
import io
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_assets.ingest.dump.file import (
    ChangedContentError,
    DumpStream,
    newest_dumps,
)
from capstone_assets.ingest.errors import (
    IngestSettingsError,
    NetworkError,
)
from capstone_assets_tests.ingest.dump.dumps import (
    FOUR,
    NAME,
    SIGNED,
    content,
    write_dumps,
)


@given(st.binary(max_size=60), st.integers(0, 70), st.integers(1, 20))
def test_a_stream_resumes_from_any_byte_if_the_bytes_before_it_are_unchanged(
    unpacked: bytes, begin: int, block_bytes: int
):
    checksum = zlib.crc32(unpacked[:begin])
    stream = DumpStream(io.BytesIO(gzip.compress(unpacked)), NAME, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("capstone_assets.ingest.dump.file._BLOCK_BYTES", block_bytes)

        if begin <= len(unpacked):
            assert b"".join(stream.blocks(begin, checksum)) == unpacked[begin:]
        if begin:
            with pytest.raises(ChangedContentError):
                list(stream.blocks(begin, checksum ^ (begin <= len(unpacked))))
        end = 0
        for block in stream.blocks():
            end += len(block)
            assert stream.checksum(end) == zlib.crc32(unpacked[:end])
            assert stream.checksum(end - 1) == zlib.crc32(unpacked[: end - 1])


def test_a_connection_that_breaks_is_named_without_the_signature_of_its_url():
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() >= 10:  # Where gzip's header ends.
                raise ConnectionResetError(f"Cannot read {SIGNED}")
            return super().read(size)

    stream = DumpStream(Breaking(gzip.compress(content(FOUR))), NAME, None)

    with pytest.raises(NetworkError) as raised:
        list(stream.blocks())

    assert f"{NAME} at attempt 1: ConnectionResetError" in str(raised.value)
    assert "sesame" not in repr(raised.value) + str(raised.value)


def test_the_youngest_month_of_which_both_files_are_there_is_read(tmp_path: Path):
    write_dumps(tmp_path, "20231201", [], [])
    write_dumps(tmp_path, "20240101", [], [])
    (tmp_path / "discogs_20240201_releases.xml.gz").write_bytes(b"")
    (tmp_path / "discogs_20240301_artists.xml.gz").write_bytes(b"")

    assert newest_dumps(str(tmp_path)) == {
        kind: f"file://{tmp_path}/discogs_20240101_{kind}.xml.gz"
        for kind in ("releases", "masters")
    }


@pytest.mark.parametrize("name", ["", "discogs_20240201_releases.xml.gz"])
def test_a_folder_without_both_files_of_a_month_is_refused_with_their_names(
    tmp_path: Path, name: str
):
    if name:
        (tmp_path / name).write_bytes(b"")

    with pytest.raises(IngestSettingsError, match=r"masters\.xml\.gz: it has [01] files"):
        newest_dumps(str(tmp_path))


def test_a_folder_on_a_server_is_named_without_the_signature_of_its_url():
    with pytest.raises(NetworkError) as raised:
        newest_dumps("http://127.0.0.1:9/dumps?signature=s3cret")

    assert "dumps" in str(raised.value)
    assert "s3cret" not in str(raised.value)

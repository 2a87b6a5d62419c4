"""How `tuf.ngclient` fetches: through whatever reads an index, with ngclient's own limits on length.

What the reader raises comes out unchanged, since it says best what is wrong with a place. Only "there is none" is
told in ngclient's words, which it needs: after the last root, a 404 or a 403 ends the search (object stores that do
not list answer 403; python-tuf treats both alike).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from tuf.api.exceptions import DownloadHTTPError, DownloadLengthMismatchError
from tuf.ngclient import FetcherInterface

from pyv.errors import TransferError
from pyv.trust.read import Read

_FORBIDDEN = 403
_NO_LIMIT = 64 * 1024 * 1024


class ReadFetcher(FetcherInterface):
    """Names in, bytes out; it remembers what it fetched, so that an error can say more of it."""

    def __init__(self, read: Read, targets: str = "targets/") -> None:
        self._read, self._targets = read, targets
        self.fetched: dict[str, bytes] = {}
        """What came, by file name; of targets, which may be large, the name alone."""

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """The content of a file; see FetcherInterface."""
        try:
            content = self._read(url, max_length)
        except TransferError as fault:
            if fault.fields.get("status") != _FORBIDDEN or not url.endswith(".root.json"):
                raise
            raise DownloadHTTPError(f"{url} may not be read", _FORBIDDEN) from None
        if content is None:
            raise DownloadHTTPError(f"there is no {url}", 404)
        if len(content) > max_length:
            raise DownloadLengthMismatchError(f"{url} is longer than the {max_length} bytes it may have")
        is_target = bool(self._targets) and url.startswith(self._targets)
        self.fetched[url.rpartition("/")[2]] = b"" if is_target else content
        return content

    @contextmanager
    def download_file(self, url: str, max_length: int) -> Iterator[IO[bytes]]:
        """The same as a file; see FetcherInterface."""
        yield io.BytesIO(self.download_bytes(url, max_length))

    def _fetch(self, url: str) -> Iterator[bytes]:
        """What the base class would build on; the two methods above stand in for it."""
        yield self.download_bytes(url, _NO_LIMIT)

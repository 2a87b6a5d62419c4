"""Small files, such as manifests, whole in memory."""

from __future__ import annotations

from contextlib import closing

from pyv.transfer.attempts import Attempts
from pyv.transfer.bodies import Wanted, open_body
from pyv.transfer.client import Client
from pyv.transfer.failures import AttemptError, MissingError
from pyv.transfer.files import read_file
from pyv.transfer.locations import Source
from pyv.transfer.progress import Progress, Silence

_SERVER = "check the server's configuration, or use another mirror"


def fetch_document(
    client: Client, source: Source, max_bytes: int, *, progress: Progress | None = None, accept: str = "*/*"
) -> bytes | None:
    """The content of one small file; None if the source does not have it (404, 410, no such file).

    Retried like a download. The bytes are not verified: whoever asks holds the signature.

    Raises:
        TransferError: it could not be fetched, it has more than `max_bytes` bytes, or it is a web page.
    """
    if source.path is not None:
        return read_file(source.path, max_bytes)
    attempts = Attempts(client.patience, progress or Silence())

    def act(place: Source) -> bytes | None:
        try:
            body = open_body(client, Wanted(source=place, accept=accept), attempts.deadline)
        except MissingError:
            return None
        with closing(body):
            if body.encoding:
                raise AttemptError("the document arrived compressed although plain bytes were asked for", hint=_SERVER)
            if body.total is not None and body.total > max_bytes:
                raise _too_long(max_bytes)
            content = bytearray()
            for chunk in body.chunks:
                content += chunk
                if len(content) > max_bytes:
                    raise _too_long(max_bytes)
        if body.total is not None and len(content) != body.total:
            raise AttemptError(f"it ended after {len(content)} of {body.total} bytes", hint=_SERVER, retry=True)
        return bytes(content)

    return attempts.first_success([source], act, what=source.label)


def _too_long(max_bytes: int) -> AttemptError:
    return AttemptError(f"it is longer than the {max_bytes} bytes a document of its kind may have", hint=_SERVER)

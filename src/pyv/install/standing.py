"""What stands at a version's name already, and when an installation must not pass it over in silence."""

from __future__ import annotations

from pyv.domain.artifact import Artifact
from pyv.domain.request import VersionRequest
from pyv.errors import PyvError, StoreError
from pyv.store.adopted import read_adopted
from pyv.store.paths import Root
from pyv.store.receipt import read_receipt
from pyv.store.versions import linked_id, store_id_of


def standing(root: Root, name: str) -> str | None:
    """What answers to a version name: a store id, the path of what pyv did not install, or nothing."""
    link = root.version_link(name)
    if linked_id(root, name) is None and link.is_dir():
        return str(link)
    return store_id_of(root, name)


def refuse_other_build(root: Root, name: str, wanted: Artifact, word: str) -> None:
    """Never swap the build of an installed version unasked: people's packages live in it. `word` asks for it.

    Raises:
        StoreError: what is installed is another build, or another tool's: then nobody can say which it is.
    """
    present = _present(root, name)
    adopted = read_adopted(root, name)
    if adopted is not None:
        raise StoreError(
            f"{name} is here already, and it is {adopted.tool}'s: no build that pyv knows",
            hint=f"put pyv's own in its place with `pyv install --force {word}`; {adopted.tool}'s stays where it is",
            wanted=wanted.pinned,
        )
    if present is not None and present.sha256 != wanted.sha256:
        where = "" if present.triple == wanted.triple else f" for {present.triple}"
        what = f"from build {present.build}{where} ({present.flavor})"
        raise _refused(f"{name} is installed already, {what}", word, present, wanted)


def refuse_other_version(root: Root, name: str, request: VersionRequest, wanted: Artifact, word: str) -> None:
    """A name a person chose says nothing of the version: what has it must be what is asked for.

    Raises:
        StoreError: it is not.
    """
    present = _present(root, name)
    if present is not None and not (present.variant == request.variant and request.accepts(present.parsed_version)):
        raise _refused(f"{name} is installed already, and is {present.version_name}", word, present, wanted)


def _present(root: Root, name: str) -> Artifact | None:
    store_id = store_id_of(root, name)
    try:
        return None if store_id is None else read_receipt(root, store_id).artifact
    except PyvError:
        return None  # lost or unreadable: what stands there is not whole, and is installed again


def _refused(message: str, word: str, present: Artifact, wanted: Artifact) -> StoreError:
    return StoreError(
        message,
        hint=f"replace it with `pyv install --force {word}`; its packages are named then",
        installed=present.pinned,
        wanted=wanted.pinned,
    )

"""Checks, each taken out of the source by one small change: some test has to notice every one of them.

The text to be replaced stands exactly once in its file; where the source moves on, the entry is stale, and the proof
fails until it is brought along.
"""

from __future__ import annotations

from typing import NamedTuple


class Mutation(NamedTuple):
    """One change, and the tests that are to notice it (below `tests/`)."""

    name: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]


_TRUST = ("trust",)
_ARCHIVE = ("archive",)
_TRANSFER = ("transfer",)
_STORE = ("store",)
_VERIFY = ("install/test_verify.py",)
_INSTALL = ("install/test_install.py",)
_CRASH = ("install/test_concurrency.py", "install/test_crash.py")

MUTATIONS = (
    # trust
    Mutation(
        "signatures are not checked",
        "trust/record.py",
        "Ed25519PublicKey.from_public_bytes(key.public).verify(signature, signed_bytes(artifact))",
        "Ed25519PublicKey.from_public_bytes(key.public)",
        (*_TRUST, *_VERIFY),
    ),
    Mutation(
        "unsigned records pass",
        "trust/record.py",
        "if not artifact.signature or not artifact.keyid:",
        "if False:",
        _TRUST,
    ),
    Mutation(
        "revoked keys count",
        "trust/keys.py",
        "if key.revoked:\n            raise",
        "if False:\n            raise",
        _TRUST,
    ),
    Mutation("keys count before their time", "trust/keys.py", "today < key.not_before", "False", _TRUST),
    Mutation("keys count after their time", "trust/keys.py", "today > key.not_after", "False", _TRUST),
    Mutation(
        "a key id need not fit its key",
        "trust/keys.py",
        "if keyid != key_id(bytes.fromhex(public)):",
        "if False:",
        _TRUST,
    ),
    Mutation(
        "the payload type is not signed",
        "trust/record.py",
        "return pae(PAYLOAD_TYPE, payload_bytes(artifact))",
        "return payload_bytes(artifact)",
        _TRUST,
    ),
    Mutation("the size is not signed", "domain/artifact.py", '"n": self.size, ', "", (*_TRUST, *_VERIFY)),
    Mutation(
        "unknown fields are not signed", "domain/artifact.py", "record.update(self.extra)", "", ("domain", *_TRUST)
    ),
    Mutation(
        "critical fields are ignored",
        "domain/artifact.py",
        'critical = artifact.extra.get("crit")',
        "critical = None",
        ("domain", *_TRUST),
    ),
    Mutation(
        "a proof may be spelled in any way",
        "trust/proof.py",
        "if payload_bytes(unsigned) != payload:",
        "if False:",
        _TRUST,
    ),
    Mutation(
        "a proof of another type is read",
        "trust/proof.py",
        'if fields.text("payloadType") != PAYLOAD_TYPE:',
        "if False:",
        _TRUST,
    ),
    Mutation(
        "keys an index lists are trusted unseen",
        "install/configured.py",
        "if key.keyid in accepted)",
        "if accepted or key)",
        _VERIFY,
    ),
    Mutation(
        "records are planned unverified",
        "install/plan.py",
        "key = verify_record(artifact, index.keys, now)",
        "key = index.keys.keys[0]",
        _VERIFY,
    ),
    Mutation(
        "proofs are planned unverified",
        "install/local.py",
        "return artifact, verify_record(artifact, keys, now).keyid",
        "return artifact, artifact.keyid",
        _VERIFY,
    ),
    # archive
    Mutation(
        "`..` may be a component",
        "archive/members.py",
        'if component in {"", ".", ".."}:',
        'if component in {"", "."}:',
        _ARCHIVE,
    ),
    Mutation(
        "names may be absolute",
        "archive/members.py",
        'if path.startswith("/"):\n        return "an absolute name"',
        "if False:\n        return None",
        _ARCHIVE,
    ),
    Mutation("link targets may be absolute", "archive/members.py", 'if target.startswith("/"):', "if False:", _ARCHIVE),
    Mutation("names may lie outside the top", "archive/members.py", "if components[0] != TOP:", "if False:", _ARCHIVE),
    Mutation("links may leave the tree", "archive/members.py", "elif len(parts) == highest:", "elif False:", _ARCHIVE),
    Mutation(
        "links may lead through links",
        "archive/members.py",
        'if kind == SYMLINK:\n                raise RuleError(f"its target',
        'if False:\n                raise RuleError(f"its target',
        _ARCHIVE,
    ),
    Mutation(
        "hard links to links",
        "archive/members.py",
        'if kind != FILE:\n            raise RuleError(f"a hard link',
        'if False:\n            raise RuleError(f"a hard link',
        _ARCHIVE,
    ),
    Mutation(
        "a name may be there twice",
        "archive/members.py",
        "if spelled == path and before == kind:",
        "if False:",
        _ARCHIVE,
    ),
    Mutation(
        "checksums of headers are not checked",
        "archive/header.py",
        "if _sum(block) - sum(block[148:156]) + 8 * 0x20 != checksum:",
        "if False:",
        _ARCHIVE,
    ),
    Mutation(
        "pax and header may differ in size",
        "archive/reader.py",
        "if extension.size is not None and extension.size != header.size:",
        "if False:",
        _ARCHIVE,
    ),
    Mutation(
        "bytes may follow the end",
        "archive/reader.py",
        "if rest.count(0) != len(rest) or len(rest) > allowed:",
        "if False:",
        _ARCHIVE,
    ),
    Mutation(
        "bytes may follow the gzip member",
        "archive/gz.py",
        "if stream.unused_data or source.some():",
        "if False:",
        _ARCHIVE,
    ),
    Mutation(
        "zstd windows may be of any size",
        "archive/zst.py",
        "if parameters.window_size > WINDOW:",
        "if False:",
        _ARCHIVE,
    ),
    Mutation(
        "archives may be bombs",
        "archive/budget.py",
        "if self.stated_unpacked is None and total > max(_SMALL, RATIO * metered.total):",
        "if False:",
        _ARCHIVE,
    ),
    Mutation(
        "archives may hold more than stated",
        "archive/budget.py",
        "if self.unpacked > (UNPACKED if self.stated_unpacked is None else self.stated_unpacked):",
        "if False:",
        _ARCHIVE,
    ),
    Mutation(
        "files may be written through links",
        "archive/destination.py",
        "_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC",
        "_CREATE = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC",
        _ARCHIVE,
    ),
    # transfer
    Mutation(
        "digests of downloads are not checked",
        "transfer/download.py",
        "return self.size in (None, self.sink.offset) and self.sink.hexdigest() == self.sha256",
        "return self.size in (None, self.sink.offset)",
        (*_TRANSFER, *_VERIFY),
    ),
    Mutation(
        "downloads may be longer than signed", "transfer/download.py", "if length <= self._cap:", "if True:", _TRANSFER
    ),
    Mutation("web pages are files", "transfer/bodies.py", "if kind in _PAGE_TYPES:", "if False:", _TRANSFER),
    Mutation(
        "a resumed range need not fit",
        "transfer/bodies.py",
        "if first != wanted.offset or last < first or (total is not None and last >= total):",
        "if False:",
        _TRANSFER,
    ),
    Mutation(
        "credentials follow redirects",
        "transfer/client.py",
        "if _origin(following) != _origin(url):",
        "if False:",
        _TRANSFER,
    ),
    Mutation(
        "https may become http",
        "transfer/client.py",
        'if target.scheme == "http" and url.scheme == "https":',
        "if False:",
        _TRANSFER,
    ),
    Mutation(
        "stalls are waited out",
        "transfer/pace.py",
        "if self._received < self._patience.minimum_rate * self._waited:",
        "if False:",
        _TRANSFER,
    ),
    # store
    Mutation(
        "foreign versions are overwritten",
        "store/versions.py",
        "if os.path.lexists(link) and linked_id(root, name) is None:",
        "if False:",
        (*_STORE, *_INSTALL),
    ),
    Mutation(
        "living work is swept",
        "store/staging.py",
        "if descriptor is not None:\n                held",
        "if True:\n                held",
        _CRASH,
    ),
    Mutation(
        "interrupted installs are kept",
        "store/versions.py",
        "if not _linked(root, store_id):\n            _discard(root, stage, store_id)\n    refresh",
        "if False:\n            _discard(root, stage, store_id)\n    refresh",
        _STORE,
    ),
    Mutation(
        "locks are not taken",
        "store/lock.py",
        "fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "fcntl.flock(descriptor, fcntl.LOCK_UN)",
        _CRASH,
    ),
    Mutation(
        "foreign aliases are taken over",
        "store/versions.py",
        "if alias.name not in foreign and _is_ours(root, alias.name, before)",
        "if alias.name",
        (*_STORE, *_INSTALL),
    ),
    # install
    Mutation(
        "interpreters of other machines pass", "install/interpreter.py", "if reason is not None:", "if False:", _VERIFY
    ),
    Mutation("archives without interpreter pass", "install/interpreter.py", "if not real:", "if False:", _VERIFY),
    Mutation(
        "scripts pass for interpreters",
        "install/interpreter.py",
        "if _INTERPRETER.fullmatch(path.name) and path.is_file()]",
        "if path.is_file()]",
        _VERIFY,
    ),
    Mutation(
        "refused bytes stay in the cache",
        "install/installer.py",
        "except (ArchiveError, DigestError):\n            blob.discard()",
        "except (ArchiveError, DigestError):\n            blob.path.exists()",
        _VERIFY,
    ),
    Mutation(
        "builds are swapped unasked",
        "install/plan.py",
        "if present.sha256 != plan.artifact.sha256:",
        "if False:",
        _INSTALL,
    ),
    Mutation(
        "a build that came first is overwritten",
        "install/installer.py",
        "if store_id_of(root, plan.name) != plan.installed and not plan.force:",
        "if False:",
        _CRASH,
    ),
    Mutation("offline uses the network", "install/plan.py", "if options.offline:", "if False:", _INSTALL),
    Mutation(
        "archives nothing vouches for are installed", "install/local.py", "elif sha256 is not None:", "else:", _INSTALL
    ),
)

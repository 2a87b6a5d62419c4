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
_ATTACKS = ("trust/test_attacks.py",)
_ROOTS = ("cli/test_trust.py",)
_INDEX = ("cli/test_index.py",)
_GATE = ("install/test_gate.py",)
_REVOKED = ("install/test_revoked.py",)
_POLICY = ("domain/test_policy.py", "install/test_policy.py")
_FORGED = ("install/test_attacks.py",)
_PUBLISHER = ("mirror/test_waiting.py", "mirror/test_publisher.py")
_CORPUS = ("prove/test_corpus.py",)
_REPACKED = ("install/test_repacked.py",)
_OTHER_TOOLS = ("mirror/test_other_tools.py",)
_SERVE = ("mirror/test_serve.py",)
_CRASH = ("install/test_concurrency.py", "install/test_crash.py")

MUTATIONS = (
    # trust
    Mutation(
        "signatures are not checked",
        "trust/record.py",
        "Ed25519PublicKey.from_public_bytes(key.public).verify(signature, signed)",
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
        "if critical is None:",
        "if True:",
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
        "if size > WINDOW:",
        "if False:",
        _ARCHIVE,
    ),
    Mutation("zstd frames may need a dictionary", "archive/zst.py", "if info.dictionary_id:", "if False:", _ARCHIVE),
    Mutation(
        "bytes may follow the zstd frame",
        "archive/zst.py",
        "if stream.unused_data or source.some():",
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
        "transfer/http.py",
        "if origin(following) != origin(url):",
        "if False:",
        _TRANSFER,
    ),
    Mutation(
        "https may become http",
        "transfer/redirects.py",
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
        "if os.path.lexists(link) and linked_id(root, name) is None and read_adopted(root, name) is None:",
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
        "install/obtain.py",
        "PolicyError, _UnusableError):\n            blob.discard()",
        "PolicyError, _UnusableError):\n            blob.path.exists()",
        _VERIFY,
    ),
    Mutation(
        "builds are swapped unasked",
        "install/standing.py",
        "if present is not None and present.sha256 != wanted.sha256:",
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
    Mutation(
        "offline uses the network",
        "install/packing.py",
        "for source in sources if source.path is not None or not self.offline",
        "for source in sources",
        _INSTALL,
    ),
    # repacked archives
    Mutation(
        "anybody may repack",
        "install/packing.py",
        "if record.keyid == key.keyid:",
        "if True:",
        _REPACKED,
    ),
    Mutation(
        "the signature of a packing is not checked",
        "install/packing.py",
        'verify_derived(record, key, f"the repacked {artifact.name}")',
        "pass",
        _REPACKED,
    ),
    Mutation(
        "a packing stands for any archive",
        "install/packing.py",
        "if record.origin == artifact.sha256]",
        "]",
        _REPACKED,
    ),
    Mutation(
        "packings are never taken back",
        "install/packing.py",
        "if entry is not None:",
        "if False:",
        _REPACKED,
    ),
    Mutation(
        "a packing is not held to what its origin states",
        "install/packing.py",
        "unpacked=artifact.unpacked if record.unpacked is None else record.unpacked",
        "unpacked=record.unpacked",
        _REPACKED,
    ),
    Mutation(
        "what the refresh takes back is activated",
        "install/obtain.py",
        "            _check_standing(plan, packing, confirmed)",
        "            pass",
        _REPACKED,
    ),
    Mutation(
        "a project names whose packings count",
        "install/configuration.py",
        "(_ADDING_POLICY & policy)",
        "set()",
        _REPACKED,
    ),
    Mutation(
        "a person adds to the administrator's keys",
        "domain/policy.py",
        "tuple(key for key in dict.fromkeys(machine) if key in person)",
        "tuple(dict.fromkeys((*machine, *person)))",
        ("install/test_configuration.py",),
    ),
    Mutation(
        "damaged archives are repacked",
        "mirror/repack.py",
        "if digest.hexdigest() != artifact.sha256:",
        "if False:",
        ("mirror/test_repack.py",),
    ),
    Mutation(
        "archives nothing vouches for are installed",
        "install/local.py",
        "    if sha256 is not None:\n        return",
        "    if True:\n        return",
        _INSTALL,
    ),
    Mutation(
        "another version goes by a name that is taken",
        "install/standing.py",
        "present.variant == request.variant and request.accepts(present.parsed_version)",
        "True",
        ("install/test_alias_form.py",),
    ),
    Mutation(
        "a name may ask for a version itself",
        "domain/own_name.py",
        "    except RequestError:\n        return\n",
        "    except RequestError:\n        pass\n    return\n",
        ("install/test_alias_form.py",),
    ),
    Mutation(
        "what pyenv built is taken for absent",
        "cli/pyenv_versions.py",
        "standing = name is not None and job.is_there(name)",
        "standing = False",
        ("cli/test_pyenv_install.py",),
    ),
    Mutation(
        "a policy's strictness is not asked for",
        "plumbing/missing.py",
        "if is_strict(environment) or _is_policy_strict(environment):",
        "if is_strict(environment):",
        ("selection/test_strict.py",),
    ),
    Mutation(
        "a failed installation falls through",
        "plumbing/missing.py",
        "for choice in selected.missing:",
        "for choice in ():",
        ("install/test_auto_install.py",),
    ),
    Mutation(
        "pins are options of the installation",
        "plumbing/missing.py",
        "if not is_installable(choice.word):",
        "if False:",
        ("install/test_auto_install.py",),
    ),
    # the index's metadata
    Mutation("the root on disk is the anchor", "trust/client.py", "bootstrap=anchor,", "bootstrap=None,", _ATTACKS),
    Mutation(
        "expiry is judged at another time",
        "trust/client.py",
        "        _set_reference(self._updater, reference)",
        "        str(reference)",
        _ATTACKS,
    ),
    Mutation("a clock in the past is believed", "trust/refresh.py", "if now < floor - _DAY:", "if False:", _ATTACKS),
    Mutation(
        "staleness leads back to any time",
        "trust/refresh.py",
        "earliest = max(reference - max_staleness, floor)",
        "earliest = reference - max_staleness",
        _ATTACKS,
    ),
    Mutation(
        "a key counts under every id",
        "trust/threshold.py",
        "if len(keys) < min(result.threshold, len(result.signed)):",
        "if False:",
        _ATTACKS,
    ),
    Mutation(
        "a key counts however it is written", "trust/threshold.py", "return public.lower()", "return public", _ATTACKS
    ),
    Mutation(
        "metadata may be longer than asked for",
        "trust/fetcher.py",
        "if len(content) > max_length:",
        "if False:",
        _ATTACKS,
    ),
    Mutation(
        "a root need not be signed",
        "trust/root.py",
        "metadata.verify_delegate(Root.type, metadata)\n        role",
        "role",
        _ROOTS,
    ),
    Mutation(
        "a root need not follow the keys before",
        "trust/root.py",
        "before.verify_delegate(Root.type, after)\n        after",
        "after",
        _ROOTS,
    ),
    Mutation(
        "any root is as good as the accepted one",
        "index/configured.py",
        "content == each.anchor.root.encode()",
        "content",
        _ROOTS,
    ),
    Mutation("key ids of a root are not compared", "index/offer.py", "if keyids and {", "if False and {", _ROOTS),
    Mutation(
        "the digest of a root is not compared",
        "index/offer.py",
        "if sha256 is not None and",
        "if False and sha256 is not None and",
        _ROOTS,
    ),
    Mutation("pyv's own index is no floor", "index/refresh.py", "        _raise_floor(anchor, cache)\n", "", _FORGED),
    Mutation(
        "what is kept is not hashed again",
        "index/cache.py",
        "if hashlib.sha256(content).hexdigest() != sha256:",
        "if False:",
        _FORGED,
    ),
    Mutation(
        "what is kept is good for ever",
        "index/state.py",
        "return not self.stale and max(self.refreshed, self.reference) <= now < self.expires",
        "return True",
        (*_INDEX, *_GATE),
    ),
    Mutation(
        "what expired counts as fresh",
        "index/configured.py",
        "level=SIGNED if state.stale else FRESH,",
        "level=FRESH,",
        _POLICY,
    ),
    Mutation(
        "a lying index is passed over",
        "index/configured.py",
        "    except TransferError as fault:\n        return replace(kept",
        "    except PyvError as fault:\n        return replace(kept",
        _GATE,
    ),
    # revocation, policy, the gate
    Mutation("revocations are forgotten", "index/refresh.py", "union(cache.remembered(), listed)", "listed", _REVOKED),
    Mutation(
        "what pyv's own index took back is not heard",
        "index/configured.py",
        "union(union(own, cache.remembered()),",
        "union(cache.remembered(),",
        _REVOKED,
    ),
    Mutation(
        "what is blocked is installed where it is named",
        "domain/objection.py",
        "yields=not entry.blocks",
        "yields=True",
        _REVOKED,
    ),
    Mutation(
        "a yank is no objection",
        "domain/objection.py",
        "return None if entry is None else _revoked(artifact, entry)",
        "return None",
        _REVOKED,
    ),
    Mutation(
        "what a revoked key signed is not named",
        "index/seen.py",
        "return union(cache.revocations(), Revocations(entries))",
        "return cache.revocations()",
        _FORGED,
    ),
    Mutation(
        "levels are not demanded",
        "domain/policy.py",
        "LEVELS.index(level) < LEVELS.index(each.level)",
        "False",
        _POLICY,
    ),
    Mutation(
        "a project allows staleness",
        "domain/policy.py",
        "staleness = min(staleness, narrowed)",
        "staleness = narrowed",
        _POLICY,
    ),
    Mutation(
        "builds of no date are old enough",
        "domain/policy.py",
        "if age is None or age < demands",
        "if age is not None and age < demands",
        _POLICY,
    ),
    Mutation(
        "levels of an index are not asked",
        "install/plan.py",
        "options.policy.require_level(plan.level, artifact.pinned)",
        "pass",
        _POLICY,
    ),
    Mutation(
        "what the gate found is passed over",
        "install/gate.py",
        "if self._fault is not None:\n            raise",
        "if False:\n            raise",
        _GATE,
    ),
    Mutation(
        "nobody waits at the gate",
        "install/gate.py",
        "while self._thread is not None and self._thread.is_alive():",
        "while False:",
        _GATE,
    ),
    Mutation(
        "a superseded plan is carried out",
        "install/obtain.py",
        "return fetching if confirmed.artifact.sha256 == plan.artifact.sha256 else None",
        "return fetching",
        _GATE,
    ),
    Mutation(
        "an old index has the last word",
        "install/plan.py",
        "return confirm()  # what is kept may be too old to know better",
        "raise",
        _GATE,
    ),
    # publishing
    Mutation(
        "what its delegator does not accept is published",
        "mirror/publisher.py",
        "return draft if draft is not None and delegator.count(role.name, draft).is_met else None",
        "return draft",
        _PUBLISHER,
    ),
    Mutation(
        "a version is published twice",
        "mirror/signatures.py",
        "before is not None and draft.version <= before.version",
        "False",
        _PUBLISHER,
    ),
    Mutation(
        "a bad signature replaces a good one",
        "mirror/signatures.py",
        "joined = draft.joined(carried, genuine)",
        "joined = draft.joined(carried, set(carried.metadata.signatures))",
        _PUBLISHER,
    ),
    Mutation(
        "a new root comes before what it leads to",
        "mirror/generation.py",
        "(timestamp, *roots) if new.suits_before else (*roots, timestamp)",
        "(*roots, timestamp)",
        _PUBLISHER,
    ),
    Mutation(
        "keys of nobody sign", "mirror/keys.py", "if named is None or key.keyid in named:", "if True:", _PUBLISHER
    ),
    # documents
    Mutation("documents are nested without end", "domain/fields.py", "and _is_deep(value)", "and False", _CORPUS),
    Mutation(
        "documents hold half characters",
        "domain/fields.py",
        'if "\\\\u" in text or not text.isascii():',
        "if False:",
        _CORPUS,
    ),
    Mutation(
        "a project adds places",
        "install/configuration.py",
        "if tightens:\n        _refuse_additions(document)",
        "if tightens:\n        str(document)",
        ("install/test_configuration.py", "install/test_policy.py"),
    ),
    Mutation(
        "anybody may write the administrator's file",
        "install/configuration.py",
        "if guarded and mode & stat.S_IWOTH:",
        "if False:",
        ("install/test_configuration.py",),
    ),
    Mutation(
        "archives in hand are not judged",
        "install/local.py",
        "objection = objector(judges.revocations, judges.policy, now)(artifact)",
        "objection = None",
        _REVOKED,
    ),
    Mutation("what is kept may be gone", "index/cache.py", "if content is None and digest:", "if False:", _REVOKED),
    Mutation(
        "the address counts, not the root", "index/configured.py", "if _has_root(read, each.anchor)]", "]", _ROOTS
    ),
    Mutation(
        "an older root replaces a newer one", "index/anchors.py", "known.version > anchor.version", "False", _ROOTS
    ),
    Mutation(
        "a line begins twice",
        "mirror/generation.py",
        "if timestamp is not None or max(versions, default=1) > 1:",
        "if False:",
        _PUBLISHER,
    ),
    Mutation(
        "metadata that was changed is built on",
        "mirror/generation.py",
        "    _check_signed(mirror, found)\n",
        "",
        _PUBLISHER,
    ),
    Mutation("working copies are signed unread", "mirror/working.py", "if digest in known:", "if True:", _PUBLISHER),
    Mutation(
        "a rotation that waits is undone",
        "mirror/publisher.py",
        "if self.put_off:  # a new version now",
        "if False:  # a new version now",
        _PUBLISHER,
    ),
    Mutation(
        "revoked archives are offered to other tools",
        "mirror/other_tools.py",
        "if record.keyid in revoked_keys or (entry is not None and entry.blocks):",
        "if record.keyid in revoked_keys:",
        _OTHER_TOOLS,
    ),
    Mutation(
        "archives of another size are offered to other tools",
        "mirror/other_tools.py",
        " and each.size in {None, blobs[each.sha256].size}]",
        "]",
        _OTHER_TOOLS,
    ),
    Mutation(
        "other tools keep the link of a blob that was replaced",
        "mirror/other_tools.py",
        "if location not in there or there[location].inode != blobs[record.sha256].inode:",
        "if location not in there:",
        _OTHER_TOOLS,
    ),
    Mutation("what is missing is cached", "mirror/listener.py", '"Cache-Control": "no-store", ', "", _SERVE),
    Mutation("a quote in a request ends its field", "mirror/listener.py", r""".replace('"', "\\x22")""", "", _SERVE),
)

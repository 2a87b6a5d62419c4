"""Checks of locks, each taken out by one small change: what is verified, what stays, what is refused."""

from __future__ import annotations

from tests.prove.mutations import Mutation

_VALUE = ("domain/test_lock.py",)
_LOCK = ("install/test_lock.py",)
_LOCKED = ("install/test_locked.py",)

LOCK_MUTATIONS = (
    # the file
    Mutation("any line reaches the parser", "domain/lock.py", "if _LINE.fullmatch(line) is None:", "if False:", _VALUE),
    Mutation(
        "further keys stand in for those of the record",
        "domain/lock.py",
        "for key in sorted(extra.keys() & set(taken)):",
        "for key in ():",
        _VALUE,
    ),
    Mutation("a platform may stand there twice", "domain/lock.py", "if place in seen:", "if False:", _VALUE),
    Mutation(
        "a static build answers a request",
        "domain/lock_drift.py",
        " else not artifact.is_static)",
        " else True)",
        _VALUE,
    ),
    # locking
    Mutation(
        "records of the index are locked unverified",
        "install/locking.py",
        "    verify_record(artifact, draft.grounds.index.keys, draft.grounds.now)\n",
        "",
        _LOCK,
    ),
    Mutation(
        "what is locked stays unverified",
        "install/lock_grounds.py",
        "verify_record(artifact, self.judges.keys, self.now)",
        "pass",
        _LOCK,
    ),
    Mutation(
        "what is older is told as newer", "install/lock_check.py", "_age(lock, change)", "_age(fresh, change)", _LOCK
    ),
    Mutation(
        "what was taken back stays locked",
        "install/lock_grounds.py",
        "if objection is None or (objection.yields and request.is_exact):",
        "if True:",
        _LOCK,
    ),
    Mutation(
        "each platform has a version of its own",
        "install/locking.py",
        "if artifact.parsed_version == like.parsed_version and satisfies(request, artifact)",
        "if satisfies(request, artifact)",
        _LOCK,
    ),
    Mutation(
        "a platform that was named may be left out",
        "install/locking.py",
        "if triple in draft.wanted.demanded or triple == request.triple:",
        "if False:",
        _LOCK,
    ),
    Mutation(
        "a lock moves by itself",
        "install/locking.py",
        "{} if each.text in anew else _standing(each, old, draft)",
        "{}",
        _LOCK,
    ),
    Mutation(
        "versions that are not pinned are locked", "cli/lock_place.py", "        if others:", "        if False:", _LOCK
    ),
    Mutation(
        "requests part where they meet",
        "install/locking.py",
        "            and satisfies(request, entry.artifact)\n",
        "            and False\n",
        _LOCK,
    ),
    # installing from it
    Mutation(
        "a lock is believed",
        "install/locked.py",
        "return verify_record(artifact, given.judges.keys, now).keyid",
        "return artifact.keyid",
        _LOCKED,
    ),
    Mutation("a lock outlives its revocation", "install/locked.py", "if objection is not None:", "if False:", _LOCKED),
    Mutation(
        "a lock is fresh", "install/locked.py", "        _require_level(options, artifact)\n", "        pass\n", _LOCKED
    ),
    Mutation("another build is passed over", "install/locked.py", "    if stands:\n", "    if False:\n", _LOCKED),
    Mutation("drift is passed over", "cli/installing_locked.py", "    if found:\n", "    if False:\n", _LOCKED),
    Mutation(
        "a yank stops a lock",
        "install/locked.py",
        "objection, exact=True)",
        "objection, exact=request.is_exact)",
        _LOCK,
    ),
    Mutation(
        "a merge leaves two versions",
        "install/locking.py",
        "in found.items() if artifact.parsed_version == newest}",
        "in found.items()}",
        _LOCK,
    ),
    Mutation("another tool's is a build", "install/standing.py", "if adopted is not None:", "if False:", _LOCKED),
    # whose keys count
    Mutation(
        "a project names keys that count",
        "install/configuration.py",
        '_ADDING_POLICY = frozenset({"repack_keys", "artifact_keys"})',
        '_ADDING_POLICY = frozenset({"repack_keys"})',
        ("install/test_configuration.py", *_LOCKED),
    ),
    Mutation(
        "a person names keys the administrator does not allow",
        "domain/policy.py",
        "if limit is not None and key not in limit:",
        "if False:",
        ("install/test_configuration.py",),
    ),
    Mutation(
        "a key that was revoked counts when it is named",
        "install/locked.py",
        "KeyList(keys=(*keys.keys, *(key for keyid, key in own.items() if keyid not in known)))",
        "KeyList(keys=(*own.values(), *keys.keys))",
        _LOCKED,
    ),
)

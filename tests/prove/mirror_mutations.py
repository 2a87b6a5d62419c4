"""Checks of mirrors, each taken out by one small change: what is carried, joined, fetched, imported, sent and removed.

Like `pyv mirror` itself these are many; the others are in `mutations.py`.
"""

from __future__ import annotations

from tests.prove.mutations import Mutation


def _of(file: str, *names: str) -> tuple[str, ...]:
    """Single tests of a file; all of it where none is named."""
    return tuple(f"{file}::{name}" for name in names) or (file,)


_HYBRID = "mirror/test_hybrid.py"
_MERGE = _of("mirror/test_merge.py")
_SYNC = "mirror/test_sync.py"
_FAULTS = "mirror/test_sync_faults.py"
_IMPORT = "mirror/test_import.py"
_HOSTILE = _of("mirror/test_hostile_bundle.py")
_EXPORT = _of("mirror/test_export.py")
_PUSH = _of("mirror/test_push.py")
_REGISTRY = _of("transfer/test_registry.py")
_UPLOADS = _of("transfer/test_registry_uploads.py")
_TAGGED = _of("cli/test_index_registry.py")
_PRUNE = "mirror/test_prune.py"
_AUDIT = _of("mirror/test_audit.py")
_VERIFY = _of("mirror/test_verify_mirror.py")
_OTHER_TOOLS = _of("mirror/test_other_tools.py")
_SERVED = _of("mirror/test_served.py")
_NGINX = _of("real/test_nginx.py", "test_nginx_answers_as_serve_does")
_REPACKED = _of("install/test_repacked.py")
_DERIVED = _of("domain/test_derived.py")
_SIGNED = _of("trust/test_derived.py")
_CHOICE = _of("domain/test_choice.py")
_LOCKS = _of("mirror/test_sync_from_lock.py")

_GOES_BACK = _of(_HYBRID, "test_upstream_that_goes_back_is_refused")
_OTHER_KEYS = _of(_HYBRID, "test_other_keys_upstream_wait_for_the_holders_of_targets")
_CHANGED_HERE = _of(_HYBRID, "test_what_somebody_changed_here_is_not_published")

MIRROR_MUTATIONS = (
    # what a hybrid mirror carries
    Mutation(
        "upstream may go back", "mirror/carried.py", "if offered.version < before.version:", "if False:", _GOES_BACK
    ),
    Mutation(
        "upstream may sign a version twice",
        "mirror/carried.py",
        "if offered.version == before.version and offered.payload != before.payload:",
        "if False:",
        _GOES_BACK,
    ),
    Mutation(
        "another index is carried on",
        "mirror/carried.py",
        "if carried.line != line:",
        "if False:",
        _of(_HYBRID, "test_the_index_of_a_mirror_is_not_exchanged_for_the_embedded_one"),
    ),
    Mutation(
        "documents in other roles are carried",
        "mirror/carried.py",
        "    if odd:\n",
        "    if False:\n",
        _of(_HYBRID, "test_upstreams_documents_in_other_roles_are_not_carried"),
    ),
    Mutation(
        "what upstream signed is changed here",
        "mirror/carried.py",
        "if read_carried(mirror) is not None:\n        raise RequestError(",
        "if False:\n        raise RequestError(",
        _of(_HYBRID, "test_what_would_change_upstreams_bytes_is_refused"),
    ),
    Mutation(
        "upstream's new keys are not named",
        "mirror/carried.py",
        "return delegates_like(targets, self.targets, self._roles)",
        "return True",
        _OTHER_KEYS,
    ),
    Mutation(
        "what is carried is not hashed again",
        "mirror/carried.py",
        "if hashlib.sha256(content).hexdigest() != sha:",
        "if False:",
        _CHANGED_HERE,
    ),
    Mutation(
        "what is carried comes from the working copies",
        "mirror/publisher.py",
        "self.wanted = self.carried.wanted",
        "self.wanted = wanted_listing(self.mirror)",
        _CHANGED_HERE,
    ),
    Mutation(
        "what targets do not accept yet goes out",
        "mirror/publisher.py",
        "if not targets.count(role.name, theirs).is_met or (before",
        "if (before",
        _OTHER_KEYS,
    ),
    Mutation(
        "records go before the key that signed them",
        "mirror/publisher.py",
        "theirs.version <= kept.version or (role == RELEASES and self._waits_for_keys())",
        "theirs.version <= kept.version",
        _of(_HYBRID),
    ),
    Mutation(
        "any keys are as good as upstream's",
        "trust/delegations.py",
        "return found is not None and found.to_dict() == _like(theirs, paths).to_dict()",
        "return found is not None",
        _of(_HYBRID, "test_delegated_roles_are_upstreams_and_no_other"),
    ),
    Mutation(
        "upstream says what its roles may list",
        "trust/delegations.py",
        "terminating=True, paths=list(listed))",
        "terminating=True, paths=list(role.paths or listed))",
        _of(_HYBRID, "test_what_upstreams_roles_may_list_is_not_upstreams_to_say"),
    ),
    Mutation(
        "releases go out without their archives",
        "mirror/carried.py",
        "before = None if releases else read_carried(mirror)",
        "before = None",
        _of(_HYBRID, "test_an_archive_that_cannot_be_had_holds_up_no_revocation"),
    ),
    Mutation(
        "missing archives hold nothing back",
        "mirror/sync.py",
        "releases=not (lacking or plan.refused)",
        "releases=not plan.refused",
        _of(_FAULTS, "test_an_archive_that_is_gone_upstream"),
    ),
    Mutation(
        "refused records hold nothing back",
        "mirror/sync.py",
        "releases=not (lacking or plan.refused)",
        "releases=not lacking",
        _of(_SYNC, "test_a_record_nobody_signed_is_refused_alone"),
    ),
    Mutation(
        "a lost hybrid mirror carries anything",
        "mirror/resumed.py",
        "if not delegates_like(current.listing[TARGETS.name], theirs, roles):",
        "if False:",
        _of("mirror/test_resumed.py"),
    ),
    Mutation(
        "a lost hybrid mirror becomes an own one",
        "mirror/resumed.py",
        "if known.is_carried_over and not (",
        "if False and not (",
        _of("mirror/test_resumed.py"),
    ),
    # joining
    Mutation(
        "upstream replaces other bytes",
        "mirror/merge.py",
        "if known is not None and known.sha256 != record.sha256:",
        "if False:",
        _MERGE,
    ),
    Mutation(
        "own records are signed over by upstream",
        "mirror/merge.py",
        "if known is None or known.keyid in upstream_keys:",
        "if True:",
        _MERGE,
    ),
    Mutation(
        "keys upstream dropped count",
        "mirror/merge.py",
        "found.append(dataclasses.replace(key, revoked=True))",
        "found.append(key)",
        _MERGE,
    ),
    Mutation(
        "keys that were taken back here come back",
        "mirror/merge.py",
        "revoked=now.revoked or key.revoked",
        "revoked=now.revoked",
        _MERGE,
    ),
    Mutation(
        "keys upstream revoked count", "mirror/merge.py", "revoked=now.revoked or key.revoked", "revoked=False", _MERGE
    ),
    Mutation("records of dead keys stay", "mirror/merge.py", " if record.keyid not in dead]", "]", _MERGE),
    # synchronising
    Mutation(
        "upstream's records are taken unverified",
        "mirror/sync_plan.py",
        "            verify_record(artifact, keys, now)\n",
        "",
        _of(_SYNC, "test_a_record_nobody_signed_is_refused_alone"),
    ),
    Mutation(
        "records signed anew are taken unverified",
        "mirror/sync_plan.py",
        "    anew = _signed_anew(mine, upstream, settings)\n",
        "    anew: list[Artifact] = []\n",
        _of(_SYNC, "test_what_upstream_signs_anew_is_looked_at"),
    ),
    Mutation(
        "one contradiction ends a synchronisation",
        "mirror/sync_plan.py",
        "if known is not None and known.sha256 != artifact.sha256:",
        "if False:",
        _of(_SYNC, "test_own_builds_and_upstream_in_one_mirror"),
    ),
    Mutation(
        "records come that nobody looked at",
        "mirror/sync.py",
        "if each == taken.get(identity(each)) or identity(each) in there]",
        "if identity(each) in taken or identity(each) in there]",
        _of(_SYNC, "test_a_record_that_was_not_chosen_does_not_come_with_the_bytes_of_one_that_was")
        + _of(_SYNC, "test_a_line_that_was_not_chosen_does_not_come_beside_its_like"),
    ),
    Mutation(
        "an older pyv takes a mirror back",
        "mirror/sync_plan.py",
        "if upstream.place == EMBEDDED and upstream.published < before:",
        "if False:",
        _of(_SYNC, "test_an_older_pyv_does_not_take_a_mirror_back"),
    ),
    Mutation(
        "what upstream took back is not taken over",
        "mirror/sync.py",
        "union(mirror.read_revocations(), upstream.revocations)",
        "mirror.read_revocations()",
        _of(_SYNC, "test_what_upstream_takes_back_reaches_clients_and_stays"),
    ),
    Mutation(
        "missing archives hold up revocations",
        "mirror/sync.py",
        "        else:\n            _join(mirror, plan, lacking)",
        "        elif not lacking:\n            _join(mirror, plan, lacking)",
        _of(_FAULTS, "test_an_archive_that_is_gone_upstream"),
    ),
    Mutation(
        "records come without their archives",
        "mirror/sync.py",
        " if artifact.sha256 not in lacking}",
        "}",
        _of(_FAULTS, "test_an_archive_that_is_gone_upstream"),
    ),
    Mutation(
        "records come before the keys that signed them",
        "mirror/sync.py",
        "    write_documents(mirror, {}, KeyList(keys=(*known.keys, *new)))\n",
        "    str(new)\n",
        _of(_FAULTS, "test_a_first_run_stopped_at_any_write_leaves_what_can_be_published"),
    ),
    Mutation("disks are filled up", "mirror/sync.py", "if needed > free:", "if False:", _of(_FAULTS, "test_disks")),
    Mutation(
        "an archive of any size is there",
        "mirror/stocking.py",
        "return artifact.size in {None, status.st_size}",
        "return True",
        _of(_FAULTS, "test_an_archive_of_the_wrong_size_is_fetched_again"),
    ),
    Mutation(
        "passphrases are asked for after hours",
        "mirror/sync.py",
        "        keys.signers(role.name, named)",
        "        str(named)",
        _of(_SYNC, "test_passphrases_are_asked_for_before_anything_is_fetched"),
    ),
    # importing a bundle
    Mutation(
        "another index is imported",
        "mirror/bundle_anchor.py",
        "if not _goes_on(mine, roots):",
        "if False:",
        _of(_IMPORT, "test_another_organisation_s_bundle"),
    ),
    Mutation(
        "the digest of a bundle's root is not compared",
        "mirror/bundle_anchor.py",
        'if sha256 is not None and sha256.lower().removeprefix("sha256:") not in digests:',
        "if False:",
        _of(_IMPORT, "test_another_root_than_the_one_named"),
    ),
    Mutation(
        "any accepted root leads to any bundle",
        "mirror/bundle_anchor.py",
        "if _goes_on(anchor, roots) and _begins_like(anchor, roots):",
        "if True:",
        _of(_IMPORT, "test_a_root_that_was_accepted_before"),
    ),
    Mutation(
        "a genuine root may follow a forged one",
        "mirror/bundle_anchor.py",
        " and _begins_like(anchor, roots):",
        ":",
        _HOSTILE,
    ),
    Mutation(
        "a root need not follow the one in the mirror",
        "mirror/bundle_anchor.py",
        "return trusted.version < len(roots) and follows(content, roots[trusted.version])",
        "return trusted.version < len(roots)",
        _of(_IMPORT, "test_another_organisation_s_bundle"),
    ),
    Mutation(
        "roots may end before the mirror's",
        "mirror/bundle_anchor.py",
        "if trusted.version > len(roots):\n        raise RollbackError(",
        "if False:\n        raise RollbackError(",
        _of(_IMPORT, "test_the_near_side_rotates_its_root"),
    ),
    Mutation(
        "roots in between are left out",
        "mirror/succession.py",
        "between=tuple(root for root in incoming.roots[:-1] if current is None or root.version > current.root.version)",
        "between=()",
        _of(_IMPORT, "test_the_near_side_rotates_its_root"),
    ),
    Mutation(
        "bundles may be older",
        "mirror/succession.py",
        "if draft.version < mine.version:",
        "if False:",
        _of(_IMPORT, "test_a_bundle_older_than_what_is_there_is_refused"),
    ),
    Mutation(
        "what lists documents may go back",
        "mirror/succession.py",
        "SNAPSHOT.name: incoming.snapshot, **incoming.listing}\n    there",
        "SNAPSHOT.name: incoming.snapshot}\n    there",
        _of(_IMPORT, "test_a_role_that_goes_back_under_a_newer_snapshot_is_refused"),
    ),
    Mutation(
        "a bundle may have another content of a version",
        "mirror/succession.py",
        "if draft.version == mine.version and draft.payload != mine.payload:",
        "if False:",
        _of(_IMPORT, "test_the_same_version_with_another_content"),
    ),
    Mutation(
        "a timestamp no client would take is published",
        "mirror/succession.py",
        "if theirs.version > current.timestamp.version and not incoming.is_late:",
        "if not incoming.is_late:",
        _of(_IMPORT, "test_the_far_side_signs_its_own_timestamp"),
    ),
    Mutation(
        "a snapshot that expired is imported",
        "mirror/incoming.py",
        "if draft.expires + max_staleness <= now:",
        "if False:",
        _of(_IMPORT, "test_a_snapshot_that_expired_cannot_be_helped_here"),
    ),
    Mutation(
        "a bundle's records are not verified",
        "mirror/incoming.py",
        "                verify_record(record, keys, now)",
        "                str(record)",
        _HOSTILE,
    ),
    Mutation(
        "a bundle's packings are not verified",
        "mirror/incoming.py",
        "            if key is not None:\n                verify_derived",
        "            if False:\n                verify_derived",
        _of(_IMPORT, "test_repacked_archives_cross_beside_those_of_the_far_side"),
    ),
    Mutation(
        "archives no record names are imported",
        "mirror/incoming.py",
        "        if sha256 not in sizes:\n",
        "        if sha256 not in sizes:\n            continue\n        if False:\n",
        _HOSTILE,
    ),
    Mutation(
        "archives of another size than signed are imported",
        "mirror/incoming.py",
        "if sizes[sha256] not in {None, listed.size}:",
        "if False:",
        _of(_IMPORT, "test_a_record_says_how_large_its_archive_is"),
    ),
    Mutation(
        "an increment stands alone",
        "mirror/incoming.py",
        "    if missing:\n        raise RequestError(",
        "    if False:\n        raise RequestError(",
        _of(_IMPORT, "test_an_increment_needs_what_it_was_made_since"),
    ),
    Mutation(
        "an archive cut short is there already",
        "mirror/incoming.py",
        " and path.stat().st_size == listed.size",
        "",
        _of(_IMPORT, "test_an_archive_that_was_cut_short_is_brought_again"),
    ),
    Mutation(
        "files of a bundle nobody reads are not hashed",
        "mirror/import_plan.py",
        "    check_files(bundled)\n",
        "",
        _HOSTILE,
    ),
    Mutation(
        "archives the mirror has are not hashed",
        "mirror/receive.py",
        "            for _ in chunks:\n                pass",
        "            str(chunks)",
        _of(_IMPORT, "test_an_archive_the_mirror_has_must_be_whole_in_the_bundle_too"),
    ),
    Mutation(
        "a first import that was killed cannot be done again",
        "mirror/receive.py",
        "    if plan.current is None:\n        write_if_new(first_import",
        "    if False:\n        write_if_new(first_import",
        _of(_IMPORT, "test_a_first_import_stopped_at_any_write_is_done_again"),
    ),
    Mutation(
        "a refused bundle leaves a directory",
        "mirror/receive.py",
        "if not was_there and mirror.path.is_dir()",
        "if False and mirror.path.is_dir()",
        _of(_IMPORT, "test_an_increment_needs_what_it_was_made_since"),
    ),
    Mutation(
        "the working copies stay behind an import",
        "mirror/receive.py",
        "        _write_working(mirror, targets)\n",
        "",
        _of(_IMPORT, "test_a_revocation_crosses_and_the_working_copies_follow"),
    ),
    Mutation(
        "the far side's packings are dropped",
        "mirror/import_plan.py",
        "list({**there, **coming}.values())",
        "list(coming.values())",
        _of(_IMPORT, "test_repacked_archives_cross_beside_those_of_the_far_side"),
    ),
    # reading bundles
    Mutation("links in bundles", "mirror/bundle.py", "if header.kind != FILE:", "if False:", _HOSTILE),
    Mutation(
        "any name in bundles", "mirror/bundle.py", "    if not _NAME.fullmatch(name):\n", "    if False:\n", _HOSTILE
    ),
    Mutation(
        "members of bundles twice",
        "mirror/bundle.py",
        "if name in found or name in directories:",
        "if False:",
        _HOSTILE,
    ),
    Mutation(
        "bytes behind a bundle",
        "mirror/bundle.py",
        "if rest.count(0) != len(rest) or len(rest) >",
        "if False and len(rest) >",
        _HOSTILE,
    ),
    Mutation(
        "links in a bundle's directory",
        "mirror/bundle.py",
        "if stat.S_ISREG(status.st_mode) and _NAME.fullmatch(told):",
        "if _NAME.fullmatch(told):",
        _HOSTILE,
    ),
    Mutation("blobs of any length", "mirror/bundle.py", "if place.size > limit:", "if False:", _HOSTILE),
    Mutation("blobs are not hashed", "mirror/bundle.py", "if digest.hexdigest() != sha256:", "if False:", _HOSTILE),
    Mutation(
        "blobs of another size than listed",
        "mirror/bundled.py",
        "if bundle.has(listed.sha256) and bundle.size(listed.sha256) != listed.size:",
        "if False:",
        _HOSTILE,
    ),
    Mutation("blobs nothing lists", "mirror/bundled.py", "if extra and bundle.is_file:", "if False:", _HOSTILE),
    Mutation(
        "any file of a mirror", "mirror/bundled.py", "if _TITLE.fullmatch(layer.title) is None:", "if False:", _HOSTILE
    ),
    Mutation("files listed twice", "mirror/bundled.py", "if layer.title in found:", "if False:", _HOSTILE),
    Mutation(
        "images of something else",
        "mirror/bundled.py",
        "if kinds[:1] != [image.FILES] or set(kinds[1:]) - {image.ARCHIVES}:",
        "if False:",
        _HOSTILE,
    ),
    # exporting
    Mutation(
        "damaged archives are exported",
        "mirror/export.py",
        "if (count, digest.hexdigest()) != (part.size, part.sha256):",
        "if False:",
        _EXPORT,
    ),
    Mutation(
        "bundles go into the mirror",
        "mirror/export.py",
        "if place == top or place.is_relative_to(top):",
        "if False:",
        _EXPORT,
    ),
    Mutation(
        "the bundle before is overwritten",
        "mirror/export.py",
        "if since is not None and (cwd / since).exists() and",
        "if False and",
        _EXPORT,
    ),
    Mutation(
        "increments hold everything",
        "mirror/export.py",
        "archives=tuple(part for part in archives if part.sha256 not in had)",
        "archives=tuple(archives)",
        _EXPORT,
    ),
    # pushing
    Mutation(
        "older mirrors are pushed",
        "mirror/held.py",
        "if held.timestamp > coming.timestamp or held.snapshot > coming.snapshot:",
        "if False:",
        _PUSH,
    ),
    Mutation(
        "another index is pushed over",
        "mirror/held.py",
        "if held.first_root and roots and held.first_root not in roots:",
        "if False:",
        _PUSH,
    ),
    Mutation(
        "manifests come before what they list",
        "mirror/push.py",
        "        archives = self._blobs(groups, frozenset())\n        self._documents(groups)\n",
        "        self._documents(groups)\n        archives = self._blobs(groups, frozenset())\n",
        _PUSH,
    ),
    Mutation(
        "the tag moves first",
        "mirror/push.py",
        "        archives = self._blobs(groups, frozenset())\n",
        "        self._publish(held)\n        archives = self._blobs(groups, frozenset())\n",
        _PUSH,
    ),
    Mutation(
        "the tag is not looked at again",
        "mirror/push.py",
        "if now is not None and hashlib.sha256(now).hexdigest() not in (before.sha256, index.sha256):",
        "if False:",
        _PUSH,
    ),
    Mutation(
        "what a registry lists is believed for ever",
        "mirror/push.py",
        'if fault.fields.get("status") not in (400, 404) or not held.groups:',
        "if True:",
        _PUSH,
    ),
    Mutation(
        "another digest than was sent is kept",
        "transfer/registry.py",
        'if reply.headers.get("docker-content-digest", digest) != digest:',
        "if False:",
        _REGISTRY,
    ),
    Mutation(
        "a blob of any length is there",
        "transfer/registry.py",
        'return reply.headers.get("content-length", str(size)) == str(size)',
        "return True",
        (*_REGISTRY, *_PUSH),
    ),
    # uploads
    Mutation(
        "uploads go on anywhere",
        "transfer/uploads.py",
        "return kept if kept is not None and is_same_origin(kept, base) else None",
        "return kept",
        _UPLOADS,
    ),
    Mutation(
        "addresses elsewhere are kept",
        "transfer/uploads.py",
        "if self._is_own:\n            self.session.keep",
        "if True:\n            self.session.keep",
        _UPLOADS,
    ),
    Mutation(
        "uploads elsewhere get the credentials of their host",
        "transfer/uploads.py",
        "Source(url=self.address, is_foreign=True)",
        "Source(url=self.address)",
        _UPLOADS,
    ),
    Mutation(
        "uploads elsewhere get the registry's credentials",
        "transfer/uploads.py",
        "if self.address is None or not self._is_own:",
        "if self.address is None:",
        _UPLOADS,
    ),
    Mutation(
        "a registry may hold less than was sent",
        "transfer/uploads.py",
        'if "range" in reply.headers and _held(reply) != end:',
        "if False:",
        _UPLOADS,
    ),
    Mutation(
        "a registry may keep something else",
        "transfer/uploads.py",
        'if reply.status in (201, 204) and digest == f"sha256:{self.blob.sha256}":',
        "if reply.status in (201, 204):",
        _UPLOADS,
    ),
    # reading registries
    Mutation(
        "documents of another digest",
        "transfer/registry.py",
        'if content is not None and ":" in reference:',
        "if False:",
        _REGISTRY,
    ),
    Mutation(
        "small blobs of another digest",
        "transfer/registry.py",
        "        if content is not None:\n            _check(content, sha256, source)\n",
        "",
        (*_REGISTRY, *_TAGGED),
    ),
    Mutation("files of a tag of any length", "index/tagged.py", "if file.size > max_bytes:", "if False:", _TAGGED),
    Mutation(
        "a tag of something else",
        "index/tagged.py",
        "if parse_kind(_text(manifest), document) != image.FILES:",
        "if False:",
        (*_TAGGED, *_PUSH),
    ),
    Mutation(
        "passwords go to realms without https",
        "transfer/tokens.py",
        'if realm.scheme != "https" and not own and not is_loopback_host(host):',
        "if False:",
        _REGISTRY,
    ),
    Mutation(
        "realms with a user are asked",
        "transfer/tokens.py",
        "if realm.port != 0 and realm.username is None else None",
        "if realm.port != 0 else None",
        _REGISTRY,
    ),
    Mutation(
        "a token of one's own gives way to anybody's",
        "transfer/tokens.py",
        'if challenge.scheme == "bearer" and (login is not None or own is None):',
        'if challenge.scheme == "bearer":',
        _REGISTRY,
    ),
    Mutation(
        "every thread asks for a token",
        "transfer/tokens.py",
        "if held is not None and held is not refused:",
        "if False:",
        _REGISTRY,
    ),
    Mutation(
        "tokens of any form are sent",
        "transfer/tokens.py",
        "if isinstance(token, str) and _TOKEN.fullmatch(token) else None",
        "if isinstance(token, str) else None",
        _REGISTRY,
    ),
    Mutation(
        "storage elsewhere may ask for credentials",
        "transfer/http.py",
        "if reply.status != 401 or origin(reply.response.request.url) != origin(url):",
        "if reply.status != 401:",
        _REGISTRY,
    ),
    Mutation(
        "writes are redirected",
        "transfer/http.py",
        "            if asked.writes:\n",
        "            if False:\n",
        _REGISTRY,
    ),
    Mutation(
        "another host need not have https",
        "transfer/redirects.py",
        'if target.scheme == "http" and target.host != url.host:',
        "if False:",
        _of("transfer/test_client.py", "test_redirects_that_are_not_followed"),
    ),
    Mutation(
        "redirects bring credentials",
        "transfer/redirects.py",
        'return target.copy_with(userinfo=b"")',
        "return target",
        _UPLOADS,
    ),
    Mutation(
        "a registry has upstream's names",
        "index/sources.py",
        "[] if mirror.is_registry else",
        "[] if False else",
        _TAGGED,
    ),
    # pruning
    Mutation("archives go at once", "mirror/prune.py", "if now - moment >= keep_days * _DAY}", "}", _of(_PRUNE)),
    Mutation(
        "a clock that was ahead keeps archives",
        "mirror/prune.py",
        "min(now, noted.get(sha256, now))",
        "noted.get(sha256, now)",
        _of(_PRUNE, "test_a_clock_that_was_ahead_keeps_nothing_for_ever"),
    ),
    Mutation(
        "archives of the publication before go",
        "mirror/reachable.py",
        'for path in sorted(mirror.manifests.glob("*.json")):',
        "for path in ():",
        _of(_PRUNE),
    ),
    Mutation(
        "archives of a synchronisation under way go",
        "mirror/reachable.py",
        "in _seen_upstream(mirror, settings):",
        "in ():",
        _of(_PRUNE, "test_what_the_last_synchronisation_saw_stays"),
    ),
    Mutation(
        "nobody waits for a synchronisation",
        "mirror/prune.py",
        "            locks.enter_context(locked(mirror.sync_lock, waiting=waiting))\n",
        "",
        _of(_PRUNE, "test_it_waits_for_a_synchronisation"),
    ),
    Mutation(
        "own builds are withdrawn",
        "mirror/reachable.py",
        "for record in mirror.read_manifest(triple) if record.keyid in settings.upstream_keys]",
        "for record in mirror.read_manifest(triple)]",
        _of(_PRUNE),
    ),
    Mutation(
        "packings go before their origin",
        "mirror/reachable.py",
        "if packing.origin in found}",
        "if False}",
        _of(_PRUNE, "test_packings_stay_as_long_as_what_they_pack"),
    ),
    Mutation(
        "archives go before what names them",
        "mirror/prune.py",
        "        _drop_packings(mirror, self.due)\n        _remove([mirror.blob(sha256) for sha256 in self.due], mirror.blobs)\n",
        "        _remove([mirror.blob(sha256) for sha256 in self.due], mirror.blobs)\n        _drop_packings(mirror, self.due)\n",
        _of(_PRUNE, "test_stopped_at_any_change"),
    ),
    Mutation(
        "a dry run removes",
        "mirror/prune.py",
        "        if not dry_run:\n            decided",
        "        if True:\n            decided",
        _of(_PRUNE, "test_a_dry_run_tells_and_writes_nothing"),
    ),
    # looking after a mirror
    Mutation(
        "what nobody signed is mere damage",
        "cli/commands/mirror_care.py",
        "_DAMAGED if verdict.is_believed else _UNTRUSTED",
        "_DAMAGED",
        _VERIFY,
    ),
    Mutation(
        "damage is distrust",
        "cli/commands/mirror_care.py",
        "_DAMAGED if verdict.is_believed else _UNTRUSTED",
        "_UNTRUSTED",
        _VERIFY,
    ),
    Mutation(
        "findings are no failure", "cli/commands/mirror_care.py", "    if not found.is_clean:", "    if False:", _AUDIT
    ),
    Mutation(
        "warnings are failures",
        "mirror/audit.py",
        "return not any(finding.is_error for finding in self.findings)",
        "return not self.findings",
        _AUDIT,
    ),
    Mutation(
        "what is revoked and offered is fine", "mirror/audit.py", "    revoked_but_offered,\n    exp", "    exp", _AUDIT
    ),
    Mutation("keys in a mirror are fine", "mirror/audit.py", "    misplaced_keys,\n    unl", "    unl", _AUDIT),
    Mutation("what everybody writes to is fine", "mirror/audit.py", "    writable_by_all,\n)", ")", _AUDIT),
    Mutation(
        "upstream's revocations may be dropped",
        "mirror/auditing/upstream.py",
        "    if standing.missing:\n",
        "    if False:\n",
        _AUDIT,
    ),
    Mutation(
        "archives of another size are sound",
        "mirror/check.py",
        "if stated is not None and size != stated:",
        "if False:",
        _VERIFY,
    ),
    Mutation("packs may say anything", "mirror/check.py", "    faults += _wrong_in_pack(mirror)\n", "", _VERIFY),
    Mutation(
        "a mirror's records are not verified",
        "mirror/check.py",
        "            verify_record(record, keys, now)",
        "            str(record)",
        _VERIFY,
    ),
    Mutation(
        "a mirror's packings are not verified",
        "mirror/check.py",
        "if key is not None:  # a key",
        "if False:  # a key",
        _VERIFY,
    ),
    Mutation("a mirror never expires", "mirror/chain.py", "if moment <= now}", "if False}", _VERIFY),
    # what other tools and caches find
    Mutation(
        "records nobody signed are offered to other tools",
        "mirror/other_tools.py",
        "if not (_is_linked(record, there, blobs) or _is_signed(record, judge)):",
        "if False:",
        _OTHER_TOOLS,
    ),
    Mutation(
        "yanked archives are listed",
        "mirror/other_tools.py",
        "            yanked.add(record.upstream_location)",
        "            pass",
        _OTHER_TOOLS,
    ),
    Mutation(
        "links go before the lists that name them",
        "mirror/other_tools.py",
        "    for path, content in lists.items():\n        write_if_new(path, content)\n    _clear(mirror, offer, lists)\n",
        "    _clear(mirror, offer, lists)\n    for path, content in lists.items():\n        write_if_new(path, content)\n",
        _OTHER_TOOLS,
    ),
    Mutation(
        "timestamps are kept for ever",
        "mirror/served.py",
        r"metadata/[1-9][0-9]*\.[a-z]+\.json",
        r"metadata/.*\.json",
        _SERVED,
    ),
    Mutation("hidden files are served", "mirror/served.py", ' or segment.startswith(".")', "", _SERVED),
    Mutation(
        "links are followed", "mirror/served.py", "_DIRECTORY | os.O_NOFOLLOW, dir_fd", "_DIRECTORY, dir_fd", _SERVED
    ),
    Mutation(
        "nginx keeps what is missing",
        "mirror/nginx.py",
        '        add_header Cache-Control "no-store" always;\n',
        "",
        _NGINX,
    ),
    Mutation("nginx keeps timestamps", "mirror/nginx.py", '        add_header Cache-Control "no-cache";\n', "", _NGINX),
    Mutation("nginx follows links", "mirror/nginx.py", "    disable_symlinks on from=$document_root;\n", "", _NGINX),
    Mutation("nginx serves hidden files", "mirror/nginx.py", r"location ~ /\. {", r"location ~ /\.\. {", _NGINX),
    # repacked archives
    Mutation(
        "a key the index took back repacks",
        "install/packing.py",
        "if index.keys.find(key.keyid) is not None:",
        "if False:",
        _REPACKED,
    ),
    Mutation(
        "a packing may state other contents",
        "install/packing.py",
        "if any(None not in pair and pair[0] != pair[1] for pair in stated):",
        "if False:",
        _REPACKED,
    ),
    Mutation(
        "a packing that fails ends an installation",
        "install/obtain.py",
        "        if not packing.keyid:\n            raise\n",
        "        if True:\n            raise\n",
        _REPACKED,
    ),
    Mutation(
        "nobody may ask for packings again", "index/derived.py", "    if not asked:\n", "    if False:\n", _REPACKED
    ),
    Mutation(
        "a record and a packing are signed alike",
        "trust/derived.py",
        "application/vnd.pyv.derived.v1+json",
        "application/vnd.pyv.artifact.v1+json",
        _SIGNED,
    ),
    Mutation(
        "a packing may name another key", "trust/derived.py", "if derived.keyid != key.keyid:", "if False:", _SIGNED
    ),
    Mutation("a packing of itself", "domain/derived.py", "if derived.sha256 == derived.origin:", "if False:", _DERIVED),
    Mutation(
        "critical fields of packings are ignored",
        "domain/derived.py",
        "        check_critical(unknown, _FIELDS, fields)\n",
        "",
        _DERIVED,
    ),
    Mutation(
        "packings of another platform",
        "domain/lines.py",
        'if fields.text("triple") != triple:',
        "if False:",
        _DERIVED,
    ),
    # choosing
    Mutation(
        "what is blocked is chosen", "domain/choice.py", " if not _is_blocked(artifact, revocations)]", "]", _CHOICE
    ),
    Mutation(
        "what is yanked is the newest",
        "domain/choice.py",
        "if not a.is_static and revocations.of(a) is None]",
        "if not a.is_static]",
        _CHOICE,
    ),
    Mutation(
        "static builds are the newest",
        "domain/choice.py",
        "if not a.is_static and revocations",
        "if revocations",
        _CHOICE,
    ),
    Mutation(
        "locks choose nothing",
        "domain/choice.py",
        "if self.exact:\n            exact",
        "if False:\n            exact",
        _LOCKS,
    ),
    Mutation(
        "what locks name and upstream lacks is passed over",
        "mirror/sync_plan.py",
        "    if exact:\n",
        "    if False:\n",
        _LOCKS,
    ),
    Mutation(
        "what was revoked is carried for a lock",
        "mirror/sync_plan.py",
        "if entry is not None and entry.blocks:\n            raise RevokedError",
        "if False:\n            raise RevokedError",
        _LOCKS,
    ),
    Mutation("every build is the newest", "domain/choice.py", "if self.builds == ALL:", "if True:", _CHOICE),
    Mutation(
        "every platform is chosen",
        "domain/choice.py",
        "return not self.triples or triple in self.triples",
        "return True",
        _CHOICE,
    ),
    # documents of images
    Mutation(
        "images of any schema",
        "domain/image.py",
        'if fields.values.get("schemaVersion") != 2:',
        "if False:",
        _HOSTILE,
    ),
)

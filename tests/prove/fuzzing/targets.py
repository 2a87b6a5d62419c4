"""Every target there is."""

from __future__ import annotations

from tests.prove.fuzzing import archives, asked, bundles, documents, kept, metadata

TARGETS = (*archives.TARGETS, *metadata.TARGETS, *documents.TARGETS, *bundles.TARGETS, *kept.TARGETS, *asked.TARGETS)
BY_NAME = {target.name: target for target in TARGETS}

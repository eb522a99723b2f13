"""What the rules of a policy say about names, one by one."""

from __future__ import annotations

import pytest

from oci.settings.policy import (
    ExactReference,
    ExactRepository,
    IdentityMatch,
    MatchExact,
    MatchRepoDigestOrExact,
    MatchRepository,
    RemapIdentity,
)
from oci.spec import Reference
from oci.trust.identity import matches

APP = "r.example/team/app"
DIGEST = f"{APP}@sha256:{'a' * 64}"
OTHER_DIGEST = f"{APP}@sha256:{'b' * 64}"
REMAP = RemapIdentity("mirror.example/r", "r.example/team")


@pytest.mark.parametrize(
    ("rule", "wanted", "signed", "expected"),
    [
        (MatchExact(), f"{APP}:1", f"{APP}:1", True),
        (MatchExact(), f"{APP}:1", f"{APP}:2", False),
        (MatchExact(), f"{APP}:1", APP, False),
        (MatchExact(), APP, APP, False),
        (MatchExact(), DIGEST, DIGEST, True),
        (MatchExact(), DIGEST, f"{APP}:1", False),
        (MatchExact(), "docker.io/library/app:1", "app:1", True),
        (MatchRepoDigestOrExact(), f"{APP}:1", f"{APP}:1", True),
        (MatchRepoDigestOrExact(), f"{APP}:1", f"{APP}:2", False),
        (MatchRepoDigestOrExact(), DIGEST, f"{APP}:2", True),
        (MatchRepoDigestOrExact(), DIGEST, OTHER_DIGEST, True),
        (MatchRepoDigestOrExact(), DIGEST, "r.example/team/app2:1", False),
        (MatchRepository(), f"{APP}:1", f"{APP}:2", True),
        (MatchRepository(), f"{APP}:1", APP, True),
        (MatchRepository(), f"{APP}:1", "r.example/team:1", False),
        (ExactReference(f"{APP}:1"), "else.example/x:7", f"{APP}:1", True),
        (ExactReference(f"{APP}:1"), f"{APP}:1", f"{APP}:2", False),
        (ExactReference(f"{APP}:1"), None, f"{APP}:1", True),
        (ExactRepository(APP), None, f"{APP}:7", True),
        (ExactRepository(APP), f"{APP}:7", f"{APP}x:7", False),
        (REMAP, "mirror.example/r/app:1", f"{APP}:1", True),
        (REMAP, "mirror.example/r/app:1", f"{APP}:2", False),
        (REMAP, "mirror.example/rx/app:1", "r.example/teamx/app:1", False),
        (REMAP, "mirror.example/rx/app:1", "mirror.example/rx/app:1", True),
        (REMAP, "mirror.example/r:1", "r.example/team:1", True),
        (REMAP, f"mirror.example/r/app@sha256:{'a' * 64}", f"{APP}:2", True),
        (RemapIdentity("mirror.example", "R.example/Bad"), "mirror.example/x:1", "r.example/x:1", False),
        (MatchRepository(), None, f"{APP}:1", False),
        (MatchExact(), f"{APP}:1", "", False),
        (MatchRepository(), f"{APP}:1", f"{APP}:1 ", False),
    ],
)
def test_names(rule: IdentityMatch, wanted: str | None, signed: str, expected: object) -> None:
    assert matches(rule, signed, None if wanted is None else Reference.parse(wanted)) is expected

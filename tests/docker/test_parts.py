"""Without a part nothing is silently left out: it is said, or it is a failure."""

from __future__ import annotations

import pytest

from tests.support import docker


@pytest.mark.parametrize("part", ["DOCKERD", "DOCKER", "REGISTRY", "BUSYBOX"])
def test_a_part_that_is_missing_is_named(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, part, None)
    monkeypatch.delenv("ALFRED_TUI_REQUIRE_PARTS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="NOT tried against a real Docker") as skipped:
        docker.needs_docker()
    assert part.lower() in str(skipped.value).replace("docker-registry", "registry")
    monkeypatch.setenv("ALFRED_TUI_REQUIRE_PARTS", "1")
    with pytest.raises(pytest.fail.Exception, match="NOT tried"):
        docker.needs_docker()

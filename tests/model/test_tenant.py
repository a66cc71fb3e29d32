"""A tenant's doors, and secrets that never show by accident."""

from __future__ import annotations

import msgspec
import pytest

from alfred_tui.model.tenant import Lifecycle, Secret, Tenant


def test_a_secret_is_masked_in_every_form() -> None:
    key = Secret("canary-6d1f")
    tenant = Tenant(name="acme", api_url="https://acme.tail0.ts.example:3100", api_key=key)
    for shown in (str(key), repr(key), f"{key}", f"{key!r:>30}", repr(tenant), str([tenant])):
        assert "canary" not in shown
    with pytest.raises(TypeError):
        msgspec.json.encode(tenant)
    assert key.reveal() == "canary-6d1f"


def test_the_dialled_address_is_not_the_verified_name() -> None:
    tenant = Tenant(
        name="acme", api_url="https://acme.tail0.ts.example:3100", connect_address="127.0.0.9"
    )
    assert (tenant.host, tenant.address, tenant.port) == (
        "acme.tail0.ts.example",
        "127.0.0.9",
        3100,
    )


@pytest.mark.parametrize(("url", "port"), [("https://a.example", 443), ("http://127.0.0.1", 80)])
def test_a_url_without_port_has_its_schemes_one(url: str, port: int) -> None:
    assert Tenant(name="a", api_url=url).port == port


@pytest.mark.parametrize("state", list(Lifecycle))
def test_suspended_and_destroyed_tenants_are_left_alone(state: Lifecycle) -> None:
    polled = Tenant(name="a", api_url="http://127.0.0.1", lifecycle=state).polled
    assert polled == (state not in {Lifecycle.SUSPENDED, Lifecycle.DESTROYED})

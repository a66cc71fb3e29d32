"""What Docker prints of images, read: nothing that it does not print is taken for an answer."""

from __future__ import annotations

import pytest

from alfred_tui.model.images import Image
from alfred_tui.tenant.images import command, read
from alfred_tui.tenant.ssh.command import rendered

ONE, TWO, THREE = (f"sha256:{digit * 64}" for digit in "123")


def test_services_and_digests_are_joined_by_the_local_id() -> None:
    text = (
        f"temporal {TWO} temporalio/auto-setup:1.29\nalfred {ONE} r.example:5000/alfred:latest\n"
        f" {THREE} nobody's\nalfred {TWO} temporalio/auto-setup:1.29\n\n"
        f'{TWO} ["temporalio/auto-setup@{THREE}"]\n'
        f'{ONE} ["r.example:5000/alfred@{TWO}","r.example:5000/alfred@{ONE}"]\n{THREE} []\n'
    )
    told = (f"temporalio/auto-setup@{THREE}",)
    digests = (f"r.example:5000/alfred@{ONE}", f"r.example:5000/alfred@{TWO}")
    assert read(text) == [
        Image("alfred", "r.example:5000/alfred:latest", ONE, digests),
        Image("alfred", "temporalio/auto-setup:1.29", TWO, told),
        Image("temporal", "temporalio/auto-setup:1.29", TWO, told),
    ]


@pytest.mark.parametrize("listed", ["[]", "null"])
def test_an_image_that_was_never_pulled_has_none(listed: str) -> None:
    text = f"alfred {ONE} local:latest\n\n{ONE} {listed}\n"
    assert read(text) == [Image("alfred", "local:latest", ONE)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "Cannot connect to the Docker daemon",
        f"alfred {ONE} local:latest\n",
        f"alfred {ONE} local:latest\n\n{ONE} [1]\n",
        f"alfred {ONE} local:latest\n\n{ONE}\n",
        "alfred sha256:12 local:latest\n\nsha256:12 []\n",
        f"al\x1b[2Jfred {ONE} local:latest\n\n{ONE} []\n",
        f"--all {ONE} local:latest\n\n{ONE} []\n",
        f"alfred {ONE}0 local:latest\n\n{ONE}0 []\n",
    ],
)
def test_what_is_not_whole_tells_of_nobody(text: str) -> None:
    assert read(text) == []


def test_a_digest_that_is_none_is_left_out() -> None:
    text = f'alfred {ONE} a:latest\n\n{ONE} ["a@sha256:12","--help","a@{TWO}","\\u001b[2J@{TWO}"]\n'
    assert read(text) == [Image("alfred", "a:latest", ONE, (f"a@{TWO}",))]


def test_a_reference_carries_no_control_codes() -> None:
    (image,) = read(f"alfred {ONE} a\x1b[2Jb:latest\n\n{ONE} []\n")
    assert "\x1b" not in image.reference


def test_the_command_is_one_that_the_tenant_s_rules_let_through() -> None:
    assert rendered(command(), "acme", "deploy").startswith(b"exec sh -c ")

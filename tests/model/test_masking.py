"""What is called a secret is masked, whatever its value; what is none stays as it is."""

from __future__ import annotations

import time

import pytest

from alfred_tui.model.masking import MASK, cover

CANARY = "canary-4f1b"


@pytest.mark.parametrize(
    ("text", "then"),
    [
        (f"OPENROUTER_API_KEY={CANARY}", f"OPENROUTER_API_KEY={MASK}"),
        (f"a\nAWS_ACCESS_KEY_ID={CANARY}\nB=2", f"a\nAWS_ACCESS_KEY_ID={MASK}\nB=2"),
        (f'export BW_PASSWORD="{CANARY} and more"', f"export BW_PASSWORD={MASK}"),
        (f"KEY='{CANARY} x' y", f"KEY={MASK} y"),
        (f"TOKEN={CANARY} curl x", f"TOKEN={MASK} curl x"),
        (f"TAILSCALE_AUTHKEY={CANARY}; ls", f"TAILSCALE_AUTHKEY={MASK}; ls"),
        (f'{{"gateway_token": "{CANARY}", "a": 1}}', f'{{"gateway_token": "{MASK}", "a": 1}}'),
        (f'{{"TunnelSecret":"{CANARY}"}}', f'{{"TunnelSecret":"{MASK}"}}'),
        (f"{{'api-key': '{CANARY}'}}", f"{{'api-key': '{MASK}'}}"),
        (f"https://a.example/?token={CANARY}&b=1", f"https://a.example/?token={MASK}&b=1"),
        (f"Authorization: Bearer {CANARY}", f"Authorization: Bearer {MASK}"),
    ],
)
def test_the_value_goes_and_the_name_stays(text: str, then: str) -> None:
    assert cover(text) == then


def test_a_private_key_goes_whole_and_one_that_is_cut_as_well() -> None:
    block = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}\n{CANARY}\n"
    for text in (f"{block}-----END OPENSSH PRIVATE KEY-----\n", block):
        assert CANARY not in cover(text)
        assert cover(text).startswith("-----BEGIN OPENSSH PRIVATE KEY-----")


@pytest.mark.parametrize(
    "text",
    [
        "PLANE_SYNC_ENABLED=true",
        "host key SHA256:abc is not the pinned one",
        "ssh.key_file: one line of printable text is needed",
        "the API refuses our key: 401",
        "COMPOSIO_USER_ID=alfred-acme-1f",
        '{"schedule": "al-learning", "note": "token rotated"}',
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert cover(text) == text


@pytest.mark.parametrize(
    "text",
    ["KEY" * 300_000, "A" * 900_000, '"KEY' * 200_000, "?key" * 200_000, "-----BEGIN " * 80_000],
)
def test_no_text_takes_longer_than_a_hundred_times_a_plain_one(text: str) -> None:
    def took(of: str) -> float:
        begin = time.perf_counter()
        cover(of)
        return time.perf_counter() - begin

    plain = max(took("all is well here\n" * (len(text) // 17)) for _ in range(3))
    assert took(text) < 100 * max(plain, 0.005)

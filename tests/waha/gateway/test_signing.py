import json

import pytest

from tests.waha.gateway.schema import DATA
from waha.gateway.signing import sign, verify

RECORDED = sorted((DATA / "recorded").glob("*.json"))
DOCUMENTED = (
    "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8097c462b2b17a6ce93b6b47a136cf2"
    "e78a33a63f6752c2c1631777076153fa89"
)
BODY = b'{"event":"message","session":"default","engine":"WEBJS"}'


def deliveries(content: dict) -> list[tuple[str, bytes, dict[str, str]]]:
    found = content.get("deliveries", [content])
    key = content.get("hmac_key", "s3cret-hmac-key")
    return [(key, one["body_utf8"].encode(), dict(one["headers"])) for one in found]


def test_sign_gives_the_documented_signature():
    assert sign("my-secret-key", BODY) == DOCUMENTED


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_verify_accepts_every_recorded_request(path):
    found = deliveries(json.loads(path.read_text()))

    verdicts = [
        verify([key], body, headers["X-Webhook-Hmac"], headers["X-Webhook-Hmac-Algorithm"])
        for key, body, headers in found
    ]

    assert verdicts == [True] * len(found)
    assert found


@pytest.mark.parametrize(
    ("keys", "body", "signature", "algorithm", "expected"),
    [
        (["my-secret-key"], BODY, DOCUMENTED, "sha512", True),
        (["new-key", "my-secret-key"], BODY, DOCUMENTED, "sha512", True),
        (["my-secret-key", "new-key"], BODY, DOCUMENTED, "sha512", True),
        ([], BODY, DOCUMENTED, "sha512", False),
        ([""], BODY, sign("", BODY), "sha512", False),
        (["other"], BODY, DOCUMENTED, "sha512", False),
        (["my-secret-key"], BODY + b" ", DOCUMENTED, "sha512", False),
        (["my-secret-key"], BODY, DOCUMENTED.upper(), "sha512", False),
        (["my-secret-key"], BODY, DOCUMENTED[:-1], "sha512", False),
        (["my-secret-key"], BODY, "é" * 128, "sha512", False),
        (["my-secret-key"], BODY, "", "sha512", False),
        (["my-secret-key"], BODY, None, "sha512", False),
        (["my-secret-key"], BODY, DOCUMENTED, "sha256", False),
        (["my-secret-key"], BODY, DOCUMENTED, "none", False),
        (["my-secret-key"], BODY, DOCUMENTED, None, False),
    ],
)
def test_verify_accepts_only_the_right_key_over_the_right_bytes(
    keys, body, signature, algorithm, expected
):
    assert verify(keys, body, signature, algorithm) is expected

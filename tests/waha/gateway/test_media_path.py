import pytest

from waha.gateway.client import BadMediaUrl, WahaClient, media_path

HOSTILE = [
    None,
    17,
    "",
    " ",
    "x" * 501,
    "/api/files/",
    "/api/files",
    "api/files/default/a.jpeg",
    "/api/filesystem/default/a.jpeg",
    "/api/files/default/",
    "/api/files//a.jpeg",
    "/api/files/default//a.jpeg",
    "/api/files/default/sub/a.jpeg",
    "/api/files/../sessions",
    "/api/files/..",
    "/api/files/default/..",
    "/api/files/./a.jpeg",
    "/api/files/%2e%2e/sessions",
    "/api/files/%2E%2E/sessions",
    "/api/files/.%2e/sessions",
    "/api/files/default/%2e",
    "/api/files/default%2fa.jpeg",
    "/api/files/default%2F..%2F..%2Fsessions",
    "/api/files/default%5ca.jpeg",
    "/api/files/%252e%252e/sessions",
    "/api/files/default/a%00.jpeg",
    "/api/files/default/a%0d%0aHost:evil",
    "/api/files/default/a\r\nX-Api-Key: b",
    "/api/files/default/a b.jpeg",
    "/api/files/default/a%20b.jpeg",
    "/api/files/default/a\\..\\b",
    "\\api\\files\\default\\a.jpeg",
    "/api/files/default/ä.jpeg",
    "/api/files/default/%ff.jpeg",
    "/api/files/default/%zz.jpeg",
    "/api/files/default/a;b.jpeg",
    "/api/files/default/a:b.jpeg",
    "/api/sessions",
    "/API/FILES/default/a.jpeg",
    "//evil.example/api/files/default/a.jpeg",
    "///api/files/default/a.jpeg",
    "http:///api/files/default/a.jpeg",
    "http:/api/files/default/a.jpeg",
    "http:api/files/default/a.jpeg",
    "https://user:pw@waha:3000/api/files/default/a.jpeg",
    "https://waha@evil.example/api/files/default/a.jpeg",
    "http://waha:99999/api/files/default/a.jpeg",
    "http://[::1/api/files/default/a.jpeg",
    "http://waha:3000",
    "http://waha:3000/",
    "http://waha:3000/api/sessions/default",
    "http://waha:3000/x/api/files/default/a.jpeg",
    "http://waha:3000?/api/files/default/a.jpeg",
    "http://waha:3000#/api/files/default/a.jpeg",
    "http://waha:3000/%61pi/files/default/a.jpeg",
    "file:///api/files/default/a.jpeg",
    "ftp://waha/api/files/default/a.jpeg",
    "gopher://waha:3000/api/files/default/a.jpeg",
    "javascript:/api/files/default/a.jpeg",
    "data:image/png;base64,AAAA",
    "https://bucket.s3.amazonaws.com/default/a.jpeg?X-Amz-Signature=x",
]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://localhost:3000/api/files/default/3EB0A1.jpeg", "/api/files/default/3EB0A1.jpeg"),
        ("https://waha.example/api/files/a-b_c/3A.oga?x=1#y", "/api/files/a-b_c/3A.oga"),
        ("/api/files/default/3EB0A1.pdf", "/api/files/default/3EB0A1.pdf"),
        ("http://169.254.169.254/api/files/default/a.bin", "/api/files/default/a.bin"),
        (
            "http://x/api/files/true_447700900123@c.us_3EB0.jpeg",
            "/api/files/true_447700900123@c.us_3EB0.jpeg",
        ),
        (
            "http://x/api/files/default/true_447700900123%40c.us_3EB0.jpeg",
            "/api/files/default/true_447700900123@c.us_3EB0.jpeg",
        ),
    ],
)
def test_media_path_keeps_the_path_and_drops_the_host(url, path):
    assert media_path(url) == path


@pytest.mark.parametrize("url", HOSTILE, ids=lambda url: repr(url)[:60])
def test_media_path_refuses_whatever_is_no_plain_file(url):
    with pytest.raises(BadMediaUrl):
        media_path(url)


def test_fetch_file_refuses_before_it_asks_anybody():
    client = WahaClient("http://127.0.0.1:9", "key")

    with pytest.raises(BadMediaUrl), client.fetch_file("/api/files/../sessions"):
        pass

"""What comes of every way in which an image server can fail: one table, exact outcomes and requests."""

import struct
import zlib
from io import BytesIO

import numpy as np
import PIL.Image
import pytest
from huggingface_hub import InferenceClient

from hf_unsafe2safe.backends.served import images, retrying
from hf_unsafe2safe.backends.served.image_answers import MOST_PIXELS
from hf_unsafe2safe.backends.served.image_servers import ImageProvider
from hf_unsafe2safe.backends.served.images import EndpointPainter
from hf_unsafe2safe.errors import BudgetError, ConfigError, StageError
from tests.backends.canvases import canvas, png
from tests.backends.misbehaving_server import MisbehavingServer, Says, error, picture

pytestmark = pytest.mark.slow  # models, servers or photos, many times over

RETRIES = 2
FILE, PIXELS = png()
FINE = "fine"
UNAVAILABLE, UNREADABLE, REFUSED = "backend_unavailable", "unreadable_reply", "edit_failed"
SILENT = "has given no answer at all"  # the run stops


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    monkeypatch.setattr(retrying, "FIRST_WAIT_S", 0.01)


def bomb(side):
    """Return a PNG of one colour, small as a file."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side // 8 + 2) * side))
    parts = chunk(b"IHDR", header), chunk(b"IDAT", rows), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def saved(form, **how):
    with BytesIO() as file:
        PIL.Image.fromarray(PIXELS).save(file, form, **how)
        return file.getvalue()


LARGE = bomb(14_000)  # more than Pillow opens
ABOVE = bomb(int(MOST_PIXELS**0.5) + 1)

# Bytes in place of a picture, for ever: (what comes of it, requests).
BYTES = {
    "a picture": (FILE, FINE, 1),
    "a JPEG": (saved("JPEG"), FINE, 1),
    "a WebP": (saved("WEBP"), FINE, 1),
    "with metadata": (saved("PNG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"), FINE, 1),
    "twice the size": (png(size_wh=(96, 64))[0], FINE, 1),
    "smaller, aspect nearly kept": (png(size_wh=(47, 31))[0], FINE, 1),
    "another aspect": (png(size_wh=(48, 48))[0], REFUSED, 1),
    "a turned picture": (png(size_wh=(32, 48))[0], REFUSED, 1),
    "half a picture": (FILE[: len(FILE) // 2], UNREADABLE, RETRIES + 1),
    "a bomb": (LARGE, UNREADABLE, RETRIES + 1),
    "a smaller bomb": (ABOVE, UNREADABLE, RETRIES + 1),
    "HTML as a picture": (b"<html>a proxy</html>", UNREADABLE, RETRIES + 1),
    "a GIF": (saved("GIF"), UNREADABLE, RETRIES + 1),  # one more decoder for nothing
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 48 32\n", UNREADABLE, RETRIES + 1),
    "nothing": (b"", UNREADABLE, RETRIES + 1),
}
GOOD = picture(FILE)
# Whole answers in turn: (what comes of it, requests).
ANSWERS = {
    "two errors, then fine": ([error(500), error(500), GOOD], FINE, 3),
    "errors for ever": ([error(503)], UNAVAILABLE, RETRIES + 1),
    "too many": ([error(429, **{"Retry-After": "0.1"}), GOOD], FINE, 2),
    "too slow once": ([Says(GOOD.body, delay_s=0.9), GOOD], FINE, 2),
    "a byte now and then": ([Says(GOOD.body, each_s=0.05), GOOD], FINE, 2),
    "too slow for ever": ([Says(GOOD.body, delay_s=0.8)], SILENT, RETRIES + 1),
    "gone before the answer": ([Says(GOOD.body, sends="nothing"), GOOD], FINE, 2),
    "gone in the middle": ([Says(GOOD.body, sends="half"), GOOD], FINE, 2),
    "another type": ([Says(GOOD.body, kind="text/html"), GOOD], FINE, 2),
    "HTML": ([Says(b"<html>a proxy</html>", kind="text/html"), GOOD], FINE, 2),
    "a picture without JSON": ([Says(FILE, kind="image/png")], SILENT, RETRIES + 1),
    "cut JSON": ([Says(b'{"data": [{"b64'), GOOD], FINE, 2),
    "half a picture, then a whole one": ([picture(FILE[:900]), GOOD], FINE, 2),
    "no data": ([Says({"created": 1}), GOOD], FINE, 2),
    "no data for ever": ([Says({"data": []})], UNREADABLE, RETRIES + 1),
    "data of words": ([Says({"data": ["x"]})], UNREADABLE, RETRIES + 1),
    "a number": ([Says({"data": [{"b64_json": 7}]})], UNREADABLE, RETRIES + 1),
    "no base64": ([Says({"data": [{"b64_json": "é"}]})], UNREADABLE, RETRIES + 1),
    "cut base64": ([Says({"data": [{"b64_json": "abcde"}]})], UNREADABLE, RETRIES + 1),
    "a picture under another name": ([Says({"image": "x"})], UNREADABLE, RETRIES + 1),
    "both forms": ([Says({"data": [{**GOOD.body["data"][0], "url": "http://127.0.0.1:9/"}]})], FINE, 1),
    "moderated": ([error(400, "moderation_blocked")], UNREADABLE, 2),  # once more without `response_format`
    "too large": ([error(413)], UNREADABLE, 1),
}
SLOW = ("too slow once", "too slow for ever", "a byte now and then")


def asked(painter):
    """Return the reason of an error, or whether there is a picture of the right size."""
    try:
        (said,) = painter.paint([canvas()])
    except ConfigError as raised:
        if SILENT in str(raised):
            return SILENT
        raise
    if isinstance(said, StageError):
        return said.reason
    return FINE if (said.shape, said.dtype) == (PIXELS.shape, np.uint8) else said.shape


def painter_of(server, extra=""):
    return EndpointPainter(f"{server.url},model=m,retries={RETRIES}{extra}")


@pytest.mark.parametrize("case", BYTES)
def test_what_comes_of_bytes(case):
    data, outcome, requests = BYTES[case]
    with MisbehavingServer.in_turn(picture(data)) as server:
        assert asked(painter_of(server)) == outcome
        assert len(server.asked) == requests


@pytest.mark.parametrize("case", ANSWERS)
def test_what_comes_of_an_answer(case):
    answers, outcome, requests = ANSWERS[case]
    with MisbehavingServer.in_turn(*answers) as server:
        assert asked(painter_of(server, ",timeout_s=0.6" if case in SLOW else "")) == outcome
        assert len(server.asked) == requests


# The run stops: no row could be painted.
STOPS = [
    (error(401, "key sk-1234 is wrong"), ConfigError, "key"),
    (error(403), ConfigError, "key"),
    (error(404, "no model sk-1234"), ConfigError, "model"),
    (error(402), BudgetError, "payment"),
    (Says({"data": [{"url": "http://127.0.0.1:9/sk-1234.png"}]}), ConfigError, "address of an image"),
    (Says({"data": [{"url": "data:image/png;base64,sk-1234"}]}), ConfigError, "address of an image"),
]


@pytest.mark.parametrize(("answer", "kind", "word"), STOPS)
def test_the_run_stops_at_what_no_row_survives(answer, kind, word):
    with MisbehavingServer.in_turn(answer) as server:
        with pytest.raises(kind, match=word) as caught:
            asked(painter_of(server))
        assert len(server.asked) == 1
    assert "sk-1234" not in str(caught.value)


def test_no_redirect_is_followed():
    with MisbehavingServer.in_turn(GOOD) as other:
        moved = Says(b"", 307, headers={"Location": f"{other.url}/images/edits"})
        with MisbehavingServer.in_turn(moved) as server, pytest.raises(ConfigError, match="elsewhere"):
            asked(painter_of(server))
        assert other.asked == []


# What a server does not take is left out, once it is known: (refused, its message, requests for three).
@pytest.mark.parametrize(
    ("refused", "message", "requests"),
    [
        ("response_format", "Unknown parameter: 'response_format'.", 4),
        ("response_format", "no", 4),  # the only one that is suspected
        ("seed", "Unknown parameter: 'seed'.", 4),
        ("mask", "A mask is not supported.", 4),
    ],
)
def test_what_a_server_does_not_take_is_left_out(refused, message, requests):
    with MisbehavingServer(lambda _, said: error(400, message) if refused in said.body else GOOD) as server:
        painter = painter_of(server)
        assert [asked(painter) for _ in range(3)] == [FINE] * 3
        assert len(server.asked) == requests


THAT_PILLOW_SEES_FIRST = (
    "half a picture",
    "a bomb",
    "a smaller bomb",
    "HTML as a picture",
    "postscript",
    "nothing",
)


def through_the_hub(monkeypatch, server, *, timeout_s=30.0):
    """Return a painter whose requests the client of the Hub sends to a server, as to an own endpoint."""
    client = InferenceClient(server.url, api_key="hf_x", timeout=timeout_s)
    monkeypatch.setattr(images, "_send", lambda spec: ImageProvider(client, timeout_s=timeout_s))
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    return EndpointPainter(f"org/model,retries={RETRIES}")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("case", ["a picture", "another aspect", *THAT_PILLOW_SEES_FIRST])
def test_what_comes_of_bytes_through_the_client_of_the_hub(case, monkeypatch):
    data, outcome, requests = BYTES[case]
    with MisbehavingServer.in_turn(Says(data, kind="image/png")) as server:
        assert asked(through_the_hub(monkeypatch, server)) == outcome
        assert len(server.asked) == requests


def raw(says):
    if says.status != 200:
        return says
    return Says(FILE, says.status, "image/png", says.headers, says.delay_s, says.sends, says.each_s)


OF_THE_WIRE = (
    *("two errors, then fine", "errors for ever", "too many", "a byte now and then", "too slow for ever"),
    *("gone before the answer", "gone in the middle", "too large"),
)


@pytest.mark.parametrize("case", OF_THE_WIRE)
def test_what_comes_of_an_answer_through_the_client_of_the_hub(case, monkeypatch):
    answers, outcome, requests = ANSWERS[case]
    with MisbehavingServer.in_turn(*map(raw, answers)) as server:
        painter = through_the_hub(monkeypatch, server, timeout_s=0.6 if case in SLOW else 30.0)
        assert asked(painter) == outcome
        assert len(server.asked) == requests


def test_a_size_that_a_model_does_not_take_is_left_out_through_the_client_of_the_hub(monkeypatch):
    def answer(number, said):
        if "target_size" in said.body["parameters"]:
            return error(422, "Unexpected input: target_size.")
        return Says(FILE, kind="image/png")

    with MisbehavingServer(answer) as server:
        painter = through_the_hub(monkeypatch, server)
        assert [asked(painter) for _ in range(3)] == [FINE] * 3
        assert len(server.asked) == 4


@pytest.mark.parametrize(("answer", "kind", "word"), STOPS[:4])
def test_the_run_stops_through_the_client_of_the_hub(answer, kind, word, monkeypatch):
    with MisbehavingServer.in_turn(answer) as server:
        with pytest.raises(kind, match=word) as caught:
            asked(through_the_hub(monkeypatch, server))
        assert len(server.asked) == 1
    assert "sk-1234" not in str(caught.value)


def test_the_client_of_the_hub_sends_no_key_to_another_address(monkeypatch):
    with MisbehavingServer.in_turn(Says(FILE, kind="image/png")) as other:
        moved = Says(b"", 307, headers={"Location": f"{other.url}/elsewhere"})
        with MisbehavingServer.in_turn(moved) as server:
            asked(through_the_hub(monkeypatch, server))
            assert server.asked[0].headers["authorization"] == "Bearer hf_x"
        assert "authorization" not in other.asked[0].headers

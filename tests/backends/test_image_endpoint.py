"""What is sent to an image server, in which order and how often, and what is told to nobody."""

import logging
import multiprocessing
import pickle
import random
import subprocess
import sys
import traceback
from dataclasses import replace
from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from hf_unsafe2safe.backends.painting import Painter
from hf_unsafe2safe.backends.served import retrying
from hf_unsafe2safe.backends.served.images import EndpointPainter
from hf_unsafe2safe.editing.diffusion.endpoint import endpoint
from hf_unsafe2safe.errors import BudgetError, ConfigError, StageError, UnknownNameError
from hf_unsafe2safe.records import EditRequest, ModelInfo
from tests.backends.canvases import canvas, png
from tests.backends.misbehaving_server import MisbehavingServer, Says, error, picture

SECRET = "sk-verysecret1234"
PRIVATE = "Zebulon Quillfeather"
LOCAL = "http://127.0.0.1:8000/v1"


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    monkeypatch.setattr(retrying, "FIRST_WAIT_S", 0.01)


def echo(number, asked):
    """Answer with the picture that was sent, after a while that differs."""
    says = picture(asked.body["image"][2])
    return Says(says.body, delay_s=random.Random(number).uniform(0, 0.03))


def opened(file):
    with PIL.Image.open(BytesIO(file)) as image:
        image.load()
        return image


def test_it_is_a_painter():
    painter = EndpointPainter(f"{LOCAL},model=m")
    assert isinstance(painter, Painter)
    assert (painter.side, painter.grid, painter.one_text, painter.sees_private) == (1024, 16, False, False)
    assert EndpointPainter(f"{LOCAL},model=m,side=512").side == 512


def test_the_request_says_what_the_canvas_says_and_no_more():
    file, pixels = png()
    asked = canvas(2**40 + 5, private_caption=PRIVATE, target_caption="for others")
    with MisbehavingServer.in_turn(picture(file)) as server:
        painter = EndpointPainter(f"{server.url},model=org/m,num_inference_steps=4,guidance_scale=2.5")
        (painted,) = painter.paint([asked])
    np.testing.assert_array_equal(painted, pixels)
    painted[0, 0] = 0  # it can be written to
    (request,) = server.asked
    assert request.path == "/v1/images/edits"
    image, mask = (request.body.pop(name) for name in ("image", "mask"))
    assert request.body == {
        "model": "org/m",
        "prompt": "Change the face.\n\nThe picture: A street.",
        "seed": "5",
        "size": "48x32",
        "response_format": "b64_json",
        "num_inference_steps": "4",
        "guidance_scale": "2.5",
    }
    assert (image[:2], mask[:2]) == (("image.png", "image/png"), ("mask.png", "image/png"))
    sent, drawn = opened(image[2]), opened(mask[2])
    np.testing.assert_array_equal(np.asarray(sent), asked.pixels)
    assert (sent.format, sent.mode, sent.info, drawn.mode) == ("PNG", "RGB", {}, "RGBA")
    np.testing.assert_array_equal(np.asarray(drawn)[..., 3] == 0, asked.mask == 255)  # transparent: edit


def test_masked_pixels_stay_here_where_that_is_asked_for():
    asked = canvas()
    inside = asked.mask == 255
    with MisbehavingServer(echo) as server:
        EndpointPainter(f"{server.url},model=m,masked=true").paint([asked])
        other = replace(asked, pixels=np.where(inside[..., None], np.uint8(0), asked.pixels))
        EndpointPainter(f"{server.url},model=m,masked=true").paint([other])
    first, second = (np.asarray(opened(one.body["image"][2])) for one in server.asked)
    np.testing.assert_array_equal(first, second)  # nothing of what was inside
    np.testing.assert_array_equal(first[~inside], asked.pixels[~inside])


@pytest.mark.parametrize("concurrency", [1, 3])
def test_order_is_kept_and_the_server_is_not_flooded(concurrency):
    asked = [canvas(seed, size_wh=(48, 32) if seed % 2 else (16, 16)) for seed in range(12)]
    with MisbehavingServer(echo) as server:
        painter = EndpointPainter(f"{server.url},model=m,concurrency={concurrency},image_price=0.04")
        painted = painter.paint(asked)
        assert server.most_at_once <= concurrency
        assert concurrency == 1 or server.most_at_once > 1
    for one, sent in zip(painted, asked, strict=True):
        np.testing.assert_array_equal(one, sent.pixels)
    assert (painter.counts["requests"], painter.counts["images"], len(server.asked)) == (12, 12, 12)
    assert painter.counts["cost_usd"] == pytest.approx(12 * 0.04)
    assert painter.counts["busy_s"] > 0
    assert painter.paint([]) == []


def test_one_canvas_that_fails_leaves_the_others_alone():
    def answer(number, asked):
        return error(400) if asked.body["seed"] == "2" else echo(number, asked)

    with MisbehavingServer(answer) as server:
        painter = EndpointPainter(f"{server.url},model=m,image_price=1")
        said = painter.paint([canvas(seed) for seed in range(4)])
    assert [isinstance(one, StageError) for one in said] == [False, False, True, False]
    assert (painter.counts["images"], painter.counts["cost_usd"]) == (3, 3)  # a refusal is not paid


def test_the_budget_is_exact():
    file, _ = png()
    with MisbehavingServer(lambda number, _: error(500) if number == 1 else picture(file)) as server:
        painter = EndpointPainter(f"{server.url},model=m,max_requests=10")
        assert len(painter.paint([canvas(seed) for seed in range(5)])) == 5  # and one retry
        assert painter.counts["retries"] == 1
        with pytest.raises(BudgetError, match="10 requests"):
            painter.paint([canvas(seed) for seed in range(20)])
        assert len(server.asked) == 10


def test_a_key_goes_only_where_the_user_sends_it(monkeypatch):
    monkeypatch.setenv("MY_KEY", f"{SECRET}\n")
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "HF_TOKEN"):
        monkeypatch.setenv(name, f"foreign-{name}")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # nothing for this machine goes through a proxy
    with MisbehavingServer(echo) as server:
        for option in ("", ",key=MY_KEY"):
            EndpointPainter(f"{server.url},model=m{option}").paint([canvas()])
    assert [one.headers["authorization"] for one in server.asked] == ["Bearer none", f"Bearer {SECRET}"]
    assert "foreign" not in str([one.headers for one in server.asked])


@pytest.mark.parametrize(
    "answer",
    [
        error(500, SECRET),
        error(400, PRIVATE),
        error(401, SECRET),
        picture(PRIVATE.encode()),
        picture(png(size_wh=(48, 48))[0]),
        Says({"data": [{"url": f"https://example.com/{PRIVATE}"}]}),
    ],
)
def test_nothing_private_is_told(monkeypatch, caplog, answer):
    monkeypatch.setenv("MY_KEY", SECRET)
    caplog.set_level(logging.DEBUG, "hf_unsafe2safe")
    with MisbehavingServer.in_turn(answer) as server:
        painter = EndpointPainter(f"{server.url},model=m,key=MY_KEY,retries=1")
        try:
            told = [painter.paint([canvas(caption=PRIVATE, instruction=PRIVATE, private_caption=PRIVATE)])]
        except ConfigError as raised:
            told = ["".join(traceback.format_exception(raised))]
        told += [painter, painter.models, painter.fingerprint(), painter.counts]
        ours = [r.getMessage() for r in caplog.records if r.name.startswith("hf_unsafe2safe")]
        for text in (repr(told), str(told), *ours):
            assert not any(word in text for word in (SECRET, PRIVATE, server.url, "example.com"))
        assert SECRET.encode() not in pickle.dumps([painter, painter.counts])


def _in_child(painter):
    return painter.paint([canvas(3)])


def test_a_pickle_and_a_forked_child_connect_by_themselves():
    with MisbehavingServer(echo) as server:
        painter = EndpointPainter(f"{server.url},model=m")
        here = painter.paint([canvas(3)])
        again = pickle.loads(pickle.dumps(painter))  # noqa: S301
        np.testing.assert_array_equal(again.paint([canvas(3)]), here)
        with multiprocessing.get_context("fork").Pool(1) as pool:
            np.testing.assert_array_equal(pool.apply_async(_in_child, (painter,)).get(timeout=60), here)
    assert (again.fingerprint(), again.counts["images"]) == (painter.fingerprint(), 1)


# Whether a digest changes: only with what may change a picture.
@pytest.mark.parametrize(
    ("other", "same"),
    [
        (f"{LOCAL},model=m,concurrency=2,retries=1,timeout_s=9,max_requests=5,image_price=1", True),
        ("https://example.com/v1,model=m,masked=false", True),
        (f"{LOCAL},model=n", False),
        (f"{LOCAL},model=m,revision=2", False),
        (f"{LOCAL},model=m,side=512", False),
        (f"{LOCAL},model=m,masked=true", False),
        (f"{LOCAL},model=m,num_inference_steps=4", False),
        (f"{LOCAL},model=m,guidance_scale=4", False),
    ],
)
def test_the_fingerprint(other, same):
    plain = EndpointPainter(f"{LOCAL},model=m").fingerprint()
    assert (EndpointPainter(other).fingerprint() == plain) is same


@pytest.mark.parametrize(
    ("options", "kind", "word"),
    [
        ("side=1000", ConfigError, "multiple of 16"),
        ("masked=yes", ConfigError, "true, false"),
        ("image_price=-1", ConfigError, "image_price"),
        ("size=512", UnknownNameError, "size"),  # those of a chat are not known
        ("max_tokens=5", UnknownNameError, "max_tokens"),
        ("key=MY_KEY", ConfigError, "no key in the environment variable MY_KEY"),
    ],
)
def test_options_that_cannot_be(monkeypatch, options, kind, word):
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(kind, match=word):
        EndpointPainter(f"{LOCAL},model=m,{options}")


def test_the_editor_pastes_what_the_server_paints():
    file, _ = png(size_wh=(256, 256))
    pixels = np.full((300, 400, 3), (200, 30, 60), np.uint8)
    mask = np.zeros((300, 400), np.uint8)
    mask[100:150, 100:160] = 255
    with MisbehavingServer.in_turn(picture(file)) as server:
        editor = endpoint(f"{server.url},model=org/m,side=256,revision=v3")
        assert editor.models == (ModelInfo("org/m", "v3"),)
        (edited,) = editor.edit([EditRequest(pixels, mask, "A wall.", "Change it.", 1)])
        assert editor.counts["requests"] == len(server.asked) == 1
    np.testing.assert_array_equal(edited[mask == 0], pixels[mask == 0])
    assert (edited[mask == 255] != pixels[mask == 255]).mean() > 0.5


def test_making_one_imports_no_client():
    code = (
        "import sys; from hf_unsafe2safe.editing.diffusion.endpoint import endpoint\n"
        f"endpoint('{LOCAL},model=m')\n"
        "assert not {'openai', 'httpx2', 'torch', 'diffusers', 'datasets'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

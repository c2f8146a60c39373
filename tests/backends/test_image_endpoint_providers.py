"""Inference Providers: what the client of the Hub makes of a canvas, seen where it would be sent."""

import base64
import json
import subprocess
import sys
from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from hf_unsafe2safe.backends.served.images import EndpointPainter
from hf_unsafe2safe.errors import ConfigError
from tests.backends.canvases import canvas

# Run apart: the client of the Hub is one for the whole process. Each provider has the model under its name.
CODE = """
import base64, json, sys
import httpx2, huggingface_hub
import numpy as np
from hf_unsafe2safe.errors import Unsafe2SafeError
from hf_unsafe2safe.backends.served.images import EndpointPainter
from tests.backends.canvases import canvas, png

file, pixels = png()
names = ["fal-ai", "replicate", "wavespeed", "together"]
providers = {n: {"status": "live", "providerId": "owner/name", "task": "image-to-image"} for n in names}
providers["nscale"] = {"status": "live", "providerId": "owner/name", "task": "text-to-image"}
stored = {"url": "https://files.example.com/out.png"}
said = {
    "fal-ai": {"request_id": "1", "status": "IN_QUEUE", "response_url": "https://queue.fal.run/owner/requests/1"},
    "replicate": {"output": [stored["url"]]},
    "wavespeed": {"data": {"urls": {"get": "https://api.wavespeed.ai/api/v3/predictions/1/result"}}},
    "together": {"data": [{"b64_json": base64.b64encode(file).decode()}]},
}
seen = []

def answer(request):
    host, path = request.url.host, request.url.path
    seen.append([request.method, host, path, request.headers.get("authorization"), request.content.decode()])
    if host == "huggingface.co":
        mapping = {} if path.endswith("/nowhere") else providers
        return httpx2.Response(200, json={"id": "org/model", "inferenceProviderMapping": mapping})
    if host == "files.example.com":
        return httpx2.Response(200, content=file)
    if request.method == "POST":
        return httpx2.Response(200, json=said[path.split("/")[1]])
    if path.endswith("/status"):
        return httpx2.Response(200, json={"status": "COMPLETED"})
    if path.startswith("/fal-ai"):
        return httpx2.Response(200, json={"images": [stored]})
    return httpx2.Response(200, json={"data": {"status": "completed", "outputs": [stored["url"]]}})

huggingface_hub.set_client_factory(lambda: httpx2.Client(transport=httpx2.MockTransport(answer)))
for spec in sys.argv[1:]:
    seen.clear()
    painter = EndpointPainter(spec)
    try:
        (painted,) = painter.paint([canvas(private_caption="Zebulon")])
        outcome = bool(np.array_equal(painted, pixels))
    except Unsafe2SafeError as error:
        outcome = str(error)
    print(json.dumps([outcome, seen]))
"""
OPTIONS = "num_inference_steps=4,max_requests=1"
# Provider -> where in its request the picture and the rest are.
PLACES = {
    "fal-ai": (lambda body: body["image_url"], lambda body: body),
    "replicate": (lambda body: body["input"]["input_image"], lambda body: body["input"]),
    "wavespeed": (lambda body: body["image"], lambda body: body),
    "together": (lambda body: body["reference_images"][0], lambda body: body),
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What each provider answered and saw, and a model that the provider or nobody has."""
    specs = {name: f"org/model,provider={name},{OPTIONS}" for name in PLACES}
    specs["masked"] = "org/model,provider=together,masked=true"
    specs |= {"auto": "org/model@v2", "other task": "org/model,provider=nscale", "nobody": "org/nowhere"}
    environment = {"HF_TOKEN": "hf_mine", "HF_HOME": str(tmp_path_factory.mktemp("hub"))}
    done = subprocess.run(
        [sys.executable, "-c", CODE, *specs.values()],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(specs, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("provider", PLACES)
def test_each_provider_gets_the_picture_and_the_prompt(seen, provider):
    outcome, requests = seen[provider]
    assert outcome is True
    (sent,) = [request for request in requests if request[0] == "POST"]
    assert sent[1] == "router.huggingface.co"
    assert sent[3] == "Bearer hf_mine"
    assert "Zebulon" not in sent[4]
    image_of, rest_of = PLACES[provider]
    body = json.loads(sent[4])
    data = base64.b64decode(image_of(body).partition(";base64,")[2])
    with PIL.Image.open(BytesIO(data)) as image:
        assert (image.format, image.info) == ("PNG", {})
        np.testing.assert_array_equal(np.asarray(image), canvas().pixels)
    rest = rest_of(body)
    assert rest["prompt"] == "Change the face.\n\nThe picture: A street."
    assert (rest["seed"], rest.get("num_inference_steps", rest.get("steps"))) == (1, 4)
    assert rest.get("target_size", rest.get("image_size")) == {"height": 32, "width": 48}


def test_the_key_stays_with_the_router(seen):
    for _, requests in seen.values():
        keys = {request[3] for request in requests if request[1] == "files.example.com"}
        assert keys <= {None}
    assert any(request[1] == "files.example.com" for request in seen["replicate"][1])


def test_the_first_provider_is_taken_unless_one_is_named(seen):
    outcome, requests = seen["auto"]
    assert outcome is True
    assert any(request[2].startswith("/fal-ai/") for request in requests if request[0] == "POST")


@pytest.mark.parametrize("case", ["other task", "nobody"])
def test_a_model_that_no_provider_has_for_images_stops_the_run(seen, case):
    outcome, requests = seen[case]
    assert "no such model" in outcome
    assert not any(request[0] == "POST" for request in requests)


def test_a_provider_that_is_none_stops_the_run(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_mine")
    with pytest.raises(ConfigError, match="no such model"):
        EndpointPainter("org/model,provider=nobody").paint([canvas()])


def test_a_provider_gets_no_masked_pixels_where_that_is_asked_for(seen):
    _, requests = seen["masked"]
    (sent,) = [request for request in requests if request[0] == "POST"]
    file = base64.b64decode(PLACES["together"][0](json.loads(sent[4])).partition(";base64,")[2])
    with PIL.Image.open(BytesIO(file)) as image:
        arrived = np.asarray(image)
    inside = canvas().mask == 255
    assert set(arrived[inside].tobytes()) == {127}
    np.testing.assert_array_equal(arrived[~inside], canvas().pixels[~inside])

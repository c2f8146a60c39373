"""Image models behind an endpoint: an OpenAI-compatible server, or Inference Providers of the Hub."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from threading import Event
from typing import Any

from ... import extras
from ...errors import StageError
from ...records import ModelInfo, Pixels
from ..painting import Canvas
from . import spec as endpoint_spec
from .asker import Asker, Send
from .connection import Connection, check_key
from .image_answers import picture
from .image_requests import GRID, OPTIONS, SIDE, request
from .image_servers import ImageProvider, ImageServer

CONCURRENCY = 4
TIMEOUT_S = 300.0
RETRIES = 3  # each may be paid


class EndpointPainter:
    """A `Painter` behind HTTP. Crops of the original leave this process, to the address that is named.

    With `masked=true` the pixels under the mask do not: they are grey in what is sent. Servers promise no
    determinism: the seed is passed on, and the same canvas may still get another picture. No key is kept in
    it: it is read from its place when the first canvas is painted.

    Args:
        argument: `http://127.0.0.1:8000/v1,model=NAME` or `org/model,provider=auto`, then the options of
            `image_requests.OPTIONS`; see docs/endpoints.md.

    Raises:
        ConfigError: The argument cannot work, or a key is missing.
        MissingExtraError: A server needs the `openai` package.
    """

    grid = GRID
    one_text = False
    sees_private = False

    def __init__(self, argument: str) -> None:
        self._spec = endpoint_spec.read(argument, OPTIONS)
        if self._spec.url is not None:
            extras.need("api", "An endpoint", "openai")
        check_key(self._spec)
        self._argument = argument
        options = self._spec.options
        self.side = int(options.get("side", SIDE))
        self.blind = bool(options.get("masked"))
        self._connection = Connection(
            self._spec,
            lambda: _send(self._spec),
            concurrency=int(options.get("concurrency", CONCURRENCY)),
            retries=int(options.get("retries", RETRIES)),
        )
        self.counts: Counter[str] = self._connection.counts  # see `Budget`, and `images`

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The model, and the revision that the user says it has."""
        return (ModelInfo(self._spec.public_name, self._spec.revision),)

    def fingerprint(self) -> str:
        """Return what changes when the model, its revision, or what is asked of it does."""
        spec = self._spec
        asked = [spec.options.get(name) for name in ("num_inference_steps", "guidance_scale")]
        told = [spec.model, spec.revision, spec.provider, self.side, bool(spec.options.get("masked")), *asked]
        return hashlib.sha256(json.dumps(["image-endpoint-1", *told]).encode()).hexdigest()[:16]

    def paint(self, canvases: Sequence[Canvas]) -> list[Pixels | StageError]:
        """Return a picture a canvas, in order and of its size, or an error, see `Painter.paint`.

        Raises:
            ConfigError: The server refuses the key, has no such model, or sends addresses instead of images.
            BudgetError: A budget is used up.
        """

        def ask(asker: Asker, canvas: Canvas, stop: Event) -> Pixels | StageError:
            height, width = canvas.pixels.shape[:2]
            body = request(canvas, self._spec)
            return asker.ask(body, lambda answer, _: picture(answer, (width, height)), stop)

        pictures = self._connection.each(ask, canvases)
        self.counts["images"] += sum(not isinstance(one, StageError) for one in pictures)
        return pictures

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what it was made from."""
        return EndpointPainter, (self._argument,)


def _send(spec: endpoint_spec.EndpointSpec) -> Send:
    timeout_s = float(spec.options.get("timeout_s", TIMEOUT_S))
    if spec.url is not None:
        # A proxy would see what is sent to this very machine, and in clear.
        return ImageServer(spec.url, spec.secret(), timeout_s=timeout_s, proxies=not spec.local)
    from huggingface_hub import InferenceClient

    provider: Any = spec.provider
    client = InferenceClient(spec.model, provider=provider, api_key=spec.secret(), timeout=timeout_s)
    return ImageProvider(client, timeout_s=timeout_s)

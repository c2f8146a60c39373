"""A request for a picture, once: to `/images/edits` of a server, or to Inference Providers."""

from collections.abc import Mapping
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from .bodies import Body
from .parallel import within
from .servers import Provider, Server

if TYPE_CHECKING:
    from huggingface_hub import InferenceClient

LARGEST_ANSWER = 64 * 2**20  # bytes; a PNG of noise with 16 million pixels has 48 MiB, base64 a third more
_FILES = ("image", "mask")
_EXTRA = ("seed", "num_inference_steps", "guidance_scale")  # the client has no parameter for them


class ImageServer(Server):
    """`/images/edits` of an OpenAI-compatible server."""

    largest_answer = LARGEST_ANSWER

    def _sent(self, body: Body) -> Any:
        known = dict(body)
        extra = {name: known.pop(name) for name in _EXTRA if name in known}
        files = {name: (f"{name}.png", known.pop(name), "image/png") for name in _FILES if name in known}
        return self._client.images.with_streaming_response.edit(**files, **known, extra_body=extra)


class ImageProvider(Provider):
    """Image to image by Inference Providers.

    The client fetches the picture from where the provider put it, and asks again until it is there, without
    a limit of its own.

    Args:
        client: With model, provider and key.
        timeout_s: For a whole answer. A provider that is still asked after it is no longer listened to.
    """

    def __init__(self, client: "InferenceClient", *, timeout_s: float) -> None:
        super().__init__(client)
        self._timeout_s = timeout_s

    def _asked(self, body: Body) -> Mapping[str, Any]:
        from PIL import UnidentifiedImageError
        from PIL.Image import DecompressionBombError, DecompressionBombWarning

        from ...hub.http import HTTP_ERROR

        invalid_url = import_module(HTTP_ERROR.__module__).InvalidURL  # which the answer named
        try:
            image = within(lambda: self._client.image_to_image(**body), self._timeout_s)
        except (UnidentifiedImageError, DecompressionBombError, DecompressionBombWarning, invalid_url):
            return {"image": None}
        except StopIteration:
            raise ValueError from None  # no provider has this model
        # Opened, not decoded: the bytes are opened again by our own rules.
        file = getattr(image, "fp", None)
        return {"image": file.getvalue() if isinstance(file, BytesIO) else None}

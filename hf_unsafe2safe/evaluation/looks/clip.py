"""Images and texts in the space of a CLIP model that the user names."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...backends.local.helpers import Helper, can_be_seen, running
from ...records import ModelInfo, Pixels
from ..pair import Look

_MOST_TEXTS = 10_000  # kept in memory; two metrics ask for the same caption one after the other
_SQUARE = 224  # pixels
_Vector = npt.NDArray[np.float32]


class Clip:
    """Embed images and texts with a dual encoder such as CLIP or SigLIP. Its name is `clip`.

    The look has `vector` (D,) float32 of length 1. The model is found when this is made and loaded at its
    first use, with float32 weights, on the GPU where there is one. The size of a batch changes a vector by
    rounding only.

    Args:
        argument: `org/model[@revision]` or a folder, with safetensors files; option `device_map`.

    Raises:
        ConfigError: The spec cannot work.
        MissingExtraError: A package is missing.

    Source: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (arXiv
        2103.00020). The Unsafe2Safe paper uses ViT-L/14.
    """

    name = "clip"
    batch_size = 8

    def __init__(self, argument: str) -> None:
        self._helper = Helper(argument, feature="The CLIP metrics", classes=("AutoProcessor", "AutoModel"))
        self._texts: dict[str, _Vector] = {}  # private

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_texts": {}}

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The model."""
        return self._helper.models

    @property
    def version(self) -> str:
        """What changes when its answers would."""
        return ",".join(["clip-1", *(f"{m.name}@{m.revision}" for m in self.models)])

    def look(self, images: Sequence[Pixels]) -> list[Look]:
        """Return the vector of each RGB image (H, W, 3) uint8.

        Raises:
            BackendError: Memory ran out.
            ConfigError: The model cannot be loaded.
        """
        processor, model = self._helper.loaded()
        with running():
            inputs = processor(images=[_picture(rgb) for rgb in images], return_tensors="pt")
            vectors = _unit(model.get_image_features(**inputs.to(model.device)))
        return [{"vector": vector} for vector in vectors]

    def texts(self, texts: Sequence[str]) -> _Vector:
        """Return a vector of length 1 for each text, (N, D) float32.

        Texts are cut to the length that the model takes (CLIP: 77 tokens). Their vectors are kept in memory
        and nowhere else.

        Args:
            texts: At least one. Private.

        Raises:
            BackendError: Memory ran out.
            ConfigError: The model cannot be loaded.
        """
        vectors = [self._text(text) for text in texts]
        return np.stack(vectors)

    def _text(self, text: str) -> _Vector:
        if text not in self._texts:
            if len(self._texts) >= _MOST_TEXTS:
                self._texts.clear()
            self._texts[text] = self._embedded(text)
        return self._texts[text]

    def _embedded(self, text: str) -> _Vector:
        processor, model = self._helper.loaded()
        longest = model.config.text_config.max_position_embeddings
        with running():
            # SigLIP was trained on texts filled up to this length; to CLIP it makes no difference.
            inputs = processor(
                text=[text], padding="max_length", truncation=True, max_length=longest, return_tensors="pt"
            )
            (vector,) = _unit(model.get_text_features(**inputs.to(model.device)))
        return np.asarray(vector)


def _picture(rgb: Pixels) -> Any:
    """Return an image for the processor: a strip, which it would enlarge beyond all memory, as a square."""
    import PIL.Image

    picture = PIL.Image.fromarray(rgb)
    return picture if can_be_seen(rgb) else picture.resize((_SQUARE, _SQUARE))


def _unit(output: Any) -> _Vector:
    """Return the vectors of a model's output, each of length 1; older releases return them bare."""
    bare = getattr(output, "pooler_output", output).float().cpu().numpy()
    return np.asarray(bare / np.linalg.norm(bare, axis=1, keepdims=True), np.float32)

"""Faces as the paper's FaceSim sees them, by a face recogniser that the user brings as an ONNX file."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ... import weights
from ...detectors import faces
from ...detectors.identity import similarity
from ...errors import ConfigError
from ...records import Finding, Pixels
from ..pair import Look

_SIDE = 112
# Where ArcFace models want eyes, nose and mouth corners in a chip of 112 x 112.
_TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)


class OnnxFaces:
    """Find faces with the embedded detector and embed them with an ONNX file in the manner of ArcFace.

    The model gets (1, 3, 112, 112) float32 RGB, `(value - 127.5) / 127.5`, aligned on five points, and
    returns (1, D).

    Args:
        path: The file. Its licence is the user's affair; nothing is shipped or downloaded.

    Raises:
        ConfigError: It cannot be read, or is no such model.

    Source: Deng et al., ArcFace: Additive angular margin loss for deep face recognition, 2019, section 3.1.
    """

    name = "paper_faces"
    batch_size = 8

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        try:
            sha256 = hashlib.sha256(self._path.read_bytes()).hexdigest()
        except OSError:
            # `from None`: the error of the file system names the file
            raise ConfigError(
                "The file of face_embedder cannot be read.", hint="Name an ONNX file on this machine."
            ) from None
        detector = " ".join(f"{model.name}@{model.revision}" for model in faces.MODELS)
        self.version = f"arcface-onnx@{sha256[:12]} {detector}"
        self._session = self._opened()

    def __reduce__(self) -> tuple[Any, ...]:
        # A session does not pickle; another process opens the file again.
        return OnnxFaces, (self._path,)

    def look(self, images: Sequence[Pixels]) -> list[Look]:
        """Return of each image `boxes` (N, 4) float32 and `embeddings` (N, D) float32 of length 1."""
        return [self._look(rgb) for rgb in images]

    def _look(self, rgb: Pixels) -> Look:
        found = faces.find(rgb)
        source = self._session.get_inputs()[0].name
        # One face a call: many exported models have a fixed batch of one, and no answer depends on others.
        many = [self._session.run(None, {source: _chip(rgb, face)})[0][0] for face in found]
        vectors = np.array(many, np.float32).reshape(len(found), -1 if found else 0)
        with np.errstate(invalid="ignore"):  # a vector of zeros has no direction: NaN, which counts as alike
            units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return {"boxes": np.array([f.box for f in found], np.float32).reshape(-1, 4), "embeddings": units}

    def _opened(self) -> Any:
        """Return the session of the file.

        Raises:
            ConfigError: It is no model, or one with other inputs or outputs.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = weights.threads()
        options.log_severity_level = 3  # warnings about unused initialisers are noise
        try:
            session = onnxruntime.InferenceSession(
                str(self._path), options, providers=["CPUExecutionProvider"]
            )
        except _unreadable():
            raise ConfigError(
                "The file of face_embedder is no ONNX model that onnxruntime can open."
            ) from None
        inputs, outputs = session.get_inputs(), session.get_outputs()
        wanted = (1, [3, _SIDE, _SIDE], "tensor(float)", 2)
        if (len(inputs), list(inputs[0].shape[1:]), inputs[0].type, len(outputs[0].shape)) != wanted:
            raise ConfigError(
                "The model of face_embedder has other inputs or outputs than a face recogniser.",
                hint="Expected (N, 3, 112, 112) float32 and (N, D), as ArcFace models have.",
            )
        return session


def _unreadable() -> tuple[type[Exception], ...]:
    """Return what onnxruntime raises for a file that it cannot open as a model."""
    from onnxruntime.capi import onnxruntime_pybind11_state as errors

    names = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NotImplemented")
    return tuple(getattr(errors, name) for name in names)


def _chip(rgb: Pixels, face: Finding) -> np.ndarray:
    """Return a face as the network wants it, (1, 3, 112, 112) float32 in [-1, 1]."""
    matrix = similarity(np.array(face.landmarks, np.float64), _TEMPLATE)
    chip = cv2.warpAffine(rgb, matrix, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR)
    scaled: np.ndarray = (chip.astype(np.float32) - 127.5) / 127.5
    return scaled.transpose(2, 0, 1)[None]

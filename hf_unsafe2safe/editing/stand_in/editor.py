"""`stand-in`: a photo-like editor that needs no model hub: another face, another text, or none."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from ... import weights
from ...backends import specs
from ...records import EditRequest, Finding, ModelInfo, Pixels
from ...taxonomy import TEXT_KINDS
from ..fill import FillEditor
from ..inpaint import InpaintEditor
from ..masked import region_within
from . import mesh
from .average import FILE, average_face, pose_of
from .faces import can_be_rewritten, rewritten
from .fictional import fictional
from .lettering import can_be_drawn, colours_of, corners_of, cover_of

_OPTIONS = {"text": specs.one_of("inpaint", "redraw")}


class StandInEditor:
    """Put an average face in the place of a face, inpaint text or write another, fill everything else.

    Of a face only the pose is kept; colours come from around it. A face that is small, is seen from the side
    or is hardly there is filled.

    Args:
        argument: `text=inpaint` (the default) continues what is around text; `text=redraw` writes fictional
            text of the same format there, where that cannot be taken for somebody's.

    Raises:
        ConfigError: Another value.
        UnknownNameError: Another option.
    """

    models: tuple[ModelInfo, ...] = (
        *mesh.MODELS,
        ModelInfo("average-face", weights.DATA_SHA256[FILE][:12]),
    )
    stochastic = True
    generative = True

    def __init__(self, argument: str = "") -> None:
        options = specs.parse(",".join(filter(None, ["stand-in", argument])), _OPTIONS).options
        self.text = options.get("text", "inpaint")

    def edit(self, requests: Sequence[EditRequest]) -> list[Pixels]:
        """Return the images with every masked region rewritten."""
        return [self._one(r) for r in requests]

    def fingerprint(self) -> str:
        """Return what changes when the results would; other versions may draw otherwise."""
        import PIL

        parts = (self.text, weights.DATA_SHA256[FILE][:12], np.__version__, cv2.__version__, PIL.__version__)
        return "-".join(("stand-in-1", *parts))

    def _one(self, request: EditRequest) -> Pixels:
        lines = [f for f in request.findings if f.kind in TEXT_KINDS]
        safe = _without(request, FillEditor().edit([request])[0], lines)
        faces = [f for f in request.findings if f.kind == "face"]
        posed = [
            (pose.scale, face, pose)
            for face, found in zip(faces, mesh.meshes(request.pixels, faces), strict=True)
            if can_be_rewritten(face, found, pose := pose_of(found, average_face().shape))
        ]
        # The nearest head last: it hides the others.
        for _, face, pose in sorted(posed, key=lambda item: (item[0], item[1].box)):
            region = region_within(face, request.mask)
            if region.any():
                safe = rewritten(safe, request.mask, region, face.box, pose, _draw(request, face))
        return _written(request, safe, lines) if self.text == "redraw" else safe


def _without(request: EditRequest, safe: Pixels, lines: Sequence[Finding]) -> Pixels:
    """Return the filled image with the places of lines continued from around them instead."""
    mask = np.zeros_like(request.mask)
    for line in lines:
        mask |= region_within(line, request.mask)
    return InpaintEditor().edit([replace(request, pixels=safe, mask=mask)])[0]


def _written(request: EditRequest, safe: Pixels, lines: Sequence[Finding]) -> Pixels:
    """Return the image with fictional text in the place of lines; those for which there is none stay."""
    out, letters = safe.astype(np.float32), []
    for line in lines:
        region, corners = region_within(line, request.mask), corners_of(line)
        text = fictional(line.text, _draw(request, line)) if line.text and can_be_drawn(corners) else None
        if text is None or not region.any():
            continue
        x, y, width, height = cv2.boundingRect(region)
        window = np.s_[y : y + height, x : x + width]
        inside = region[window] > 0
        ink, paper = colours_of(request.pixels[window], region[window], corners - (x, y))
        out[window][inside] = paper
        cover = cover_of(corners - (x, y), text, (width, height)) * inside
        letters.append((window, cover[..., None], ink))
    # All paper is there before the first letter: the regions of lines reach into each other.
    for window, cover, ink in letters:
        out[window] += cover * (ink - out[window])
    return np.rint(out).astype(np.uint8)


def _draw(request: EditRequest, finding: Finding) -> np.random.Generator:
    """Return what draws for a finding: by its place, so that it looks the same whatever else is edited."""
    x, y, *_ = (max(0, round(side)) for side in finding.box)
    return np.random.default_rng((request.seed, x, y))

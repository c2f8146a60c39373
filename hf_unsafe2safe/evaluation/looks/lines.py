"""Lines of text: where they are, what they say and of which kind that is."""

import numpy as np

from ...detectors import faces, objects, text
from ...inspection.joined import classified
from ...records import Pixels
from ...taxonomy import TEXT_KINDS
from ..pair import Look
from .faces import boxes_of, found, scores_of
from .objects import seen_objects
from .single import SingleLook


class LinesLook(SingleLook):
    """Look `lines`, top to bottom: boxes (N, 4), texts (N,), scores (N,), kinds (N,).

    Kinds are those of `taxonomy.TEXT_KINDS`; they depend on the faces and vehicles beside a line.

    Text is looked for at 0.7 of the scale at which inspection looks, as the verifier does: half the time,
    and another view than the one that was edited.
    """

    name = "lines"
    models = (*text.MODELS, *faces.MODELS, *objects.MODELS)

    def see(self, rgb: Pixels) -> Look:
        """Return the arrays of an RGB image (H, W, 3) uint8."""
        read = [line for line in text.read_crops(rgb, text.locate(rgb)) if line.text]
        read.sort(key=lambda line: (line.box[1], line.box[0]))
        if read:  # without a line nothing beside it matters
            beside = [*found(rgb), *objects.risks(seen_objects(rgb))]
            read = [f for f in classified([*beside, *read]) if f.kind in TEXT_KINDS]
        return {
            "boxes": boxes_of(read),
            "texts": np.array([line.text for line in read], dtype=str),
            "scores": scores_of(read),
            "kinds": np.array([line.kind for line in read], dtype=str),
        }

"""The columns of triplets on disk."""

from typing import Final

from datasets import Features, Image, List, Value

FORMAT: Final = "unsafe2safe-triplets/1"
MANIFEST: Final = "triplets.json"
DATA: Final = "data"
CACHE: Final = ".arrow"  # in the folder: the copy that `datasets` opens
TRAIN, VALIDATION = "train", "validation"
TEXTS: Final = ("private_caption", "public_caption", "edit_instruction", "combined_caption")

# `mask` is 255 where an edit may repaint. In `scores` is null what nobody measured: without a CLIP model,
# without a face that is large enough. `group` holds what must be in one split together, `row` is the place
# in the originals, `split/index`.
FEATURES: Final = Features(
    {
        "original_image": Image(),
        "edited_image": Image(),
        **{name: Value("string") for name in TEXTS},
        "mask": Image(),
        "scores": {
            "clip_original": Value("float32"),
            "clip_edited": Value("float32"),
            "clip_ratio": Value("float32"),
            "face_distance": Value("float32"),
            "edited_fraction": Value("float32"),
        },
        "kinds": List(Value("string")),
        "group": Value("int64"),
        "sampling_weight": Value("float32"),
        "row": Value("string"),
    }
)

"""Triplets as the training scripts of diffusers take them."""

from typing import TYPE_CHECKING

from ...errors import DatasetError
from .features import TEXTS

if TYPE_CHECKING:
    from datasets import Dataset


def for_diffusers(dataset: "Dataset", *, text: str = "edit_instruction") -> "Dataset":
    """Return a split with the columns `input_image, edit_prompt, edited_image`, in this order.

    These are the names that `train_instruct_pix2pix.py` of diffusers expects without options; it also takes
    columns by their order. The result holds originals: save it where only its owner can read it.

    Args:
        dataset: A split of `open_triplets`.
        text: Which text is the prompt, one of the four.

    Raises:
        DatasetError: There is no such text, or these are no triplets.
    """
    wanted = {"original_image": "input_image", text: "edit_prompt", "edited_image": "edited_image"}
    if text not in TEXTS or not set(wanted) <= set(dataset.column_names):
        raise DatasetError(
            "No triplets, or no such text.",
            hint=f"Pass a split of open_triplets and one of {', '.join(TEXTS)}.",
        )
    chosen = dataset.select_columns(list(wanted))
    return chosen.rename_columns({"original_image": "input_image", text: "edit_prompt"})

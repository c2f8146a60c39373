"""The pipelines of diffusers that editors here run, and how large they are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ....errors import ConfigError
from ..finding import FoundModel, gated, untrusted

INDEX = "model_index.json"


@dataclass(frozen=True)
class Family:
    """What is known of a pipeline before it is loaded.

    Args:
        editors: Names of the editors that run it; the first one where only the model is named.
        side: Pixels of the sides of a square that it was made for.
        weight: Memory that a picture takes while it is made, that of Stable Diffusion 1.5 at 512 being 1.
    """

    editors: tuple[str, ...]
    side: int
    weight: int = 1


# By `_class_name` of the index of a pipeline. The SDXL model of the authors of the pipeline is one for 768.
FAMILIES: Mapping[str, Family] = {
    "StableDiffusionInstructPix2PixPipeline": Family(("instruct-pix2pix", "safe-attention"), 512),
    "StableDiffusionXLInstructPix2PixPipeline": Family(("instruct-pix2pix",), 768, 3),
    "FluxKontextPipeline": Family(("kontext",), 1024, 8),
    "QwenImageEditPipeline": Family(("qwen-image-edit",), 1024, 8),
    "QwenImageEditPlusPipeline": Family(("qwen-image-edit",), 1024, 8),
    "Flux2KleinPipeline": Family(("klein",), 1024, 4),
    "StableDiffusion3Pipeline": Family(("flowedit", "inpaint"), 1024, 4),
    "FluxPipeline": Family(("flowedit", "inpaint"), 1024, 8),
    "FluxFillPipeline": Family(("inpaint",), 1024, 8),
    "FluxInpaintPipeline": Family(("inpaint",), 1024, 8),
    "StableDiffusionPipeline": Family(("inpaint",), 512),
    "StableDiffusionInpaintPipeline": Family(("inpaint",), 512),
    "StableDiffusionXLPipeline": Family(("inpaint",), 1024, 3),
    "StableDiffusionXLInpaintPipeline": Family(("inpaint",), 1024, 3),
    "StableDiffusion3InpaintPipeline": Family(("inpaint",), 1024, 4),
}


def class_name(found: FoundModel) -> str:
    """Return the class of a pipeline, as its index names it; of a repo only this file is downloaded.

    Raises:
        ConfigError: It is no pipeline, its class is its own code, or its index cannot be read.
    """
    name = index(found).get("_class_name")
    if isinstance(name, list):
        if found.trusted:
            raise ConfigError(f"The pipeline {found.info.name} is its own code; no editor runs such a one.")
        raise untrusted(found.info.name)
    if not isinstance(name, str) or not name.isidentifier():
        raise ConfigError(
            f"The model {found.info.name} is no pipeline of diffusers.",
            hint=f"It needs a {INDEX}, as save_pretrained of a pipeline writes it.",
        )
    return name


def family(found: FoundModel, editor: str | None = None) -> Family:
    """Return the family of a model.

    Args:
        found: The model.
        editor: Name of the editor that has to run it; None for any.

    Raises:
        ConfigError: As `class_name`, or no editor, or another one, runs such a pipeline.
    """
    name = class_name(found)
    mine = [known for known, one in FAMILIES.items() if editor in (None, *one.editors)]
    if name in mine:
        return FAMILIES[name]
    others = FAMILIES[name].editors if name in FAMILIES else ()
    hint = f"The editor for it is {' or '.join(others)}." if others else f"Known: {', '.join(sorted(mine))}."
    who = f"The editor '{editor}'" if editor else "No editor"
    raise ConfigError(
        f"The model {found.info.name} is a {name}. {who} "
        + (f"runs {', '.join(mine)}." if editor else "runs such a pipeline."),
        hint=hint,
    )


@cache
def index(found: FoundModel) -> dict[str, object]:
    """Return the index of a pipeline: its class and its parts; empty where there is none."""
    place = _place(found)
    try:
        read = json.loads(place.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _place(found: FoundModel) -> Path:
    if found.commit is None:
        return Path(found.where) / INDEX
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HFValidationError,
        LocalEntryNotFoundError,
    )

    from ....hub.http import HTTP_ERROR

    try:
        return Path(hf_hub_download(found.where, INDEX, revision=found.commit))
    except GatedRepoError:
        raise gated(found.info.name) from None
    except EntryNotFoundError as error:
        if not isinstance(error, LocalEntryNotFoundError):
            raise ConfigError(
                f"The model {found.info.name} has no {INDEX}: no pipeline of diffusers."
            ) from None
    except HFValidationError:
        raise ConfigError("The spec names neither a folder here nor a model of the Hub.") from None
    except (HTTP_ERROR, OSError):
        pass
    raise ConfigError(
        f"The {INDEX} of {found.info.name} cannot be downloaded.", hint="Check the name and the network."
    )

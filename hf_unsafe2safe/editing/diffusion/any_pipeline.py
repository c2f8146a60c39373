"""`diffusion`: whatever pipeline a model is, the editor that runs it."""

from ...backends.local.diffusion.families import family
from ...backends.local.diffusion.options import LOADING
from ...backends.local.finding import find
from ...backends.local.loading import need_loading
from ...backends.specs import parse, split
from ...registry import create
from ..generative import GenerativeEditor


def diffusion(argument: str) -> GenerativeEditor:
    """Return the editor of a model, by the class that its `model_index.json` names.

    Of a repo that file is downloaded, nothing else.

    Args:
        argument: `org/model[@revision]` or a folder, and options of the editor that it is for.

    Raises:
        ConfigError: There is no such model, or no editor runs it; the message lists what can be run.
        MissingExtraError: A package is missing.
    """
    name, given = split(argument)
    trusted = LOADING["trust_remote_code"](given.get("trust_remote_code", "false"))
    need_loading("A diffusion model run here", {}, "diffusers")
    editor = family(find(parse(name, {}), trusted=trusted)).editors[0]
    made: GenerativeEditor = create("editor", f"{editor}:{argument}")
    return made

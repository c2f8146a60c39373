"""`diffusion`: whatever pipeline a model is, the editor that runs it."""

from ...backends.local.diffusion.families import family
from ...backends.local.diffusion.options import LOADING
from ...backends.local.finding import find
from ...backends.local.loading import need_loading
from ...backends.specs import parse, take
from ...registry import create
from ..generative import GenerativeEditor
from .safe_attention import has_adapter


def diffusion(argument: str) -> GenerativeEditor:
    """Return the editor of a model, by the class that its `model_index.json` names.

    Of a repo that file is downloaded, nothing else.

    Args:
        argument: `org/model[@revision]` or a folder, and options of the editor that it is for.

    Raises:
        ConfigError: There is no such model, or no editor runs it; the message lists what can be run.
        MissingExtraError: A package is missing.
    """
    trusts = {"trust_remote_code": LOADING["trust_remote_code"]}
    name, own = take(argument, trusts)
    need_loading("A diffusion model run here", {}, "diffusers")
    found = find(parse(name.partition(",")[0], {}), trusted=bool(own.get("trust_remote_code")))
    editors = family(found).editors
    editor = "safe-attention" if "safe-attention" in editors and has_adapter(found) else editors[0]
    made: GenerativeEditor = create("editor", f"{editor}:{argument}")
    return made

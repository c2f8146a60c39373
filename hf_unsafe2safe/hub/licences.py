"""What licences say: which names the Hub knows, which forbid derivatives, and those of the models.

It knows names and reads no licence: what is said here is a hint for people, and no legal advice.
"""

import re
from typing import Final

from .. import weights
from ..presets import MODELS

_IDENTIFIERS = """
    afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bigcode-openrail-m bigscience-bloom-rail-1.0
    bigscience-openrail-m bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear bsl-1.0 c-uda cc cc-by-2.0
    cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0
    cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc0-1.0
    cdla-permissive-1.0 cdla-permissive-2.0 cdla-sharing-1.0 creativeml-openrail-m deepfloyd-if-license
    ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 gemma gfdl gpl gpl-2.0 gpl-3.0 isc lgpl lgpl-2.1
    lgpl-3.0 lgpl-lr llama2 lppl-1.3c mit mpl-2.0 ms-pl ncsa odbl odc-by ofl-1.1 openrail openrail++ osl-3.0
    other pddl postgresql unknown unlicense wtfpl zlib
"""
HUB_LICENCES: Final = frozenset(_IDENTIFIERS.split())  # those that the Hub's validator takes

# "by-nd", "no derivatives", "NoDerivs", "derivative works are not allowed", "may not be modified".
_NO_DERIVATIVES = re.compile(
    r"\bnd\b|\bno[- ]?deriv|\bno modif"
    r"|\b(?:deriv|modif|alter)\w*\b[^.;]{0,40}\b(?:not|never|prohibited|forbidden)\b"
    r"|\b(?:not|never|prohibit\w*|forbid\w*)\b[^.;]{0,40}\b(?:deriv|modif|alter)",
)

# By name in `models`; those with a file in the package are in weights/NOTICE too.
_EMBEDDED: Final = {
    "agegender_112": "MIT",
    "centerface_dyn": "MIT",
    "face_embed_dlib128_u8": "CC0-1.0",
    "facemesh_192": "Apache-2.0",
    "nanodet_g_416": "Apache-2.0",
    "selfie_256": "Apache-2.0",
    "ssd_face_512": "MIT",
}
_PACKAGES: Final = {
    "average-face": "public domain and CC-BY-3.0",
    "open_nsfw": "BSD-2-Clause",
    "rapidocr-ppocr": "Apache-2.0",
    "zxing-cpp": "Apache-2.0",
}
_ON_HUB: Final = {
    **{name: model.licence for name, model in MODELS.items()},
    "Qwen/Qwen-Image-Edit": "Apache-2.0",
    "black-forest-labs/FLUX.1-Kontext-dev": "FLUX.1 Kontext dev, non-commercial, gated",
    "stabilityai/stable-diffusion-3-medium-diffusers": "Stability AI Community, limits commercial use, gated",
    "timbrooks/instruct-pix2pix": "MIT",
}


def forbids_derivatives(licence: str) -> bool:
    """Return whether a licence reads as one that forbids to share changed copies.

    It errs on the side of a warning. A licence that is not known is not called one: see `hub_licences`.

    Args:
        licence: An identifier, a name, an address or a sentence, as the source states it.

    Example:
        >>> [forbids_derivatives(text) for text in ("cc-by-nc-nd-4.0", "CC BY-ND 2.0", "mit", "")]
        [True, True, False, False]
    """
    text = re.sub(r"[\s_/]+", " ", licence.casefold())
    return bool(_NO_DERIVATIVES.search(text))


def hub_licences(licence: str) -> tuple[str, ...]:
    """Return the Hub's identifiers of a licence, or of a list of them; none where one is not known.

    Example:
        >>> hub_licences("CC BY 4.0"), hub_licences("['mit', 'cc-by-4.0']"), hub_licences("ask me")
        (('cc-by-4.0',), ('mit', 'cc-by-4.0'), ())
    """
    whole = re.sub(r"[\s_]+", "-", licence.strip().casefold())
    if whole in HUB_LICENCES:
        return (whole,)
    parts = [part for part in re.split(r"[\s,'\"\[\]]+", licence.casefold()) if part]
    return tuple(dict.fromkeys(parts)) if parts and HUB_LICENCES.issuperset(parts) else ()


def licence_of(model_name: str, revision: str) -> str:
    """Return the licence of a model in words; where it is not known, where to look for it.

    Args:
        model_name: As in a manifest.
        revision: The same. Of weights that come with this package only the very ones are known.

    Example:
        >>> licence_of("timbrooks/instruct-pix2pix", "main"), licence_of("org/model", "main")
        ('MIT', 'see its card')
    """
    if model_name in _EMBEDDED:
        ours = bool(revision) and weights.SHA256[model_name].startswith(revision)
        return _EMBEDDED[model_name] if ours else "of another version: see its NOTICE"
    if model_name.startswith("prompt-"):
        return "Apache-2.0, a text of this package"
    known = {**_PACKAGES, **_ON_HUB}.get(model_name)
    return known or ("see its card" if "/" in model_name else "not known")

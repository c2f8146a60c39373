"""The looks that need no model of the user's."""

from collections.abc import Callable

from .codes import CodesLook
from .estimates import EstimatesLook
from .faces import FacesLook, SecondFacesLook
from .lines import LinesLook
from .look import Looker
from .objects import ObjectBankLook, ObjectsLook
from .phash import PhashLook

# Name -> what makes it.
EMBEDDED: dict[str, Callable[[], Looker]] = {
    "faces": FacesLook,
    "faces_second": SecondFacesLook,
    "lines": LinesLook,
    "codes": CodesLook,
    "objects": ObjectsLook,
    "object_bank": ObjectBankLook,
    "phash": PhashLook,
    "estimates": EstimatesLook,
}

"""deface: what its command does for each file, with the model loaded once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from deface.centerface import CenterFace
from deface.deface import image_detect
from loop import run


def make(settings: dict[str, Any], target: Path) -> Callable[[Path], None]:
    """Return the editor; the settings are named as the options of the command."""
    net = CenterFace()
    options = {
        "threshold": settings.get("thresh", 0.2),
        "replacewith": settings.get("replacewith", "blur"),
        "mask_scale": settings.get("mask-scale", 1.3),
        "ellipse": True,
        "draw_scores": False,
        "enable_preview": False,
        "keep_metadata": False,
    }

    def one(path: Path) -> None:
        image_detect(str(path), str(target / path.name), net, **options)

    return one


if __name__ == "__main__":
    run(make)

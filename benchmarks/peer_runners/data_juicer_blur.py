"""data-juicer's `image_face_blur_mapper`, row by row without its executor, which would only cost time."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from data_juicer.ops.mapper.image_face_blur_mapper import ImageFaceBlurMapper
from loguru import logger
from loop import run


def make(settings: dict[str, Any], target: Path) -> Callable[[Path], None]:
    """Return the editor; the settings are the arguments of the operator."""
    logger.remove()
    operator = ImageFaceBlurMapper(save_dir=str(target), **settings)

    def one(path: Path) -> None:
        (made,) = operator.process_single({operator.image_key: [str(path)], "text": ""})["images"]
        # Where it finds no face the row goes on naming the original, so that is what the dataset then shows.
        if Path(made) == path:
            shutil.copyfile(path, target / path.name)
        else:
            Path(made).replace(target / path.name)

    return one


if __name__ == "__main__":
    run(make)

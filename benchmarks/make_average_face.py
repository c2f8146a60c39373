"""Make `hf_unsafe2safe/weights/average_face.npz`: the face that the editor `stand-in` draws.

Three people without glasses, each with the mirror image, are laid on their mean shape and averaged in equal
light. Skin away from eyes, brows, nose and mouth is smoothed, because wrinkles tell who it was; then the
features are moved a little off the mean. Prints the sha256 and how far, as `identity` sees it, what the
editor draws of it is from everybody who is in it, over `SEEDS` seeds: at least 0.6, another person.
"""

import hashlib
from pathlib import Path

import cv2
import numpy as np

from hf_unsafe2safe.detectors import faces, identity
from hf_unsafe2safe.editing.stand_in.average import FILE, Pose, pose_of
from hf_unsafe2safe.editing.stand_in.faces import rewritten
from hf_unsafe2safe.editing.stand_in.mesh import Mesh, meshes
from hf_unsafe2safe.editing.stand_in.surroundings import to_lab, to_rgb
from hf_unsafe2safe.editing.stand_in.warp import place_map
from hf_unsafe2safe.imaging.cells import open_cell
from hf_unsafe2safe.records import Pixels
from hf_unsafe2safe.weights import DATA_SHA256

ROOT = Path(__file__).parent.parent
# Photo -> weight: with equal ones what is drawn was nearer than 0.6 to the first.
DONORS = {"people_astronaut.jpg": 2, "people_biden_official.jpg": 3, "people_obama_official.jpg": 4}
SHAPES = (*DONORS, "people_grace_hopper.jpg")  # glasses change no shape
SIDE, MARGIN = 256, 12  # pixels of the texture
SIDES = (False, True)  # as it is, mirrored
TOP, CHIN, LEFT, RIGHT = 10, 152, 33, 263
FEATURES = (
    *(33, 133, 159, 145, 263, 362, 386, 374),  # eyes
    *(70, 107, 105, 66, 300, 336, 334, 296),  # brows
    *(98, 327, 2),  # nostrils
    *(61, 291, 0, 17, 13, 14, 78, 308, 37, 267, 84, 314),  # mouth
)  # fmt: skip
AROUND, SMOOTH = 14, 6.0  # pixels of the texture: of a feature; of the skin between them
FADE = 9  # pixels of the texture in which the face fades out
# Off the mean: eyes apart, nose and mouth narrower, nose up. Pixels, shares, pixels.
APART, NARROWER, UP = 7.0, 0.2, 8.0
SEEDS = 20
CANVAS, GREY = 512, 150  # pixels; what the average is drawn on to be looked at


def photo(name: str, mirrored: bool) -> Pixels:
    """Return a donor's photo."""
    rgb = open_cell(ROOT / "examples" / "photos" / name).rgb
    return np.ascontiguousarray(rgb[:, ::-1]) if mirrored else rgb


def mesh_of(rgb: Pixels) -> Mesh:
    """Return the mesh of the best face."""
    return meshes(rgb, faces.find(rgb)[:1])[0]


def frontal(shape: np.ndarray) -> np.ndarray:
    """Return a shape turned to the camera, in pixels of the texture."""
    across = shape[RIGHT] - shape[LEFT]
    across /= np.linalg.norm(across)
    down = shape[CHIN] - shape[TOP]
    down -= across * (down @ across)
    down /= np.linalg.norm(down)
    shape = shape @ np.stack([across, down, np.cross(across, down)]).T
    least, most = shape[:, :2].min(axis=0), shape[:, :2].max(axis=0)
    shape = shape * (SIDE - 2 * MARGIN) / (most - least).max()
    middle = (shape[:, :2].min(axis=0) + shape[:, :2].max(axis=0)) / 2
    return shape - [*(middle - SIDE / 2), shape[:, 2].mean()]


def mean_shape(found: list[Mesh]) -> np.ndarray:
    """Return the mean of meshes whatever their pose, by generalised Procrustes analysis."""
    mean = found[0].points
    for _ in range(5):
        poses = [pose_of(Mesh(mean, 1.0), m.points) for m in found]
        mean = np.mean(
            [p.scale * m.points @ p.turn.T + p.shift for p, m in zip(poses, found, strict=True)], axis=0
        )
    return frontal(mean)


def triangles_of(places: np.ndarray) -> np.ndarray:
    """Return the Delaunay triangles (T, 3) of the points as indices."""
    area = cv2.Subdiv2D((0, 0, SIDE, SIDE))
    for x, y in places:
        area.insert((float(x), float(y)))
    corners = np.array(area.getTriangleList()).reshape(-1, 3, 2)
    gaps = np.linalg.norm(corners[:, :, None] - places, axis=-1)  # (T, 3, 468)
    ours = gaps.min(axis=-1).max(axis=1) < 0.1  # OpenCV adds corners of its own
    return gaps.argmin(axis=-1)[ours]


def laid_flat(rgb: Pixels, mesh: Mesh, places: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Return a face as L*a*b* (S, S, 3) in the layout of the texture."""
    wide = np.ptp(mesh.points[:, 0]) / SIDE
    if wide > 1:
        rgb = cv2.GaussianBlur(rgb, (0, 0), wide / 2.5)
    where = place_map(triangles, np.c_[places, np.zeros(len(places))], mesh.points[:, :2], (SIDE, SIDE))
    return to_lab(cv2.remap(rgb, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def blurred(image: np.ndarray, inside: np.ndarray, sigma: float) -> np.ndarray:
    """Return an image blurred without what is outside."""
    weight = inside.astype(np.float32)[..., None]
    sums = cv2.GaussianBlur(np.dstack([image * weight, weight]).astype(np.float32), (0, 0), sigma)
    return sums[..., :3] / np.maximum(sums[..., 3:], 1e-3)


def texture_of(flat: list[np.ndarray], places: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return the averaged skin (S, S, 3) as 0-255 RGB.

    Args:
        flat: The faces in the order of `DONORS`, each as it is and mirrored, L*a*b*.
        places: (468, 2) points in the texture.
        inside: (S, S) where there is a face.
    """
    middle = cv2.erode(inside.astype(np.uint8), np.ones((25, 25))) > 0
    means, spreads = ([f(x[middle], axis=0) for x in flat] for f in (np.mean, np.std))
    equal = [
        (x - m) / s * np.mean(spreads, axis=0) + np.mean(means, axis=0)
        for x, m, s in zip(flat, means, spreads, strict=True)
    ]
    mean = np.average(equal, axis=0, weights=[weight for weight in DONORS.values() for _ in SIDES])
    features = np.zeros((SIDE, SIDE), np.float32)
    for x, y in places[list(FEATURES)]:
        cv2.circle(features, (round(x), round(y)), AROUND, 1.0, -1)
    kept = cv2.GaussianBlur(features, (0, 0), AROUND / 3)[..., None]
    skin = blurred(mean, inside, SMOOTH)
    # Hair over a forehead is no skin: colours of the skin come from the middle of the face.
    skin[..., 1:] = skin[..., 1:] * 0.3 + mean[middle].mean(axis=0)[1:] * 0.7
    return to_rgb(skin * (1 - kept) + mean * kept)


def moved(shape: np.ndarray) -> np.ndarray:
    """Return a shape with its features off the mean, its border where it was."""
    hull = cv2.convexHull(shape[:, :2].astype(np.float32))
    depth = np.array([cv2.pointPolygonTest(hull, (float(x), float(y)), True) for x, y in shape[:, :2]])
    hold = np.clip(depth / 30, 0, 1)

    def near(points: list[int], reach: float) -> np.ndarray:
        gaps = np.linalg.norm(shape[:, :2] - shape[points, :2].mean(axis=0), axis=1)
        return np.exp(-((gaps / reach) ** 2) / 2)

    off = shape[:, 0] - shape[4, 0]
    nose, mouth = near([4], 22), near([61, 291], 28)
    across = APART * (near([263, 362, 386, 374], 22) - near([33, 133, 159, 145], 22))
    across -= NARROWER * off * (nose + mouth)
    return shape + np.stack([hold * across, -hold * UP * near([4], 25), 0 * off], axis=1)


def from_donors() -> dict[str, float]:
    """Return the smallest distance of what is drawn with any seed to each donor."""
    middle, mask = CANVAS / 2, np.full((CANVAS, CANVAS), 255, np.uint8)
    pose = Pose(1.0, np.eye(3), np.array([middle - SIDE / 2, middle - SIDE / 2, 0.0]), 0.0)
    box = (middle - 100, middle - 130, middle + 100, middle + 130)
    mask[:8] = 0  # something to take colours from
    canvas = np.full((CANVAS, CANVAS, 3), GREY, np.uint8)
    drawn = [rewritten(canvas, mask, mask, box, pose, np.random.default_rng(s)) for s in range(SEEDS)]
    seen = np.concatenate([identity.embed(rgb, faces.find(rgb)[:1]) for rgb in drawn])
    photos = {name: photo(name, False) for name in DONORS}
    people = [identity.embed(rgb, faces.find(rgb)[:1]) for rgb in photos.values()]
    gaps = identity.distance(seen, np.concatenate(people)).min(axis=0)
    return dict(zip(photos, gaps.tolist(), strict=True))


def main() -> None:
    """Make the file and print what it is."""
    found = {(n, m): mesh_of(photo(n, m)) for n in SHAPES for m in SIDES}
    shape = mean_shape(list(found.values()))
    places = shape[:, :2]
    triangles = triangles_of(places)
    inside = place_map(triangles, np.c_[places, np.zeros(len(places))], places, (SIDE, SIDE))[..., 0] >= 0
    flat = [laid_flat(photo(n, m), found[n, m], places, triangles) for n in DONORS for m in SIDES]
    texture = np.rint(texture_of(flat, places, inside)).astype(np.uint8)
    texture[~inside] = texture[inside].mean(axis=0).astype(np.uint8)
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    cover = np.clip((depth - 2) / FADE, 0, 1)
    cover = np.rint(255 * cover * cover * (3 - 2 * cover)).astype(np.uint8)
    path = ROOT / "hf_unsafe2safe" / "weights" / "average_face.npz"
    np.savez_compressed(
        path,
        texture=texture,
        cover=cover,
        places=places.astype(np.float32),
        shape=moved(shape).astype(np.float32),
        triangles=triangles.astype(np.uint16),
    )
    print(f"{path.name}  {path.stat().st_size} bytes  {hashlib.sha256(path.read_bytes()).hexdigest()}")
    # The average is read once a process, so this is the new one.
    DATA_SHA256[FILE] = hashlib.sha256(path.read_bytes()).hexdigest()
    for name, gap in from_donors().items():
        print(f"{name:30} {gap:.2f}")


if __name__ == "__main__":
    main()

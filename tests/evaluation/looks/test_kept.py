import stat

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.errors import Unsafe2SafeError
from hf_unsafe2safe.evaluation.looks.kept import KeptLooks, content, look_all


class Means:
    """A looker that counts what it looks at."""

    def __init__(self, name="means", version="1", batch_size=2):
        self.name, self.version, self.batch_size, self.batches = name, version, batch_size, []

    def look(self, images):
        self.batches.append(len(images))
        return [{"mean": np.array([i.mean()]), "texts": np.array(["ä", ""], dtype=str)} for i in images]


IMAGES = [np.full((2, 3, 3), value, np.uint8) for value in (10, 20, 10, 30)]


def means(images, lookers, kept):
    return [float(looks["means"]["mean"][0]) for looks in look_all(images, lookers, kept)]


def test_equal_images_are_looked_at_once_and_kept_ones_not_at_all(tmp_path):
    first, second = Means(), Means()
    assert means(IMAGES, [first], KeptLooks(str(tmp_path))) == [10, 20, 10, 30]
    assert means(IMAGES, [second], KeptLooks(str(tmp_path))) == [10, 20, 10, 30]
    assert (first.batches, second.batches) == ([2, 1], [])


def test_without_a_place_nothing_is_kept():
    looker = Means()
    for _ in range(2):
        means(IMAGES, [looker], KeptLooks(None))
    assert looker.batches == [2, 1, 2, 1]


@pytest.mark.parametrize(
    "other",
    [
        Means(version="2"),  # another model
        Means(name="others"),  # another look
    ],
)
def test_another_look_is_another_file(tmp_path, other):
    look_all(IMAGES, [Means()], KeptLooks(str(tmp_path)))
    look_all(IMAGES, [other], KeptLooks(str(tmp_path)))
    assert other.batches == [2, 1]


def test_pixels_of_another_shape_are_another_image():
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert content(image) != content(image.reshape(4, 2, 3))
    assert content(image[:, ::-1]) == content(image[:, ::-1].copy())  # a view is what it shows


def test_no_image_gives_no_look():
    assert look_all([], [Means()], KeptLooks(None)) == []
    assert look_all(IMAGES[:2], [], KeptLooks(None)) == [{}, {}]


def test_files_are_for_their_owner_only(tmp_path):
    place = tmp_path / "cache"
    look_all(IMAGES, [Means()], KeptLooks(str(place)))
    modes = {(p.is_file(), stat.S_IMODE(p.stat().st_mode)) for p in [place, *place.rglob("*")]}
    assert modes == {(True, 0o600), (False, 0o700)}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.data())
def test_what_is_damaged_is_not_there(tmp_path, data):
    kept, looker = KeptLooks(str(tmp_path)), Means()
    image = content(IMAGES[0])
    kept.put(image, looker, looker.look(IMAGES[:1])[0])
    (path,) = tmp_path.rglob("*.look")
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    for broken in (flipped, whole[:at], whole + b"x"):
        path.write_bytes(broken)
        assert kept.get(image, looker) is None
    path.write_bytes(whole)
    assert kept.get(image, looker)["texts"].tolist() == ["ä", ""]


def test_a_place_that_cannot_be_written_is_told_without_its_name(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"")
    with pytest.raises(Unsafe2SafeError) as error:
        look_all(IMAGES, [Means()], KeptLooks(str(file)))
    assert str(tmp_path) not in str(error.value)

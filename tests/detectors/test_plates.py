"""Number plates: the places of lines and of vehicles, parts of a plate, the shipped photo of a car."""

import numpy as np
import PIL.Image
import pytest
from PIL import ImageDraw, ImageFont

from hf_unsafe2safe.detectors import plates, text
from hf_unsafe2safe.records import Finding
from tests.photos import rgb

SKODA = (48, 42, 452, 270)  # the car with the legible plate, drawn around by hand


def at(line, box, outline=None):
    return Finding("text", 0.9, tuple(map(float, box)), "any", outline=outline, text=line)


CAR = (0, 0, 400, 300)


# The place of a line, the vehicles around it, and whether "ABC 123" is a plate there.
@pytest.mark.parametrize(
    ("box", "vehicles", "is_plate"),
    [
        ((180, 250, 250, 268), [CAR], True),
        ((180, 250, 250, 268), [], False),  # no vehicle
        ((180, 310, 250, 328), [CAR], True),  # below its bumper
        ((180, 360, 250, 378), [CAR], False),  # on the ground
        ((0, 100, 400, 230), [CAR], False),  # painted across the door
        ((180, 250, 190, 290), [CAR], True),  # upright: its longer side counts
        ((180, 250, 200, 268), [CAR], False),  # too short for seven signs
        ((180, 250, 250, 268), [(1000, 0, 1400, 300), CAR], True),
        ((180, 250, 180, 250), [CAR], False),  # no size
        ((180, 250, 250, 268), [(200, 260, 200, 260)], False),  # a vehicle without a size
        ((-80, 250, -10, 268), [CAR], True),  # the vehicle's box ends before the image does
        ((180, 250, 250, 268), [(-900, -900, -800, -800)], False),
        ((180, 250, 250, 268), [(float("nan"),) * 4], True),  # a bad number makes nothing safe
    ],
)
def test_a_loose_plate_needs_a_vehicle_and_its_shape(box, vehicles, is_plate):
    assert plates.find([at("ABC 123", box)], vehicles) == ({0} if is_plate else set())


def test_a_strict_plate_needs_neither_vehicle_nor_size():
    assert plates.find([at("AB12 CDE", (0, 100, 400, 230))], []) == {0}
    assert plates.find([at("AB12 CDE", (0, 0, 60, 60))], [CAR]) == set()  # but the shape of a plate


# Boxes of the parts of one plate, and their texts.
PARTED = [
    (["AB12", "CDE"], [(100, 200, 140, 216), (150, 201, 180, 217)]),  # one row
    (["CDE", "AB12"], [(150, 201, 180, 217), (100, 200, 140, 216)]),  # read in another order
    (["MH 12", "AB 1234"], [(100, 200, 150, 220), (96, 224, 154, 246)]),  # two rows
    (["品川 330", "あ 12-34"], [(110, 200, 150, 212), (96, 216, 164, 246)]),  # the upper row half as high
    (["12", "가", "3456"], [(100, 200, 120, 220), (124, 200, 142, 220), (150, 200, 190, 220)]),
    (["B", "XY", "1234"], [(130, 200, 142, 216), (148, 200, 170, 216), (120, 220, 180, 240)]),
]


@pytest.mark.parametrize(("parts", "boxes"), PARTED)
@pytest.mark.parametrize("vehicles", [[CAR], []])
def test_parts_are_read_together(parts, boxes, vehicles):
    lines = [at(part, box) for part, box in zip(parts, boxes, strict=True)]
    assert plates.find(lines, vehicles) == set(range(len(lines)))


@pytest.mark.parametrize(("parts", "boxes"), PARTED)
def test_parts_turned_by_a_quarter_are_read_together(parts, boxes):
    turned = [(y1, 400 - x2, y2, 400 - x1) for x1, y1, x2, y2 in boxes]
    lines = [at(part, box) for part, box in zip(parts, turned, strict=True)]
    assert plates.find(lines, [CAR]) == set(range(len(lines)))


def test_parts_far_from_each_other_are_not_one_plate():
    assert plates.find([at("AB12", (0, 0, 40, 16)), at("CDE", (200, 0, 230, 16))], []) == set()
    assert plates.find([at("AB12", (0, 0, 40, 16)), at("CDE", (0, 60, 30, 76))], []) == set()


def test_the_cells_of_a_table_are_not_joined():
    cells = [["AB12", "CDE", "4"], ["MH 12", "AB 1234", "7"], ["12", "ABC 12", "9"]]
    lines = [
        at(cell, (80 * column, 24 * row, 80 * column + 60, 24 * row + 16))
        for row, texts in enumerate(cells)
        for column, cell in enumerate(texts)
    ]
    assert plates.find(lines, []) == set()


def test_a_label_gives_the_value_beside_or_below_it():
    label, far = at("Reg. No.", (0, 0, 60, 16)), at("ABC 123", (0, 200, 60, 216))
    beside, below = at("ABC 123", (120, 0, 180, 16)), at("ABC 123", (0, 22, 60, 38))
    assert plates.find([label, beside], []) == {1}
    assert plates.find([below, label], []) == {0}
    assert plates.find([label, far], []) == set()
    assert plates.find([], [CAR]) == set()


def plate(*rows, size=26):
    """Return a drawn plate with black signs on white."""
    font = ImageFont.load_default(size)
    width = round(max(map(font.getlength, rows))) + 16
    image = PIL.Image.new("RGB", (width, len(rows) * (size + 4) + 8), (245, 245, 240))
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(rows):
        draw.text((width / 2, 6 + (row + 0.5) * (size + 4)), line, (15, 15, 15), font, anchor="mm")
    return image


def on_the_car(*rows, angle=0):
    """Return the photo of a car, enlarged, with another plate, and the car's box."""
    photo = PIL.Image.fromarray(rgb("plate_skoda.jpg")).resize((1036, 662))
    drawn = plate(*rows)
    ImageDraw.Draw(photo).rectangle((600, 364, 784, 428), fill=(190, 190, 188))
    photo.paste(drawn, (692 - drawn.width // 2, 396 - drawn.height // 2))
    turned = photo.rotate(angle, expand=True)
    return np.asarray(turned), (60, 40, turned.width - 60, turned.height - 40)


def test_the_plate_of_the_car_is_found_and_nothing_else():
    lines = text.read(rgb("plate_skoda.jpg"))
    found = plates.find(lines, [SKODA])
    assert [lines[i].text.replace(" ", "") for i in found] == ["5AU5341"]
    assert plates.find(lines, []) == found


@pytest.mark.parametrize(
    ("rows", "angle"),
    [
        (["AB-123-CD"], 0),
        (["AB-123-CD"], 25),
        (["AB-123-CD"], 90),
        (["ABC 123"], -12),
        (["MH 12", "AB 1234"], 0),
        (["AB12", "CDE"], 12),
        (["ABC", "1234"], 0),
    ],
)
def test_drawn_plates_are_read_and_found_whole(rows, angle):
    image, car = on_the_car(*rows, angle=angle)
    lines = text.read(image)
    read = {"".join(filter(str.isalnum, lines[i].text)) for i in plates.find(lines, [car])}
    assert read == {"".join(filter(str.isalnum, row)) for row in rows}

"""Documents: blocks of text, drawn pages in several rotations, what is no document."""

import numpy as np
import pytest

from hf_unsafe2safe.detectors import documents, text
from hf_unsafe2safe.detectors.geometry import area, intersection
from hf_unsafe2safe.records import Finding
from tests.photos import card, rgb

LETTER = (
    "Northwind Trading",
    "12 Harbour Road, Bristol",
    "14 March 2021",
    "Dear Ms Doe, thank you",
    "for your order of the",
    "third of February. We are",
    "pleased to confirm it.",
    "Yours sincerely, J. Smith",
)
RECEIPT = (
    "SUPERMARKET 24",
    "MILK 1L        1.29",
    "BREAD 500G     2.49",
    "EGGS 10 PCS    3.19",
    "APPLES 1KG     2.99",
    "TOTAL EUR      9.96",
    "THANK YOU",
)


def page(rows, angle=0):
    """Return a drawn page, and where its text is before it is turned."""
    return card(*rows, angle=angle, size=22, size_wh=(420, 80 + 49 * len(rows)))


def line(box, words="some words here", outline=None):
    return Finding("text", 0.9, tuple(map(float, box)), "any", outline=outline, text=words)


def block(rows, *, height=20, step=30, left=0, top=0, length=200):
    return [line((left, top + i * step, left + length, top + i * step + height)) for i in range(rows)]


@pytest.mark.parametrize(
    ("rows", "angle"), [(LETTER, 0), (LETTER, 9), (LETTER, 90), (RECEIPT, 0), (RECEIPT, 180), (RECEIPT, -35)]
)
def test_a_drawn_page_is_one_document_in_any_rotation(rows, angle):
    image = page(rows, angle)
    lines = text.read(image)
    (found,) = documents.find(lines, image.shape[1::-1])
    assert (found.kind, found.source) == ("document", "text_block")
    assert 0.5 <= found.score < 1
    for read in lines:
        assert intersection(found.box, read.box) == pytest.approx(area(read.box))


@pytest.mark.parametrize("name", ["people_grace_hopper.jpg", "plate_skoda.jpg", "neg_temple.jpg"])
def test_photos_without_paper_have_no_document(name):
    assert documents.find(text.read(rgb(name)), rgb(name).shape[1::-1]) == []


def test_a_sign_is_no_document():
    image = page(("NOTICE", "NO PARKING", "AT ALL TIMES", "24 HOURS"))
    assert documents.find(text.read(image), image.shape[1::-1]) == []


# Lines, and how many documents they are.
@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ([], 0),
        (block(5), 0),  # a large sign
        (block(6), 1),
        (block(6, step=59), 1),  # a blank line between all of them
        (block(6, step=75), 0),  # rows too far apart
        (block(3) + block(3, top=400), 0),  # two signs
        (block(6) + block(6, left=600), 2),  # two pages
        (block(6) + block(6, left=250), 1),  # two columns
        ([line((0, 30 * i, 200, 30 * i + 20 + 30 * (i % 2))) for i in range(6)], 0),  # sizes of a poster
        ([line((250 * i, 0, 250 * i + 200, 20)) for i in range(9)], 0),  # one long row
        ([line((230 * i, 30 * i, 230 * i + 200, 30 * i + 20)) for i in range(8)], 0),  # signs along a street
        ([line((0, 30 * i, 200, 30 * i + 20), "-") for i in range(9)], 0),  # what was read says nothing
        ([line((0, 0, 0, 0))] * 9, 0),  # no size
    ],
)
def test_rows_that_follow_each_other_make_a_document(lines, count):
    assert len(documents.find(lines, (900, 600))) == count
    assert documents.find(lines[::-1], (900, 600)) == documents.find(lines, (900, 600))


def test_more_rows_score_higher_and_come_first():
    short, long = block(6), block(18, left=600)
    first, second = documents.find(short + long, (900, 600))
    assert 0.5 == second.score < first.score < 1
    assert first.box[0] > second.box[2]


def test_the_box_has_a_margin_and_stays_in_the_image():
    (found,) = documents.find(block(6, left=100, top=50), (310, 400))
    assert found.box == (70, 20, 310, 250)


def test_turned_lines_are_measured_along_their_own_axes():
    angle = np.deg2rad(30)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    def turned(box):
        x1, y1, x2, y2 = box
        corners = np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)]) @ turn.T + (400, 0)
        low, high = corners.min(0), corners.max(0)
        return line((*low, *high), outline=tuple(map(tuple, corners.tolist())))

    assert len(documents.find([turned(one.box) for one in block(6)], (900, 600))) == 1
    assert documents.find([turned(one.box) for one in block(5)], (900, 600)) == []

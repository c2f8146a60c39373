"""Which columns leave: every type and name, what may be named, and what never leaves."""

import pytest
from datasets import (
    Array2D,
    Array3D,
    Audio,
    Features,
    Image,
    LargeList,
    List,
    Pdf,
    Translation,
    Value,
    Video,
)

from hf_unsafe2safe.errors import PublishError
from hf_unsafe2safe.hub.publishing.columns import choice as column_choice
from hf_unsafe2safe.hub.publishing.columns import choose as columns
from hf_unsafe2safe.hub.publishing.columns.choice import NEVER, Choice
from hf_unsafe2safe.hub.publishing.columns.choose import choose
from hf_unsafe2safe.layout import BESIDE
from hf_unsafe2safe.schema import PRIVATE_FEATURES, PUBLIC_FEATURES

from .deciding import NAMED, NUMBER, PEOPLE, TEXT, THINGS, decided, reason


def test_what_is_added_leaves():
    features = Features({"image": Image(), **PUBLIC_FEATURES})
    assert choose(features, "image", Choice(), None).features == features


@pytest.mark.parametrize(
    "feature",
    [
        *map(Value, ["bool", "int8", "uint8", "int64", "float16", "float32", "float64", "null"]),
        List(Value("float32"), length=4),  # a box
        List(List(Value("float32"))),  # polygons
        LargeList(Value("int64")),
        List({"bbox": List(Value("float32"), length=4), "area": Value("float32"), "category": THINGS}),
        {"size": {"w": NUMBER, "h": NUMBER}},
        THINGS,
        List(THINGS),
    ],
    ids=str,
)
def test_types_that_leave(feature):
    assert reason(feature) == ""


@pytest.mark.parametrize(
    ("feature", "why"),
    [
        (Value("timestamp[s]"), columns.MUST_BE_NAMED),
        (Value("date32"), columns.MUST_BE_NAMED),
        (Value("time64[us]"), columns.MUST_BE_NAMED),
        (Value("duration[s]"), columns.MUST_BE_NAMED),
        (Value("decimal128(5, 2)"), columns.MUST_BE_NAMED),
        (Translation(["en", "de"]), columns.MUST_BE_NAMED),
        # deep in lists and structs too
        (List({"id": NUMBER, "when": Value("date32")}), columns.MUST_BE_NAMED),
        # as large as images
        (Array2D((4, 4), "float32"), columns.PIXELS),
        (Array3D((4, 4, 3), "uint8"), columns.PIXELS),
        (List(List(List(Value("uint8")))), columns.PIXELS),
        (List(Value("uint8")), columns.PIXELS),
        (PEOPLE, columns.CLASS_NAMES),
        (List({"id": NUMBER, "who_is_it": List(PEOPLE)}), "may tell who somebody is: name it to publish it"),
        (List({"id": NUMBER, "kind": List(PEOPLE)}), columns.CLASS_NAMES),
    ],
    ids=str,
)
def test_types_that_must_be_named(feature, why):
    assert reason(feature) == why
    assert reason(feature, NAMED) == ""


@pytest.mark.parametrize(
    ("feature", "why"),
    [
        (Value("binary"), column_choice.NEVER_TYPE),
        (Value("large_binary"), column_choice.NEVER_TYPE),
        (List(Value("binary")), column_choice.NEVER_TYPE),
        (Audio(), column_choice.NEVER_TYPE),
        (Video(), column_choice.NEVER_TYPE),
        (Pdf(), column_choice.NEVER_TYPE),
        (Image(), column_choice.AN_ORIGINAL),
        (List({"crop": Image()}), column_choice.AN_ORIGINAL),
        ({"bytes": Value("binary"), "path": TEXT}, column_choice.AN_ORIGINAL),
        ({}, column_choice.NEVER_TYPE),
        ({"id": NUMBER, "file_name": TEXT}, f"{column_choice.FILES}: file_name"),
        (List({"id": NUMBER, "meta": {"URL": TEXT}}), f"{column_choice.FILES}: URL"),
    ],
    ids=str,
)
def test_types_that_never_leave(feature, why):
    assert reason(feature) == why
    for choice in (NAMED, Choice(passing=["x"])):
        with pytest.raises(PublishError, match="Never published: x"):
            reason(feature, choice)


@pytest.mark.parametrize(
    "name",
    [
        "__key__",
        "__url__",
        "__KEY__",
        "file_name",
        "filename",
        "FileName",
        "path",
        "filepath",
        "image_path",
        "imgpath",
        "url",
        "image_url",
        "imageURLs",
        "coco_url",
        "flickr_url",
        "page.href",
        "folder",
        "src",
        "basename",
        "files",
    ],
)
def test_names_of_files_never_leave(name):
    assert reason(TEXT, name=name, values=["cat"]).startswith(column_choice.FILES)
    with pytest.raises(PublishError, match="Never published"):
        reason(TEXT, Choice(columns=[name]), name=name, values=["cat"])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("lat", "a place"), ("GPSLongitude", "a place"), ("zip_code", "a place"), ("zipcode", "a place"),
        ("timestamp", "a time"), ("captured_at", "a time"), ("birthYear", "a time"),
        ("phone", "who somebody is"), ("ip", "who somebody is"), ("person_id", "who somebody is"),
        ("user_id", "who somebody is"), ("identity", "who somebody is"), ("Jane", "who somebody is"),
        ("age", "a sensitive attribute"), ("Male", "a sensitive attribute"),
        ("phash", "a hash of the original"), ("md5", "a hash of the original"),
        ("image_id", "which photo it was"), ("cocoid", "which photo it was"), ("imgID", "which photo it was"),
        ("question_id", "which photo it was"),  # of OK-VQA: the image's id and a digit
        ("pixel12", "pixels or features of the original"),
        ("face_embedding", "pixels or features of the original"),
    ],
)  # fmt: skip
def test_names_of_numbers_that_must_be_named(name, told):
    assert reason(NUMBER, name=name) == f"may tell {told}: name it to publish it"
    assert reason(List({"a": NUMBER, name: NUMBER})) == f"may tell {told}: name it to publish it"
    assert reason(NUMBER, Choice(columns=[name]), name=name) == ""


@pytest.mark.parametrize(
    "name", ["category_id", "id", "area", "iscrowd", "license", "width", "height", "score", "bbox"]
)
def test_names_of_numbers_that_leave(name):
    assert reason(NUMBER, name=name) == ""


@pytest.mark.parametrize("name", ["segmentation", "polygons", "mask"])
def test_coordinates_may_be_deep(name):
    assert reason(List(List(List(Value("float32")))), name=name) == ""


def test_no_value_is_told():
    chosen = decided(PEOPLE, name="a", other=Value("binary"))
    text = decided(TEXT, values=["Quillfeather"])
    assert "jane" not in f"{chosen.withheld}"
    assert "Quill" not in f"{text.withheld}"


@pytest.mark.parametrize("name", list(BESIDE))
def test_private_columns_are_withheld_in_silence(name):
    assert decided(BESIDE[name], name=name).withheld == {name: columns.PRIVATE}


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (Choice(["private_caption"]), "private columns: private_caption. Name them in"),
        (Choice(passing=["private_caption"]), "Refusing to publish private columns: private_"),
        (Choice(include_private=["private_caption"], private_repo=False), "public repo: private_caption"),
        *((Choice(include_private=[name]), f"Never published: {name}") for name in NEVER),
        *((Choice([name], include_private=[name]), f"Never published: {name}") for name in NEVER),
        (Choice(include_private=["label"]), "Not a private column: label"),
        (Choice(["labels"]), "Columns not found: labels. The dataset has: image, private_caption, label"),
        (Choice(include_private=["read_text"]), "Columns not found: read_text"),
    ],
)  # fmt: skip
def test_refusals(choice, message):
    with pytest.raises(PublishError) as error:
        decided(TEXT, choice, "private_caption", label=THINGS)
    assert message in str(error.value)


def test_private_columns_on_request():
    chosen = decided(TEXT, Choice(include_private=["private_caption"]), "private_caption")
    assert list(chosen.features) == ["image", "private_caption"]


def test_naming_what_leaves_anyway_changes_nothing():
    choice = Choice(["image", "x", "privacy_flag"], passing=["image", "privacy_flag"])
    chosen = decided(NUMBER, choice, privacy_flag=PUBLIC_FEATURES["privacy_flag"])
    assert (list(chosen.features), chosen.hidden) == (["image", "x", "privacy_flag"], {})


def test_columns_named_like_ours():
    chosen = decided(TEXT, name="privacy_flag", row_key=TEXT)
    assert chosen.withheld == {"privacy_flag": columns.NOT_OURS, "row_key": columns.OTHER_KEYS}


def test_every_private_column_is_known():
    assert set(column_choice.OFFERED) | set(NEVER) == set(BESIDE) >= set(PRIVATE_FEATURES)


def test_what_the_publisher_withholds():
    assert reason(NUMBER, Choice(withhold=["x"])) == columns.BY_CHOICE
    with pytest.raises(PublishError, match="Cannot be withheld: privacy_status"):
        reason(NUMBER, Choice(withhold=["privacy_status"]))
    with pytest.raises(PublishError, match="Columns not found: y"):
        reason(NUMBER, Choice(withhold=["y"]))


@pytest.mark.parametrize(
    ("feature", "row", "leaves"),
    [
        (List(NUMBER), [0] * 1_001, False),  # a small picture, row by row
        (List(List(NUMBER)), [[0] * 40] * 40, False),
        (List(Value("float32")), [0.0] * 1_000, True),
        (List(List(Value("float32"))), [[1.0, 2.0, 3.0, 4.0]] * 20, True),  # boxes under another name
    ],
)
def test_many_numbers_in_a_row_may_be_a_picture(feature, row, leaves):
    assert (reason(feature, values=[row]) == "") is leaves
    assert reason(feature, Choice(columns=["x"]), values=[row]) == ""

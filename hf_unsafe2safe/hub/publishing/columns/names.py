"""What the name of a column says: file names and paths, which never leave, and what must be named.

English. A name in another language says nothing here.
"""

import re
from collections.abc import Sequence

from ....detectors.pii_formats import words
from ....texts.words import GIVEN_NAMES

# Of WebDataset: the name of the file in its archive, and where that was.
_WEBDATASET = frozenset({"__key__", "__url__"})
_FILES = words(
    """path paths file files filename filenames fname fnames basename stem dirname dir directory directories
    folder folders url urls uri uris href link links src"""
)
_FILE_ENDS = ("path", "paths", "filename", "filenames", "url", "urls", "uri", "dirname", "filestem")
_PLACE = words(
    """lat lats latitude latitudes lng lngs lon lons long longitude longitudes latlon latlng latlong gps geo
    geotag geotags geohash geolocation altitude elevation location locations place places address addresses
    street city cities town country countries state zip zipcode postcode postal county district"""
)
_TIME = words(
    """timestamp timestamps date dates datetime datetimes time times year years month day hour minute dob
    birth birthday birthdate born taken captured created modified ymd epoch unix ts"""
)
_PERSON = words(
    """phone telephone mobile fax email mail ssn passport ip mac imei vin plate account iban card user users
    username userid uid uuid guid login nick nickname owner author authors photographer creator uploader
    subject subjects patient patients participant participants identity identities celebrity celebrities
    celeb suspect inmate student employee customer member voter speaker who whose personid faceid userid
    subjectid patientid contact contacts tel cellphone wechat whatsapp telegram instagram twitter facebook
    linkedin tiktok skype nhs insurance badge serial"""
)
_SENSITIVE = words(
    """age ages gender genders sex race races ethnicity ethnicities ethnic nationality religion skin skintone
    disability male female young income salary wage politics party diagnosis diagnoses disease health
    pregnant hiv bmi iq"""
)
_HASHES = words(
    """hash hashes phash ahash dhash whash simhash minhash blurhash thumbhash md5 sha sha1 sha256 crc checksum
    fingerprint"""
)
# What of an image or a face can be made from numbers.
_PIXELS = words(
    """pixel pixels embedding embeddings embed embeds encoding encodings feature features vector vectors
    latent latents descriptor descriptors thumbnail thumbnails raw bytes w2v"""
)
# Only as the whole name: "cell_count" counts cells, and "clip_score" is no embedding.
_PHONE_ALONE, _FEATURES_ALONE = frozenset({"cell", "cells"}), frozenset({"clip"})
_WEIGHT, _OF_BODIES = frozenset({"weight", "weights"}), words("kg kgs lb lbs pounds body")
_WHOSE = words("person persons people human humans face faces")
_PHOTO = words("image images img imgs photo photos picture pictures pic pics coco flickr question")
_PHOTO_IDS = words("imageid imgid photoid cocoid flickrid questionid")
_NUMBERED = words("id ids idx index indices number numbers no label labels")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

_MEANINGS = (
    ("a place", _PLACE),
    ("a time", _TIME),
    ("who somebody is", _PERSON | GIVEN_NAMES),
    ("a sensitive attribute", _SENSITIVE),
    ("a hash of the original", _HASHES),
)


def words_of(name: str) -> set[str]:
    """Return the words of a column name, in lower case.

    Example:
        >>> {"image", "url", "lat"} <= words_of("imageURL_lat2")
        True
    """
    return {word.lower() for word in _WORD.findall(name)} | ({name.lower()} if name.isascii() else set())


def is_of_webdataset(name: str) -> bool:
    """Return whether a column is one that WebDataset makes of names."""
    return name.lower() in _WEBDATASET


def names_files(name: str) -> bool:
    """Return whether a part of a column is named like file names, paths or addresses of files.

    Example:
        >>> [names_files(name) for name in ("coco_url", "fileName", "imgpath", "imageURLs", "profile")]
        [True, True, True, True, False]
    """
    squeezed = "".join(c for c in name.lower() if c.isalpha())
    return is_of_webdataset(name) or bool(words_of(name) & _FILES) or squeezed.endswith(_FILE_ENDS)


def told_by(names: Sequence[str], *, numbers: bool) -> str:
    """Return what a part of a column tells by the names that lead to it, "" for nothing known.

    Args:
        names: From the column inwards.
        numbers: Whether there are numbers, of which pixels and embeddings could be made.

    Example:
        >>> told_by(["objects", "gps", "x"], numbers=True), told_by(["category_id"], numbers=True)
        ('a place', '')
    """
    said = set[str]().union(*map(words_of, names))
    for meaning, table in _MEANINGS:
        if said & table:
            return meaning
    if said & _WEIGHT and said & _OF_BODIES:  # "weight" alone is mostly that of a sample
        return "a sensitive attribute"
    whole = {name.lower() for name in names}
    if whole & _PHONE_ALONE or (said & _WHOSE and said & _NUMBERED):
        return "who somebody is"
    if said & _PHOTO_IDS or (said & _PHOTO and said & _NUMBERED):
        return "which photo it was"  # with it anybody opens the original of a public source
    return (
        "pixels or features of the original"
        if numbers and (said & _PIXELS or whole & _FEATURES_ALONE)
        else ""
    )

"""Metadata left in the files of the safe images."""

from ...errors import StageError
from ...imaging import jpeg, metadata, png, webp
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair

# Kinds that say how pixels look, or are pixels.
_PICTURE = {"icc", "extra_image"}
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB sBIT pHYs bKGD hIST cICP mDCV cLLI iCCP acTL fcTL fdAT".split()
)
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP", b"ANIM", b"ANMF"})


def metadata_size(data: bytes) -> int | None:
    """Return how many bytes of a file are metadata, None for a format whose bytes are not counted.

    Segments and chunks count with their headers, and so do bytes between and after them. What says how
    pixels look does not: colour profiles, densities, further frames of an animation.

    Args:
        data: A whole file.

    Raises:
        StageError: `not_an_image`.
        ExcludedRowError: The file ends early, so that its bytes cannot be told apart.

    Example:
        >>> metadata_size(b"GIF89a")
    """
    name = metadata.sniff(data)
    counter = {"JPEG": _jpeg, "PNG": _png, "WEBP": _webp}.get(name)
    if counter is None:
        metadata.scan(data)  # raises for what is no image
        return None
    if not metadata.scan(data).complete:
        raise ExcludedRowError("file ends early")
    return counter(data)


def _jpeg(data: bytes) -> int:
    kept = 4  # start and end of the image
    for segment in jpeg.parse(data).segments:
        size = 4 + len(segment.payload) + len(segment.entropy)
        kept += min(size, _jpeg_kept(segment, size))
    return len(data) - kept


def _jpeg_kept(segment: jpeg.Segment, size: int) -> int:
    """Return how many bytes of a segment say something of the pixels."""
    if segment.marker == 0xFE:
        return 0
    if segment.marker not in range(0xE0, 0xF0):
        return size
    for marker, name, most in ((0xE0, b"JFIF\0", 18), (0xE2, b"ICC_PROFILE\0", size), (0xEE, b"Adobe", 16)):
        if segment.marker == marker and segment.payload.startswith(name):
            return most
    return 0


def _png(data: bytes) -> int:
    chunks, _, _ = png.parse(data)
    return len(data) - len(png.SIGNATURE) - sum(len(c.raw) for c in chunks if c.kind in _PNG_KEPT)


def _webp(data: bytes) -> int:
    parsed = webp.parse(data)
    chunks = [c for c in parsed.chunks if c.kind not in _WEBP_KEPT]
    inner = sum(8 + len(c.payload) + len(c.payload) % 2 for c in chunks)
    return inner + max(0, len(data) - parsed.end)


def _stored(pair: Pair) -> bytes:
    if pair.safe.data is None:
        raise ExcludedRowError("no file")
    return pair.safe.data


class MetadataBytes(Metric):
    """How many bytes of metadata the file of a safe image still has.

    Formula:
        Bytes of EXIF, XMP, IPTC, comments, thumbnails, text, unknown blocks, and of whatever lies between
        and behind them; mean over images.

    Meaning:
        0 says that nothing is left but the picture. More may name a place, a time, a person or a camera, or
        hold a small copy of the original.

    Range:
        0 and up; a raw copy has what the original has. Lower is more private.

    Source:
        JPEG: ITU-T T.81, annex B; PNG: W3C, third edition; WebP: RFC 9649. Our own count.

    Pitfalls:
        The number of bytes is not their harm: 20 bytes can be a position. Profiles are not counted, though
        one can hold text, nor what is hidden in pixels. GIF, TIFF and BMP are left out, see `metadata-rows`;
        so are images without a file, and files that end early.
    """

    name = "metadata-bytes"
    title = "Metadata left"
    dimension = "privacy"
    higher_is_better = False
    unit = "bytes"
    high = float("inf")

    def observe(self, pair: Pair) -> Observation:
        """Return the number of bytes."""
        try:
            size = metadata_size(_stored(pair))
        except StageError:
            raise ExcludedRowError("not an image file") from None
        if size is None:
            raise ExcludedRowError("format without a count")
        return part(size)


class MetadataRows(Metric):
    """How many of the safe images still have metadata.

    Formula:
        Images whose file has any byte that `metadata-bytes` counts, or, where it counts none, any kind of
        metadata (GIF, TIFF, BMP), divided by all images.

    Meaning:
        0 says that no file has any left.

    Range:
        0 to 1; a raw copy has what the originals have. Lower is more private.

    Source:
        As `metadata-bytes`.

    Pitfalls:
        A harmless line such as the name of a program counts as much as a position. Images without a file
        are left out, and files that end early.
    """

    name = "metadata-rows"
    title = "Images with metadata left"
    dimension = "privacy"
    higher_is_better = False
    unit = "share"

    def observe(self, pair: Pair) -> Observation:
        """Return 1 for an image with metadata."""
        data = _stored(pair)
        try:
            size = metadata_size(data)
            found = set(metadata.found(data)) - _PICTURE
        except StageError:
            raise ExcludedRowError("not an image file") from None
        return part(float(bool(found) if size is None else size > 0))

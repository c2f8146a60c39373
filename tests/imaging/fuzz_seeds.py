"""Seeds of the fuzz: small real files, among them every variant of a format that has a path of its own."""

import struct
import zlib
from functools import cache

import numpy as np
from PIL import Image

from tests.imaging.imaging_samples import (
    PLAIN,
    SECRET,
    app,
    exif_block,
    full_exif,
    into_jpeg,
    into_png,
    into_webp,
    photo,
    png_chunk,
    profile,
    riff_chunk,
    save,
)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")


def looped_exif():
    """EXIF whose directories point at each other and at themselves."""
    block = bytearray(exif_block({271: PLAIN, 306: PLAIN}, {34665: {37500: PLAIN}, 34853: {1: PLAIN}}))
    entries = struct.unpack_from("<H", block, 8)[0]
    (second,) = struct.unpack_from("<I", block, 8 + 2 + 12 * 2 + 8)
    struct.pack_into("<I", block, 8 + 2 + 12 * entries, 8)  # the next directory is the first
    struct.pack_into("<HHII", block, second + 2, 34665, 4, 1, second)
    return bytes(block)


def animated(kind, **options):
    frames = [photo(size=(40, 30)), photo("neg_coffee.jpg", (40, 30)), photo("neg_cat.png", (40, 30))]
    return save(frames[0], kind, save_all=True, append_images=frames[1:], **options)


def rle_bmp(width=40, height=30):
    """An 8-bit RLE BMP with runs, literal bytes, a jump and line ends."""
    levels = np.asarray(photo(size=(width, height)).convert("L"))
    body = b""
    for row in levels[::-1]:
        body += bytes([8, int(row[0])]) + bytes([0, 4]) + row[8:12].tobytes() + b"\0\2\2\0"
        body += b"".join(bytes([1, int(value)]) for value in row[14:]) + b"\0\0"
    body += b"\0\1"
    table = b"".join(bytes([i, i, i, 0]) for i in range(256))
    head = struct.pack(
        "<IHHIIiiHHIIiiII",
        14 + 40 + 1024 + len(body),
        0,
        0,
        14 + 40 + 1024,
        40,
        width,
        height,
        1,
        8,
        1,
        len(body),
        0,
        0,
        256,
        0,
    )
    return b"BM" + head + table + body


def interlaced_png(width=37, height=29):
    rgb, rows = np.asarray(photo(size=(width, height))), b""
    for left, top, across, down in (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ):
        for row in rgb[top::down, left::across]:
            rows += b"\0" + row.tobytes() if row.size else b""
    chunks = (
        (b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 1)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def sixteen_bit_png():
    values = np.asarray(photo(size=(30, 20)), np.uint16) * 257
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    chunks = (
        (b"IHDR", struct.pack(">2I5B", 30, 20, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def tiff(tags, *values):
    """Return a little-endian TIFF of {tag: integer, or (type, count, index of one of `values`)}."""
    places, at = [], 8
    for value in values:
        places.append(at)
        at += len(value) + len(value) % 2
    rows = b""
    for tag, value in sorted(tags.items()):
        kind, count, number = (4, 1, value) if isinstance(value, int) else (*value[:2], places[value[2]])
        rows += struct.pack("<HHII", tag, kind, count, number)
    body = b"".join(value + bytes(len(value) % 2) for value in values)
    return b"II*\0" + struct.pack("<I", at) + body + struct.pack("<H", len(tags)) + rows + bytes(4)


def tiled_tiff():
    rgb = np.asarray(photo(size=(48, 32)))
    tiles = [zlib.compress(rgb[y : y + 16, x : x + 16].tobytes()) for y in (0, 16) for x in (0, 16, 32)]
    starts = np.cumsum([8, *(len(tile) + len(tile) % 2 for tile in tiles)])[:-1]
    offsets, sizes = (struct.pack("<6I", *numbers) for numbers in (starts, map(len, tiles)))
    tags = {256: 48, 257: 32, 258: (3, 3, 8), 259: 8, 262: 2, 277: 3, 322: 16, 323: 16}
    tags |= {324: (4, 6, 6), 325: (4, 6, 7)}
    return tiff(tags, *tiles, offsets, sizes, struct.pack("<3H", 8, 8, 8))


@cache
def seeds(kind):
    """Return real files of one format, among them every variant that has a path of its own."""
    return {"JPEG": _jpegs, "PNG": _pngs, "WEBP": _webps, "GIF": _gifs, "TIFF": _tiffs, "BMP": _bmps}[kind]()


def _jpegs():
    small = photo(size=(64, 48))
    exif, icc = app(0xE1, b"Exif\0\0" + full_exif()), app(0xE2, b"ICC_PROFILE\0\1\1" + profile())
    xmp = app(0xE1, b'http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation="6"/>' + PLAIN)
    loop = app(0xE1, b"Exif\0\0" + looped_exif())
    return (
        into_jpeg(save(small, "JPEG"), exif, icc, app(0xFE, PLAIN)),
        into_jpeg(save(small, "JPEG", progressive=True), loop),
        into_jpeg(save(small, "JPEG", subsampling=0, restart_marker_blocks=2), xmp),
        save(small.convert("CMYK"), "JPEG"),
        into_jpeg(save(small.convert("L"), "JPEG"), app(0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x04" + PLAIN)),
        save(small, "MPO", save_all=True, append_images=[photo("neg_coffee.jpg", (32, 24))]),
        save(small.convert("CMYK"), "JPEG", icc_profile=profile(space=b"CMYK")),
    )


def _pngs():
    small = photo(size=(40, 30))
    texts = (
        png_chunk(b"tEXt", b"Author\0" + PLAIN),
        png_chunk(
            b"zTXt",
            b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n 8\n" + full_exif().hex().encode()),
        ),
    )
    return (
        into_png(save(small, "PNG"), png_chunk(b"iCCP", b"a\0\0" + zlib.compress(profile())), *texts),
        into_png(
            save(small.convert("L"), "PNG"),
            png_chunk(b"eXIf", looped_exif()),
            png_chunk(b"gAMA", struct.pack(">I", 45455)),
        ),
        save(small.convert("P"), "PNG", transparency=3),
        save(small.convert("1"), "PNG"),
        save(small.convert("LA"), "PNG"),
        save(small.convert("RGBA"), "PNG"),
        save(Image.fromarray(np.asarray(small.convert("L"), np.uint16) * 257), "PNG"),
        sixteen_bit_png(),
        interlaced_png(),
        animated("PNG"),
        into_png(
            save(small, "PNG"),
            png_chunk(
                b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b'<x tiff:Orientation="3"/>' + PLAIN)
            ),
        ),
    )


def _webps():
    small = photo(size=(40, 30))
    clear = small.convert("RGBA")
    clear.putalpha(photo("neg_cat.png", (40, 30)).convert("L"))
    extra = (riff_chunk(b"EXIF", full_exif()), riff_chunk(b"XMP ", PLAIN))
    return (
        into_webp(save(small, "WEBP"), *extra),
        into_webp(save(small, "WEBP", lossless=True), riff_chunk(b"EXIF", looped_exif())),
        save(small, "WEBP", icc_profile=profile()),
        save(clear, "WEBP"),
        save(clear, "WEBP", lossless=True, exact=True),
        animated("WEBP"),
        animated("WEBP", lossless=True),
    )


def _gifs():
    small = photo(size=(40, 30))
    return (
        save(small, "GIF", comment=PLAIN),
        save(small, "GIF", interlace=True),
        animated("GIF", duration=20, loop=0),
        animated("GIF", disposal=2, optimize=True),
        save(small.convert("L"), "GIF"),
        save(small.convert("1"), "GIF"),
        save(small.convert("P", palette=Image.Palette.ADAPTIVE, colors=7), "GIF", transparency=2),
    )


def _tiffs():
    small = photo(size=(40, 30))
    named = {"tiffinfo": {315: SECRET, 274: 6}}
    ways = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")
    return (
        *(save(small, "TIFF", compression=way, **named) for way in ways),
        save(small, "TIFF", big_tiff=True, icc_profile=profile(), **named),
        *(save(small.convert("1"), "TIFF", compression=way) for way in ("group3", "group4", "tiff_ccitt")),
        save(small.convert("P"), "TIFF", compression="tiff_lzw"),
        save(small.convert("CMYK"), "TIFF", compression="tiff_lzw", icc_profile=profile()),
        save(small.convert("RGBA"), "TIFF", compression="tiff_adobe_deflate"),
        save(small.convert("LAB"), "TIFF"),
        save(
            Image.fromarray(np.asarray(small.convert("L"), np.uint16) * 257), "TIFF", compression="tiff_lzw"
        ),
        save(Image.fromarray(np.asarray(small.convert("L"), np.float32)), "TIFF"),
        save(Image.fromarray(np.asarray(small.convert("L"), np.int32)), "TIFF"),
        save(small.convert("YCbCr"), "TIFF", compression="tiff_adobe_deflate"),
        tiled_tiff(),
        animated("TIFF"),
    )


def _bmps():
    small = photo(size=(40, 30))
    return (
        save(small, "BMP"),
        save(small.convert("P"), "BMP"),
        save(small.convert("1"), "BMP"),
        save(small.convert("L"), "BMP"),
        save(small.convert("RGBA"), "BMP"),
        rle_bmp(),
    )

"""Images in and out: encoded bytes to upright 8-bit pixels without metadata, masks, and back to bytes.

| file | concept |
|---|---|
| `open` | `OpenedImage`: what every later step sees of an image |
| `decode` | the border to Pillow, where hostile bytes become pixels or a `StageError` |
| `modes` | every Pillow mode as L, RGB or RGBA; orientation |
| `icc` | which colour profiles are kept, and how they are rebuilt without text |
| `metadata` | what is found, and removed without touching a pixel |
| `scan`, `jpeg`, `png`, `webp`, `tiff`, `gif`, `bmp`, `exif` | the containers, read without Pillow |
| `masks` | where an edit may change pixels |
| `encode` | pixels back to bytes |
"""

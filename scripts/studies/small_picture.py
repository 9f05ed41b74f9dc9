"""Pictures for the documentation: a palette instead of full colour, and no wider than needed."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from lmpmeso.files.atomic import replacing

WIDEST = 1500
"""Pixels of the widest picture."""
LARGEST = 210_000
"""Bytes of the largest, where nothing else is said."""


def small_picture(source: Path, target: Path, largest: int = LARGEST) -> None:
    """A picture with a palette, made narrower until it is small enough."""
    with Image.open(source) as image:
        picture = image.convert("RGB")
    width, colours = min(picture.width, WIDEST), 256
    while True:
        height = round(picture.height * width / picture.width)
        scaled = picture.resize((width, height), Image.Resampling.LANCZOS)
        with replacing(target) as temporary:
            small = scaled.quantize(colours, dither=Image.Dither.NONE)
            small.save(temporary, format="PNG", optimize=True)
        if target.stat().st_size <= largest:
            break
        width, colours = round(0.9 * width), 64
    print(f"{target}: {target.stat().st_size / 1000:.0f} kB")

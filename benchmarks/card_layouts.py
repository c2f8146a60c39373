"""What stands where on a card: eight layouts, written on a sheet that remembers the place of every string.

Kinds are those of the taxonomy; `bare name` is a name without a label or an honorific, which the package
takes for plain text by its own rule (see `detectors/pii`), `plain` is what is not personal. Labels have none.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageChops
import PIL.ImageDraw
import PIL.ImageFont
import zxingcpp
from card_people import Person, fill, invent, unaccented

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]

WORDS = {
    "us": "Name|Date of birth|Phone|E-mail|Address", "de": "Name|Geburtsdatum|Telefon|E-Mail|Anschrift",
    "fr": "Nom|Date de naissance|Téléphone|Courriel|Adresse",
    "es": "Nombre|Fecha de nacimiento|Teléfono|Correo|Dirección",
    "pl": "Nazwisko|Data urodzenia|Telefon|E-mail|Adres",
}  # fmt: skip


@dataclass(frozen=True)
class Printed:
    """A string on a card: kind, text, and its xyxy box on the sheet before it was turned."""

    kind: str
    text: str
    box: Box


class Sheet:
    """Paper to write on; remembers what is where.

    Args:
        size_wh: In pixels.
        paper: RGB.
        colour: Of the letters, RGB.
        font: A font file; None is the font inside Pillow, which has no accented letters.
    """

    def __init__(self, size_wh: tuple[int, int], paper: Colour, colour: Colour, font: Path | None) -> None:
        self.image, self.ink = PIL.Image.new("RGB", size_wh, paper), PIL.Image.new("L", size_wh)
        self.pen, self.marker = PIL.ImageDraw.Draw(self.image), PIL.ImageDraw.Draw(self.ink)
        self.marker.fontmode = "1"
        self.colour, self.font, self.strings = colour, font, list[Printed]()

    def write(self, kind: str | None, text: str, x: int, y: int, size: int, **style: Any) -> int:
        """Write a line, smaller where it would not fit, and return the x where it ends.

        Args:
            kind: None for what is not counted, such as a label.
            text: Without accents where the font has none.
            x: Of the left end.
            y: Of the top.
            size: Of the font, in pixels.
            style: `bold` and `fill`.
        """
        text = text if self.font else unaccented(text)
        box, look = self._fit(text, x, y, size, style.get("bold", False))
        self.pen.text((x, y), text, fill=style.get("fill", self.colour), **look)
        if kind:
            self.strings.append(Printed(kind, text, box))
            self.marker.text((x, y), text, fill=len(self.strings), **look)
        return round(box[2])

    def _fit(self, text: str, x: int, y: int, size: int, bold: bool) -> tuple[Box, dict[str, Any]]:
        font = PIL.ImageFont.truetype(self.font, size) if self.font else PIL.ImageFont.load_default(size)
        look = {"font": font, "stroke_width": int(bold)}
        box = self.pen.textbbox((x, y), text, **look)
        return (box, look) if box[2] < self.image.width - 20 else self._fit(text, x, y, size - 1, bold)

    def code(self, text: str, symbology: zxingcpp.BarcodeFormat, x: int, y: int, scale: int) -> None:
        """Print a QR code or a bar code."""
        picture = PIL.Image.fromarray(
            np.array(zxingcpp.create_barcode(text, symbology).to_image(scale=scale))
        )
        self.image.paste(picture.convert("RGB"), (x, y))
        left, top, right, bottom = PIL.ImageChops.invert(picture).getbbox() or (0, 0, 0, 0)
        box = (x + left, y + top, x + right, y + bottom)  # the white margin shows nothing
        self.strings.append(Printed("code", text, box))
        self.marker.rectangle(box, fill=len(self.strings))

    def plate(self, text: str, x: int, y: int, size: int) -> None:
        """Print a number plate: black on white, a frame, a blue strip on the left."""
        right = self._fit(text, x + 60, y, size, True)[0][2] + 25
        self.pen.rounded_rectangle(
            (x, y - 8, right, y + size * 1.3), 8, fill="white", outline="black", width=3
        )
        self.pen.rectangle((x + 4, y - 4, x + 34, y + size * 1.3 - 4), fill=(0, 50, 150))
        self.write("plate", text, x + 60, y, size, bold=True, fill="black")


def business_card(sheet: Sheet, who: Person, rng: random.Random, size: int) -> None:
    """A bare name, a slogan, how to reach the person, sometimes a code with all of it."""
    sheet.write("bare name", who.name, 45, 40, size * 3 // 2, bold=True)
    sheet.write(
        "plain", rng.choice(("Senior Consultant", "Head of Sales", "Interior Designer")), 45, 95, size
    )
    sheet.write("plain", rng.choice(("We make things simple", "Quality since day one")), 45, 460, size)
    y = 170
    for kind, label, text in (
        ("phone", rng.choice(("Tel. ", "")), who.phone), ("email", "", who.email), ("url", "", who.url),
        ("address", "", who.street), ("address", "", who.town),
    ):  # fmt: skip
        x = sheet.write(None, label, 45, y, size) if label else 45
        sheet.write(kind, text, x, y, size)
        y += 50
    if rng.random() < 0.5:
        card = f"BEGIN:VCARD\nVERSION:3.0\nFN:{who.name}\nTEL:{who.phone}\nEND:VCARD"
        sheet.code(card, zxingcpp.BarcodeFormat.QRCode, 590, 170, 4)


def badge(sheet: Sheet, who: Person, rng: random.Random, size: int) -> None:
    """A name under "my name is" or behind an honorific, a handle, a code."""
    sheet.write("plain", rng.choice(("OPEN WORLD SUMMIT", "Spring Fair Visitor")), 60, 35, size, bold=True)
    if rng.random() < 0.5:
        sheet.write(None, "Hello, my name is", 60, 120, size)
        sheet.write("name", who.name, 60, 170, size * 2, bold=True)
    else:
        sheet.write("name", f"{who.title} {who.name}", 60, 150, size * 2, bold=True)
    sheet.write("username", who.username, 60, 280, size)
    sheet.write("plain", rng.choice(("All areas", "Exhibitor", "Press")), 60, 340, size)
    sheet.code(
        f"https://{who.email.split('@')[1]}/p/{who.document}", zxingcpp.BarcodeFormat.QRCode, 560, 250, 6
    )


def form(sheet: Sheet, who: Person, rng: random.Random, size: int) -> None:
    """Labels with values beside or below them."""
    sheet.write(
        "plain", rng.choice(("Membership application", "Please use capital letters")), 45, 30, size, bold=True
    )
    labels = WORDS.get(who.culture, WORDS["us"]).split("|")
    values = (("name", who.name), ("date", who.birth), ("phone", who.phone), ("email", who.email))
    below, y = rng.random() < 0.4, 100
    for label, (kind, text) in zip(labels, (*values, ("address", f"{who.street}, {who.town}")), strict=True):
        x = sheet.write(None, label + rng.choice((":", "")), 45, y, size)
        sheet.write(kind, text, 45 if below else max(x + 20, 300), y + below * 38, size)
        y += 84 if below else 60
    last = ("IBAN", "iban", who.iban) if rng.random() < 0.5 else ("Card number", "card", who.card)
    sheet.write(last[1], last[2], sheet.write(None, f"{last[0]}:", 45, y, size) + 20, y, size)
    sheet.write("plain", "Terms and conditions apply", 45, 570, size)


def parcel(sheet: Sheet, who: Person, rng: random.Random, size: int) -> None:
    """Who it goes to, what may be done with it, its bar code."""
    sheet.write(
        "plain", rng.choice(("FRAGILE", "THIS SIDE UP", "HANDLE WITH CARE")), 480, 40, size, bold=True
    )
    sheet.write("plain", "Weight 2.4 kg", 480, 90, size)
    sheet.write(None, rng.choice(("Ship to:", "Deliver to:", "TO:")), 45, 90, size)
    for i, (kind, text) in enumerate((("name", who.name), ("address", who.street), ("address", who.town))):
        sheet.write(kind, text, 45, 135 + 45 * i, size + 2)
    sheet.write("phone", who.phone, sheet.write(None, "Tel. ", 45, 285, size), 285, size)
    sheet.code(fill(rng, "JJD##########"), zxingcpp.BarcodeFormat.Code128, 45, 360, 3)


def identity_card(sheet: Sheet, who: Person, rng: random.Random, size: int) -> None:
    """Numbered small labels with the values below, as on licences."""
    sheet.write(
        "plain", rng.choice(("DRIVING LICENCE", "STUDENT CARD", "RESIDENT CARD")), 45, 30, size, bold=True
    )
    values = (("Surname", "name", who.last.upper()), ("Given names", "name", who.first.upper()),
              ("Date of birth", "date", who.birth), ("Document No.", "card", who.document))  # fmt: skip
    for i, (label, kind, text) in enumerate(values):
        sheet.write(None, f"{i + 1}. {label}", 300, 100 + 95 * i, 20)
        sheet.write(kind, text, 300, 128 + 95 * i, size + 2, bold=True)
    sheet.pen.rectangle((45, 110, 250, 370), fill=(150, 150, 150))
    sheet.write("plain", "Not transferable", 45, 420, size)


def letter(sheet: Sheet, who: Person, rng: random.Random, size: int) -> None:
    """A sender, a date, an honorific, plain sentences, a signature, an account at the foot."""
    sheet.write(
        "plain",
        rng.choice(("Northwind Insurance", "City Library", "Green Energy Cooperative")),
        60,
        40,
        size + 8,
    )
    sheet.write("date", who.today, 560, 110, size)
    sheet.write("name", f"{who.title} {who.name}", 60, 160, size)
    sheet.write("address", who.street, 60, 195, size)
    sheet.write("address", who.town, 60, 230, size)
    for i, line in enumerate(
        ("thank you for your message. Your order is ready", "and can be collected at our front desk.")
    ):
        sheet.write("plain", line, 60, 330 + 38 * i, size)
    sheet.write("bare name", invent(rng).name, 60, 470, size)
    sheet.write("phone", who.phone, 60, 620, size)
    sheet.write("iban", who.iban, sheet.write(None, "IBAN ", 60, 660, size), 660, size)


def bank_card(sheet: Sheet, who: Person, rng: random.Random, size: int) -> None:
    """A number without a label, a date, a holder."""
    sheet.write("plain", rng.choice(("FIRST COMMON BANK", "Savings & Loan")), 45, 40, size + 4, bold=True)
    sheet.pen.rounded_rectangle((60, 130, 150, 195), 10, fill=(210, 180, 90))
    sheet.write("card", who.card, 60, 240, size * 8 // 5, bold=True)
    expiry = f"{rng.randint(1, 12):02}/{rng.randint(26, 31)}"
    sheet.write("date", expiry, sheet.write(None, "VALID THRU ", 60, 330, size), 330, size)
    sheet.write("bare name", who.name.upper(), 60, 400, size)


def permit(sheet: Sheet, who: Person, rng: random.Random, size: int) -> None:
    """A number plate, a holder, a code."""
    sheet.write("plain", rng.choice(("PARKING PERMIT", "Zone 4 Resident")), 45, 35, size + 6, bold=True)
    sheet.plate(who.plate, 45, 110, 60)
    sheet.write("name", who.name, sheet.write(None, "Holder: ", 45, 260, size), 260, size)
    sheet.write("date", who.today, sheet.write(None, "Valid from ", 45, 310, size), 310, size)
    sheet.write("plain", "Display behind the windscreen", 45, 440, size)
    sheet.code(f"PERMIT {who.plate} {who.document}", zxingcpp.BarcodeFormat.QRCode, 560, 220, 6)


Layout = Callable[[Sheet, Person, random.Random, int], None]
LAYOUTS: dict[Layout, tuple[int, int]] = {
    business_card: (820, 520), badge: (800, 500), form: (900, 640), parcel: (800, 560),
    identity_card: (800, 500), letter: (840, 740), bank_card: (800, 500), permit: (800, 500),
}  # fmt: skip

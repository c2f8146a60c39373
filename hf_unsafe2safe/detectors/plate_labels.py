"""The words that stand before a number plate in a text, in many languages."""

import re

from .pii_formats import fold, normalise
from .plate_formats import format_of

_LONGEST = 200  # characters of a line in which a label is looked for

_LABELS = """number plate, license plate, licence plate, registration plate, car plate, plate, vehicle,
    vehicle registration, car registration, registration, car reg, reg, vrm, vrn, kennzeichen,
    kfz kennzeichen, amtl kennzeichen, kfz, plaque, plaque d immatriculation, immatriculation, immat, targa,
    matrícula, placa, placas, patente, dominio, kenteken, rejestracja, nr rejestracyjny, nr rej, spz, špz,
    rz, ečv, rendszám, rekisterinumero, registreringsnummer, regnummer, regnr, plaka, biển số, госномер,
    гос номер, номер авто, номерной знак, держномер, регистрационный, αριθμός κυκλοφορίας, מספר רכב, מס רכב,
    رقم اللوحة, لوحة, 车牌, 车牌号, 车牌号码, 車牌, 車牌號碼, ナンバープレート, 車両番号, 登録番号, 차량번호,
    번호판, ทะเบียน, ทะเบียนรถ"""  # noqa: RUF001
_WORDS = sorted({" ".join(fold(label).split()) for label in _LABELS.split(",")}, key=len, reverse=True)
_SPACED = "|".join(word.replace(" ", r"[ .'-]{1,3}") for word in _WORDS if word < "\u0e00")
_GLUED = "|".join(word for word in _WORDS if word >= "\u0e00")  # no space before the value
_SIGN = r"[ .:=#()-]{0,4}(?:(?:number|numero|nummer|num|no|nr|mark|番号|号)(?![^\W\d_]))?[ .:=#()-]{0,4}"
_LABEL = re.compile(rf"(?:(?<![^\W_])(?:{_SPACED})(?![^\W_])|(?:{_GLUED}))(?P<sign>{_SIGN})")


def is_label(text: str) -> bool:
    """Return whether the line ends with a label: its value stands beside or below.

    Example:
        >>> is_label("Vehicle Reg. No.:"), is_label("Reg. No. ABC 123")
        (True, False)
    """
    return any(not value for _, value in _values(text))


def is_labelled(text: str) -> bool:
    """Return whether a label and what looks like a number plate stand on the line, a loose one also.

    A number without letters needs a sign after the label: "Plate No. 12345", "Matrícula: 12345".
    """
    return any(_starts_with_plate(value, signed) for signed, value in _values(text))


def _values(text: str) -> list[tuple[bool, str]]:
    """Return, for every label in the line, whether a sign follows it and what stands behind."""
    line = normalise(text[:_LONGEST])
    folded = [(c, i) for i, char in enumerate(line) for c in fold(char)]
    matches = _LABEL.finditer("".join(c for c, _ in folded))
    return [
        (bool(m["sign"].strip(" .")), line[folded[m.end()][1] :] if m.end() < len(folded) else "")
        for m in matches
    ]


def _starts_with_plate(value: str, signed: bool) -> bool:
    tokens = re.split(r"[ ,;/]+", value, maxsplit=4)[:4]
    starts = (" ".join(tokens[:n]) for n in range(len(tokens), 0, -1))
    return any(format_of(s) and (signed or re.search(r"[^\W\d_]", s)) for s in starts)

"""What number plates of many countries look like, as one table; nothing about places in an image.

Never raises, never logs: what is read is private. Time is bounded: at most `LONGEST` characters are matched.

Source: the formats that the registration offices publish. Where countries share one (AB-123-CD is French,
Italian, Slovak, Argentine) it stands once.
"""

import re
import unicodedata
from collections.abc import Iterator

from .pii_formats import has_date, has_phone, normalise, words

LONGEST = 24  # characters of the longest plate, separators and country code included
LOOSE = 4, 10  # letters and digits of what looks like a plate

# The language of the table: @ a letter, # a digit, a space where a separator may stand, _ where one must,
# - for a hyphen or a dot; the rest as in regular expressions. What ordinary text has too is missing and only
# "loose": ABC 123, ABC 1234, 123 ABC, AB 12345 (Sweden, Finland, Norway, Baltic states, Greece, Malaysia,
# most of the United States and Canada), numbers without letters (Israel, the Gulf).
_STRICT = (
    "@@## @@@",  # United Kingdom since 2001
    "@### @@@",  # United Kingdom 1983-2001, South Australia, motorcycles of Argentina
    "@@@ ###@",  # United Kingdom 1963-1982, Kenya, Mexico
    "##[12]?-(?:C[ENW]?|DL?|G|K[EKY]|L[DHKMS]?|M[HNO]|OY|RN|SO|TS?|W[HWX]?)-#{3,6}",  # Ireland
    "@@ ### @@",  # France, Italy, Slovakia, Argentina, Georgia, Albania, Serbia, Croatia
    "@@ #### @@",  # Ukraine, Bulgaria, Croatia, Serbia
    "#### [BCDFGHJ-NPR-TV-Z]{3}",  # Spain: no vowels, no Q
    "# @@@ ###",  # Belgium, California, Western Australia
    "#@[A-Z0-9] ####",  # Czechia
    "@@-@@-##|##-@@-@@|@@-##-##|##-##-@@|##-@@-##",  # Netherlands, Portugal, Chile
    "##-@@@-#|#-@@@-##|@@-###-@|@-###-@@|@@@-##-@|@-##-@@@|#-@@-###|###-@@-#",  # Netherlands since 1999
    "@@ ## @@",  # Portugal since 2020, New South Wales
    "@{1,3}_@{1,2} #{3,4}[EH]?|@{1,3}_@{2} ##[EH]?",  # Germany
    # Switzerland by canton; AR, NE with five digits are also places in the United States.
    "(?:ZH|BE|LU|UR|SZ|ZG|FR|SO|BS|BL|S[HG]|GR|AG|T[GI]|V[DS]|GE|JU) #{5,6}|(?:AR|NE) #{6}",
    "@@ #@@##|@@ ####@|@@@ (?:##@@|#@##|##@#|#@@#|@##@@)",  # Poland, where it is not all digits behind
    "A@ @@ ###",  # Hungary since 2022
    "(?:CE|K[KPR]|LJ|M[BS]|NM|PO|SG)_(?:@@ ###|@# ###|## @@@)",  # Slovenia
    "(?:A[BGR]|B[CHNRTVZ]?|C[JLSTV]|D[BJ]|G[JLR]|H[DR]|I[FLS]|M[HMS]|NT|OT|PH|S[BJMV]|T[LMR]|V[LNS])"
    " ###? @@@",  # Romania, by county
    "(?:0[1-9]|[1-7]#|8[01]) (?:@ #{4,5}|@@ #{3,4}|@@@ ###?)",  # Turkey, by province
    "@@_##_###",  # Denmark
    "[ABEKMHOPCTYX] ### [ABEKMHOPCTYX]{2} ###?",  # Russia: Cyrillic letters are folded to these
    "#### [ABEIKMHOPCTX]{2}-[0-8]",  # Belarus
    "### @{2,3} (?:0[1-9]|1#|20)",  # Kazakhstan
    "(?:A[NPRS]|BR|C[GH]|D[DLN]|G[AJ]|H[PR]|J[HK]|K[AL]|L[AD]|M[HLNPZ]|NL|O[DR]|P[BY]|RJ|SK|T[GNRS]|U[AKP]|WB)"
    " ## @{1,3} #{4}|## BH #### @@?",  # India, by state, and the series of all India
    "@@@ #@##",  # Brazil since 2018
    "@#@-###",  # Peru
    "@@@-##-##|@@@-###-@",  # Mexico
    "#@@-#@@",  # Victoria
    "C@@? ###-###|@@@ ### (?:GP|EC|FS|L|MP|NC|NW|ZN)|@@ ## @@ (?:GP|EC|FS|L|MP|NC|NW|ZN)",  # South Africa
    "@@@ ### @@",  # Nigeria
    "S[A-Z]{2} #{3,4} @",  # Singapore
    "@{1,2} #### @{2,3}",  # Indonesia
    "##-?@[A-Z0-9]? ###-?##|##@#? ####",  # Vietnam
    "@@@-##-####",  # Pakistan
    # China, by province
    "[京津沪滬渝冀豫云雲辽遼黑湘皖鲁魯新苏蘇浙赣贛鄂桂甘晋晉蒙陕陝吉闽閩贵貴粤粵青藏川宁寧琼瓊]"
    " [A-Z] (?=[A-Z]{0,4}[0-9])[A-Z0-9]{5,6}",
    "[\u3400-\u9fff]{1,4} #[A-Z0-9]{1,2} [\u3041-\u309f] #{0,2}-?#{1,2}",  # Japan, both lines
    "[\u3041-\u309f] ##-##",  # Japan, the second line
    # Korea: syllables that a series has
    "(?:[가-힣]{2} )?###? [가나다라마거너더러머버서어저고노도로모보소오조"
    "구누두루무부수우주하허호배바사아자] ####",
    "#?[\u0e01-\u0e2e]{2} #{3,4}",  # Thailand
    "## [\u0621-\u06cc]{1,3} ### (?:ایران )?##",  # Iran
    "(?:[\u0621-\u064a]_){2,3}#{3,4}|#{3,4}(?:_[\u0621-\u064a]){2,3}",  # Egypt, Arabia: single letters
)
# On the band beside the number: OCR often reads both as one line.
_BAND = (
    "(?:AL?|AND|BG?|BIH|BY|CH|CY|CZ|DK?|E|EST|EU|FI?N?|FL|GB|GE|GR|HR?|I|IND|IRL|IS|KZ|LT?|LV|MA|MD|MK|MNE"
    "|NL?|PL?|RO|RUS|SK?|SLO|SRB|TR|UA|UK)"
)
# Words and units that have the letters of a plate, in capitals beside a number ("1500 RPM", "UP TO 500").
_WORDS = words(
    """and are at by do for from go he hi if in is it me my no nr of ok on or per so the to up us we you de el
    et la le les un der die das und von zu je pro bis max min top new neo all any bus car man one two am pm mo
    tu th fr sa su mi di mon tue wed thu fri sat sun jan feb mar apr may mai jun jul aug sep okt oct nov dec
    dez tv pc cd dvd usb led lcd ram ssd hdd cpu gpu iso din en sku ref tel fax inc ltd pcs pts kg mg ml cl cm
    mm km hp ps kw mb gb tb mhz ghz khz rpm kwh kmh mph kph lbs mbps dpi ppm cal kcal eur usd gbp chf czk pln
    sek nok dkk huf cny jpy krw rub uah try inr rm"""
)
# "Looks like a plate" does not: words, units, years, decimals, times.
_OTHER = re.compile(
    r".*(?:\d[.:]\d|[a-z]{3})|(?:19|20)\d\d$|(?:[\W_]*\d){9}|.*[^\W\d_]{6}"
    r"|(?i:(?:bus|line|linie|route|room|page|seite|gate|exit|platz|level|covid|tel|fax|eur|usd|gbp)\W?\d+$"
    r"|\d+ ?(?:km|kg|mg|ml|cl|cm|mm|kw|kwh|kmh|mph|rpm|hz|mhz|ghz|gb|mb|tb|pcs|kcal|eur|usd|gbp|am|pm|min)$)",
    re.S,
)
_JUNK = " .,:;|()[]{}<>'\"*·•-_~="
_SEPARATORS = re.compile(r" *[-._|:*'·•~] *")
_PIECES = {"@": "[A-Z]", "#": "[0-9]", " ": "[ -]?", "_": "[ -]", "-": "-"}
_PIECE = re.compile(r"\[[^\]]*\]|\(\?[:=]|[@# _-]")  # a class of characters stays as it is
_PLATE = re.compile(
    rf"(?:{_BAND}[ -]?)?(?:{'|'.join(_PIECE.sub(lambda m: _PIECES.get(m[0], m[0]), p) for p in _STRICT)})"
)
# Cyrillic and Greek capitals that plates share with Latin ones.
_SHARED = str.maketrans(
    "АВЕКМНОРСТУХІΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",  # noqa: RUF001
    "ABEKMHOPCTYXIABEZHIKMNOPTYX",
)
_LOOKALIKE = dict(zip("OISBZ01582", "01582OISBZ", strict=True))  # what OCR takes for each other
_RUNS = re.compile(r"[0-9]+|[^\W\d_]+")


def format_of(text: str) -> str | None:
    """Return whether a whole line of text is a number plate by its format.

    Returns:
        "strict": as plates of a country are, and little else is: in capitals, one look-alike (O for 0)
        allowed. "loose": some letters and digits, as many plates are. None: neither, or
        a date, a phone number, a year, a decimal, a time.

    Example:
        >>> [format_of(t) for t in ("AB12 CDE", "B·XY 1234", "ABC 123", "12.50", "May 2021", "Jane")]
        ['strict', 'strict', 'loose', None, None, None]
    """
    line = _spelled(text)
    if not 4 <= len(line) <= LONGEST or has_date(line) or has_phone(line):
        return None
    plain = _SEPARATORS.sub("-", _unaccented(line).replace("l", "I").upper().translate(_SHARED))
    capitals = not any(c.islower() and c not in "oilsz" for c in line)  # OCR mistakes the size of these
    if capitals and any(_PLATE.fullmatch(reading) and not _is_words(reading) for reading in _readings(plain)):
        return "strict"
    return "loose" if _is_loose(line) else None


def _spelled(text: str) -> str:
    return normalise(text[:2000]).strip(_JUNK)


def _unaccented(line: str) -> str:
    """Return the line with its Latin letters bare; other scripts need their marks."""
    if line.isascii():
        return line
    return "".join(unicodedata.normalize("NFD", c)[0] if c < "\u0250" else c for c in line)


def _readings(plain: str) -> Iterator[str]:
    """Yield the text, then with one look-alike after the other as its counterpart.

    Only where letters and digits do not alternate more often then: "ISO 9001" must not become "1SO 9001".
    """
    yield plain
    runs = len(_RUNS.findall(plain))
    for i, char in enumerate(plain):
        other = plain[:i] + _LOOKALIKE.get(char, char) + plain[i + 1 :]
        if other != plain and len(_RUNS.findall(other)) <= runs:
            yield other


def _is_words(plain: str) -> bool:
    groups = re.findall(r"[^\W\d_]+", plain.lower())
    return not _WORDS.isdisjoint(groups) and all(len(g) == 1 or g in _WORDS for g in groups)


def _is_loose(line: str) -> bool:
    bare = [c for c in line if not unicodedata.category(c).startswith("M")]  # vowel signs of Thai, Hindi
    signs = sum(c.isalnum() for c in bare)
    if not LOOSE[0] <= signs <= LOOSE[1] or not any(c.isdecimal() for c in bare):
        return False
    return all(c.isalnum() or c in " .-_:|*'·•~" for c in bare) and not _OTHER.match("".join(bare))

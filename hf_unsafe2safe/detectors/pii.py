"""Which of the lines that OCR read in an image are personal: a kind a line, the most specific one.

A bare pair of capitalised words ("Jane Doe", "Main Entrance") is plain text: without a label ("Name:"), an
honorific ("Dr.") or a neighbour that is a label it cannot be told from a shop sign. The number of an
identity document or an account counts as `card` after its label. Nothing raises, logs or keeps text.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from hf_unsafe2safe.detectors import pii_formats as formats
from hf_unsafe2safe.detectors.pii_formats import fold, normalise, words

KINDS = ("name", "phone", "email", "url", "username", "card", "iban", "date", "address", "text")
_Near = dict[int, tuple[float, int]]  # index of a box: gap in text heights, index of its neighbour
_WINDOW, _OVERLAP = 2_000, 200  # characters; longer text is read in overlapping windows

# Labels by kind; after the bar those that are words of signs too ("Name Brand", "Contact Lenses"): on one
# line with their value they need a colon.
_LABELS = {
    "name": """surname, last name, family name, first name, given name, given names, full name, forename,
        vorname, nachname, familienname, prénom, nom de famille, apellido, apellidos, cognome, voornaam,
        achternaam, nazwisko, příjmení, middle name, signed by, photo by, my name is, attn, née, in
        loving memory of, фамилия, имя, отчество, фио, 姓名, 氏名, お名前, 名前, 이름, 성명, الاسم, اسم,
        שם, שם משפחה, שם פרטי | name, names, ln, fn, nom, nome, nombre, naam, imię, jméno, patient,
        passenger, student, employee, driver, owner, doctor, author, holder, cardholder, contact,
        attention, guest, client, customer, signature, unterschrift, 姓, 名""",
    "phone": """tel, telephone, telefon, telefono, téléphone, telefone, telefoon, fax, phone, mobile,
        mobil, mobiel, móvil, cell, celular, handy, portable, komórka, ph, call, sms, whatsapp, phone
        number, rufnummer, тел, телефон, моб, факс, 电话, 電話, 電話番号, 手机, 手機, 传真, 携帯, 전화,
        هاتف, جوال, تلفون, טלפון, נייד | t, m, p, f, text, signal""",
    "email": """| email, e mail, mail, correo, correo electrónico, courriel, 邮箱, почта""",
    "url": "| web, website, webseite, url, homepage, site, 网址, сайт",
    "username": """username, user name, benutzername, nom d utilisateur | user, login, usuario, utente, ig,
        insta, instagram, twitter, tiktok, snapchat, snap, telegram, discord, facebook, fb, wechat, skype,
        handle, wifi, password, passwort, 微信, qq""",
    "card": """passport, driver license, driving licence, dln, ssn, social security, dni, nie, nif, cpf,
        pesel, bsn, steuer id, ausweisnummer, personalausweis, reisepass, passeport, pasaporte, mrn,
        patient id, member id, employee id, student id, id number, card number, kartennummer, account
        number, kontonummer, 身份证, 身份证号, паспорт, инн, снилс, תעודת זהות | id, account, acct, konto,
        card, license, licence, member, document, doc, identity card""",
    "iban": "iban |",
    "date": """dob, d o b, date of birth, birth date, birthday, born, geboren, geb, geburtsdatum,
        geburtstag, née le, né le, date de naissance, fecha de nacimiento, nacimiento, data di nascita,
        nato il, data de nascimento, nascimento, geboortedatum, data urodzenia, datum narození, valid thru,
        дата рождения, 出生, 出生日期, 生年月日, 생년월일, تاريخ الميلاد, תאריך לידה | date, datum, fecha,
        data, expiry, expires, birth, дата, 日期""",
    "address": """home address, wohnort, domicilio, 住址, 住所 | address, addr, adresse, anschrift,
        dirección, indirizzo, endereço, adres, adresa, residence, street, strasse, ship to, bill to,
        deliver to, адрес, 地址, 주소, عنوان, العنوان, כתובת""",
}
_KIND_OF = {
    " ".join(fold(label).split()): (kind, weak)
    for kind, groups in _LABELS.items()
    for weak, group in enumerate(groups.split("|"))
    for label in group.split(",")
}
_FIRST = frozenset(label.split(" ")[0] for label in _KIND_OF)
# Chinese and Japanese write no space between label and value; the longest label wins.
_GLUED = sorted((w for w in _KIND_OF if w > "\u2e80" and len(w) > 1), key=len, reverse=True)
_TOKEN = re.compile(r"[^\W_]+")
# What may stand between a label and its value; a colon, a dash or a word for "number" is its `sign`.
_AFTER = re.compile(
    r"(?i)[ .]{0,2}(?:\([^)]*\) ?)?(?P<sign>(?:(?:no|nr|number|id)\b|#)?[ .]{0,2}(?:[:=]|- )?)[ *_]{0,9}"
)
_DIGITS = r"\W{0,3}(?:[\dOlISB][ ()./-]{0,3}){%d}"
# What a value looks like, so that "Tel. available", "ID required" give nothing.
_VALUES = {
    "name": re.compile(r"\W{0,3}[^\W\d_](?=.{0,9}[^\W\d_])"),
    "phone": re.compile(_DIGITS % 6),
    "email": re.compile(r"(?=.*[.@\d_-])\S{3,}$|[a-z]{4,}$"),
    "url": re.compile(r"\S*\w\.\w\S"),
    "username": re.compile(r"@?\w[\w.-]+"),
    "card": re.compile(r"\W{0,3}(?:[A-Z]{1,4}[ -]?)?(?:[\dX*][ A-Z./-]{0,2}){4}"),
    "iban": re.compile(r"\W{0,3}[A-Za-z]{2} ?\d(?:[ -]?\w){8}"),
    "date": re.compile(_DIGITS % 4),
    "address": re.compile(r"\w+[\W_]+\w|\w{4}|[\u2e80-\uffff]{2}"),
}
# Words that follow an honorific or a label on signs and brands ("Dr Pepper", "Name here").
_NO_NAME = words(
    """required here tag only please badge on of the in at and for duty parking office room entrance number
    pepper martens oetker scholl clean muscle kipling fields morgan america universe world usa brand price"""
)
_TITLE = re.compile(
    r"(?i)(?<![\w'])(?:(?P<title>mrs?|ms|mx|dr|prof|rev|sgt|lt|capt|col|herrn?|frau|dhr|mevr|mme|mlle|monsieur"
    r"|madame|sir|doña|señora?|sra|srta|sig|dott|pani|professor|captain|sergeant|lieutenant|rabbi|miss)"
    r"(?P<dot>\. ?| )|(?:m|sr|hr|ing|mgr|gen|maj|pvt|cpl|sig\.ra|dott\.ssa)\. ?)(?P<who>[^\W\d_][\w'-]+)"
)
# Family name with an honorific behind it, but not "customer", "everybody", "god"; then the passport's zone.
_OTHER_NAME = re.compile(
    r"[\u4e00-\u9fff]{1,3}(?:先生|女士|小姐)|(?<!お)[\u4e00-\u9fff]{2,4}(?<![客皆神])(?:様|さん)|[A-Z]<<[A-Z][A-Z<]"
)
# Patterns see folded text: lower case, no accents. A house number is required: street signs stay plain.
_NOT_STREET = "hours?|hrs?|mins?|minutes?|days?|for|to|all|off|ways?|km|miles?|of|and|per|pm|am|star"
_WORDS = rf"(?:(?:(?!(?:{_NOT_STREET})\b)[a-z][\w'.-]{{0,20}}|\d{{1,3}}(?:st|nd|rd|th)) ){{1,4}}?"
_NUMBER = r"(?!(?:19|20)\d\d)\d{1,4} ?[a-z]?\b(?![:%.,]\d)"
_STREETS = (
    rf"(?<![\w.,:$/-])\d{{1,5}}[a-z]?(?:[-/]\d{{1,4}}[a-z]?)?,? {_WORDS}(?:street|st|road|rd|avenue|ave|lane"
    r"|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq|way|highway|hwy|terrace|parkway|pkwy|mews"
    r"|crescent|close|gardens|circle|trail|alley|quay)\b(?! (?:food|art|fair|market|party|parking|stop))",
    rf"(?<!\w)[a-z]{{3,}} (?:street|road|avenue|lane|boulevard),? (?:no\.? ?)?{_NUMBER}",
    r"(?<!\w)(?!sitz|stell|park|liege|arbeits|brigade)(?:[a-z-]{2,}(?:strasse|str|gasse|platz|allee|weg|damm"
    r"|straat|laan|plein|gracht|kade|dijk|singel|gatan|vagen|vej|gade|veien)|[a-z]{3,} str(?:asse|\.)"
    rf"|[a-z]{{3,}}(?:er |-)(?:strasse|str|platz|allee|weg|damm|ring|ufer))\.?,? {_NUMBER}",
    r"(?<!\w)\d{1,4}(?: ?(?:bis|ter))?,? ?(?:rue|avenue|av|bd|boulevard|place|quai|impasse|allee|chemin|route"
    r")\.? (?:d[eu]s? |de la |de l'|d')(?!parking)\w{3}|(?<!\w)\d{1,4}(?: ?bis)?,? rue \w{3}",
    r"(?<!\w)(?:c/ ?|(?:calle|avenida|av|avda|plaza|paseo|carrer|camino|carretera|rua|travessa|praca|largo"
    r"|estrada|alameda|via|viale|piazza|corso|vicolo|ulica|ulice|ul|aleja|ул|улица|пр-т|проспект|наб|شارع|רחוב)"
    r"(?:\. ?| ))(?!level|floor|gate|train|bus|app|sms|email)(?:[^\W\d_][\w'.-]{0,20} ?){1,4}?,? ?"
    rf"(?:n[o°.]{{1,2}} ?|д\. ?)?{_NUMBER}|(?<!\w)(?:al|pl|os|nam)\. ?[a-z][\w .]{{2,30}} {_NUMBER}",
    r"[\u4e00-\u9fff][路街道巷弄] ?\d+ ?[号號弄]|\d丁目|〒 ?\d{3}|[都府県市区町村][\u4e00-\u9fff]{1,8}\d+-",
    r"(?<!\w)(?:p\.? ?o\.? ?box|postfach|apartado(?: de correos)?|boite postale|caixa postal|\u0430/я) ?\d",
    r"(?<!\w)(?:d|a|ch|f|nl|b|cz|pl)-\d{4,5} [a-z]{3}|\d[.°] ?\d[\d'.\" ]{1,12}° ?[ns]\b|\d\.\d{4,} ?[ns],",
)
_STREET = re.compile("|".join(_STREETS))
# City, state and ZIP (no comma: a state that is no word); postcodes: UK, Canada.
_ST = "A[KLRZ]|C[AT]|DC|FL|[GV]A|I[AL]|K[SY]|M[DINOST]|N[CDEHJMVY]|OH|RI|S[CD]|T[NX]|[UV]T|W[AIVY]"
_POSTCODE = re.compile(
    rf"[A-Za-z]{{3}}(?:(?:, ?| )(?:{_ST})|, ?[A-Z]{{2}}),? \d{{5}}(?:-\d{{4}})?(?!\w)"
    r"|(?<!\w)(?:[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}|[A-CEGHJ-NPR-TVXY]\d[A-Z][ -]\d[A-Z]\d)(?!\w)"
)
# Below an address, lines like these go on with it.
_CONTINUED = re.compile(
    r"(?:[a-z]{1,2}-)?\d{4,6}(?: ?[a-z]{2})?,? [^\W\d_]{3}|\d\d-\d{3} |\d{3} \d\d |(?:flat|apt|unit) ?\w"
    r"|[^\W\d_][\w .'-]+,? (?:[a-z]{2},? )?\d{4,6}(?:-\d{4})?$|.*\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}$"
)


def classify(text: str) -> str:
    """Return the kind of one line of text, one of `KINDS`: the most specific one found anywhere in it.

    The order is iban, card, email, url, username, phone, date, name, address, text. Never raises.

    Example:
        >>> [classify(t) for t in ("Call me: +1 415 555 2671 today", "Name: Jane Doe", "Jane Doe")]
        ['phone', 'name', 'text']
    """
    starts = range(0, max(len(text) - _OVERLAP, 1), _WINDOW - _OVERLAP)
    return min((_classify(normalise(text[i : i + _WINDOW])) for i in starts), key=_RANK.__getitem__)


def _classify(line: str) -> str:
    labelled = {kind for kind, inline, _, value in _labels(line) if inline and _fits(kind, value)}
    if labelled and len(line) < 80 and _label_only(line):  # "Surname / Nom" is no name
        labelled = set()
    return next((kind for kind, test in _TESTS if kind in labelled or test(line)), "text")


def _has_name(line: str) -> bool:
    for match in _TITLE.finditer(line):
        title, who, bare = (match["title"] or "").lower(), match["who"], match["dot"] == " "
        # "MS Word"; "45 Oak Dr Springfield"
        other = bare and (match["title"] == "MS" or (title == "dr" and _has_address(line)))
        if not (other or who[0].islower() or fold(who) in _NO_NAME):
            return True
    return bool(_OTHER_NAME.search(line))


def _has_address(line: str) -> bool:
    return bool(re.search(r"\d", line)) and bool(_STREET.search(fold(line)) or _POSTCODE.search(line))


_TESTS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("iban", formats.has_iban), ("card", formats.has_card), ("email", formats.has_email),
    ("url", formats.has_url), ("username", formats.HANDLE.search), ("phone", formats.has_phone),
    ("date", formats.has_date), ("name", _has_name), ("address", _has_address),
)  # fmt: skip
_RANK = {kind: rank for rank, kind in enumerate([*dict(_TESTS), "text"])}


def _labels(line: str) -> Iterator[tuple[str, bool, str, str]]:
    """Yield every label: its kind, whether it counts beside its value, the text before it, its value."""
    tokens = [(fold(m[0]), m.start(), m.end()) for m in _TOKEN.finditer(line)]
    for i, (word, start, end) in enumerate(tokens):
        sizes = range(min(4, len(tokens) - i), 0, -1) if word in _FIRST else ()
        names = [(" ".join(t[0] for t in tokens[i : i + n]), tokens[i + n - 1][2]) for n in sizes]
        if word > "\u2e80" and word not in _KIND_OF:
            names = [(w, start + len(w)) for w in _GLUED if word.startswith(w)]
        for name, end in names:
            if name in _KIND_OF:
                (kind, weak), after = _KIND_OF[name], _AFTER.match(line, end)
                value = line[after.end() :] if after else line[end:]
                alone = not weak and not (kind == "name" and value[:1].islower())  # "Photo by phone"
                yield kind, alone or bool(after and after["sign"].strip()), line[:start], value
                break


def _fits(kind: str, value: str) -> bool:
    first = _TOKEN.search(value)
    if kind == "name" and first and fold(first[0]) in _NO_NAME:
        return False
    return bool(_VALUES[kind].match(value)) or (kind == "date" and formats.has_date(value[:40]))


def _label_only(line: str) -> str | None:
    """Return the kind that this label, alone on its line, gives to a neighbour; None for any other line."""
    for kind, _, before, value in _labels(line):
        value = value.strip(" .:*_")
        # "4b. Name" on a driving licence; "Surname / Nom", the same label in a second language
        alone = re.fullmatch(r"(?:\d{1,2}[a-d]?)?[ .:()*#]*", before)
        return kind if alone and (not value or (value[0] in "/|" and _label_only(value[1:]))) else None
    return None


@dataclass(frozen=True)
class TextLine:
    """One line that OCR read: the text (kept out of repr), its box in xyxy pixels, OCR's score in [0, 1]."""

    text: str = field(repr=False)
    box: tuple[float, float, float, float]
    score: float


def classify_lines(lines: Sequence[TextLine]) -> list[str]:
    """Return one kind a line, same order; neighbours on the page count, the order of `lines` does not.

    A label alone stays text and gives its kind to the value beside or below it; the parts of a row are also
    read together; postcode and city go on with the address above them.

    Example:
        >>> page = [TextLine("Surname", (0, 0, 70, 20), 0.9), TextLine("Doe", (90, 0, 130, 20), 0.9)]
        >>> classify_lines(page)
        ['text', 'name']
    """
    keys = [(tuple(map(float, line.box)), line.text) for line in lines]
    page = sorted(set(keys))
    kinds = dict(zip(page, _classify_page([box for box, _ in page], [text for _, text in page]), strict=True))
    return [kinds[key] for key in keys]


def _classify_page(boxes: list[tuple[float, ...]], texts: list[str]) -> list[str]:
    kinds, texts = [classify(text) for text in texts], [normalise(text[:_WINDOW]) for text in texts]
    labels = [_label_only(text) if len(text) < 80 else None for text in texts]
    right, left, below = _neighbours(boxes)
    # A part follows another where each is the other's nearest, one and a half text heights away at most.
    follows = {
        i: j
        for i, (gap, j) in right.items()
        if gap <= 1.5 and left[j][1] == i and labels[i] is labels[j] is None
    }
    for start in set(range(len(texts))).difference(follows.values()):
        chain = [start]
        while chain[-1] in follows:
            chain.append(follows[chain[-1]])
        _join(chain, texts, kinds)
    for i, kind in ((i, kind) for i, kind in enumerate(labels) if kind):
        # Arabic and Hebrew forms have the value on the left of its label.
        beside = left if re.search(r"[\u0590-\u08ff]", texts[i]) else right
        near = [side[i][1] for side in (beside, below) if i in side]
        value = next((j for j in near if not labels[j] and _fits(kind, texts[j])), None)
        while value is not None:
            kinds[value] = min(kinds[value], kind, key=_RANK.__getitem__)
            value = follows.get(value)
    for i in sorted(range(len(texts)), key=lambda i: boxes[i][1]):
        if kinds[i] == "address" and i in below and _CONTINUED.match(fold(texts[below[i][1]])):
            kinds[below[i][1]] = min(kinds[below[i][1]], "address", key=_RANK.__getitem__)
    return kinds


def _neighbours(boxes: list[tuple[float, ...]]) -> tuple[_Near, _Near, _Near]:
    """Return the nearest box on the right, on the left and below of every box."""
    right, left, below = _Near(), _Near(), _Near()
    order = sorted(range(len(boxes)), key=lambda i: boxes[i][1])
    for at, i in enumerate(order):
        for j in itertools.islice(order, at + 1, None):
            if boxes[j][1] > boxes[i][3] + 1.5 * max(boxes[i][3] - boxes[i][1], 1.0):
                break
            first, second = (i, j) if boxes[i][0] <= boxes[j][0] else (j, i)
            (x0, y0, x1, y1), (u0, v0, _, v1) = boxes[first], boxes[second]
            height = max(min(y1 - y0, v1 - v0), 1.0)
            if min(y1, v1) - max(y0, v0) >= height / 2:
                gap = (u0 - x1) / height
                if -0.5 <= gap <= 8 and x0 < u0:
                    right[first] = min(right.get(first, (9.0, -1)), (gap, second))
                    left[second] = min(left.get(second, (9.0, -1)), (gap, first))
            elif u0 < x1 and (gap := (boxes[j][1] - boxes[i][3]) / height) <= 1.5:
                below[i] = min(below.get(i, (9.0, -1)), (gap, j))
    return right, left, below


def _join(chain: list[int], texts: list[str], kinds: list[str]) -> None:
    """Read parts of one row together, short stretches first; all parts get the kind that none had alone."""
    for size in range(2, min(len(chain), 8) + 1):
        for parts in (chain[at : at + size] for at in range(len(chain) - size + 1)):
            # Only numbers come in more than three parts.
            if size <= 3 or all(re.search(r"\d", texts[i]) for i in parts):
                kind = classify(" ".join(texts[i] for i in parts))
                if all(_RANK[kind] < _RANK[kinds[i]] for i in parts):
                    for i in parts:
                        kinds[i] = kind
    for i, j in itertools.chain(itertools.pairwise(chain), itertools.pairwise(chain[::-1])):
        # "12 March" "2021": digits beside a number that already proves itself belong to it.
        if (
            kinds[i] in ("iban", "card", "phone", "date")
            and kinds[j] == "text"
            and re.fullmatch(r"[\d ()./*-]+", texts[j])
        ):
            kinds[j] = kinds[i]

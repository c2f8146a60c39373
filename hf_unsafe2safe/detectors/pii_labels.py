"""Labels on forms and cards, in many languages, and what the value beside one looks like."""

import re
from collections.abc import Iterator

from . import pii_formats as formats
from .pii_formats import fold, words

# Labels by kind; after the bar those that are words of signs too ("Name Brand", "Contact Lenses"): on one
# line with their value they need a colon. After a second bar: only with a colon and nothing behind it ("TO:"
# over the address of a parcel, not "From: 9 am").
_LABELS = {
    "name": """surname, last name, family name, first name, given name, given names, full name, forename,
        vorname, nachname, familienname, prénom, nom de famille, apellido, apellidos, cognome, voornaam,
        achternaam, nazwisko, příjmení, middle name, signed by, photo by, my name is, hello my name is,
        attn, née, in loving memory of, фамилия, имя, отчество, фио, 姓名, 氏名, お名前, 名前, 이름, 성명,
        الاسم, اسم, שם, שם משפחה, שם פרטי | name, names, ln, fn, nom, nome, nombre, naam, imię, jméno,
        patient, passenger, student, employee, driver, owner, doctor, author, holder, cardholder, contact,
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
        deliver to, адрес, 地址, 주소, عنوان, العنوان, כתובת | to, from""",
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
    # Also with a month that was misread: "4 Aprll 1955", "Aprll 4, 1955".
    "date": re.compile(
        _DIGITS % 4 + r"|(?:\d{1,2}\D{2,14}|[^\W\d_]{3,10}\W{1,2}\d{1,2}\W{1,2})(?:19|20)\d\d(?!\d)"
    ),
    "address": re.compile(r"\w+[\W_]+\w|\w{4}|[\u2e80-\uffff]{2}"),
}
# Words that follow an honorific or a label on signs and brands ("Dr Pepper", "Name here").
NO_NAME = words(
    """required here tag only please badge on of the in at and for duty parking office room entrance number
    pepper martens oetker scholl clean muscle kipling fields morgan america universe world usa brand price"""
)


def labels(line: str) -> Iterator[tuple[str, bool, str, str]]:
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
                if weak == 2 and (value or not (after and after["sign"].strip())):
                    break
                alone = not weak and not (kind == "name" and value[:1].islower())  # "Photo by phone"
                yield kind, alone or bool(after and after["sign"].strip()), line[:start], value
                break


def fits(kind: str, value: str) -> bool:
    """Return whether what stands beside a label looks like its value."""
    first = _TOKEN.search(value)
    if kind == "name" and first and fold(first[0]) in NO_NAME:
        return False
    return bool(_VALUES[kind].match(value)) or (kind == "date" and formats.has_date(value[:40]))


def label_only(line: str) -> str | None:
    """Return the kind that this label, alone on its line, gives to a neighbour; None for any other line."""
    for kind, _, before, value in labels(line):
        value = value.strip(" .:*_")
        # "4b. Name" on a driving licence; "Surname / Nom", the same label in a second language
        alone = re.fullmatch(r"(?:\d{1,2}[a-d]?)?[ .:()*#]*", before)
        return kind if alone and (not value or (value[0] in "/|" and label_only(value[1:]))) else None
    return None

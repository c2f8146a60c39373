"""Invented people for drawn cards: nobody of these exists, every number is from a range kept for examples.

Phones are from the ranges that regulators keep for films (India and bare `98765` numbers only look valid),
card numbers begin like published test numbers, mail and web end in example.com, .org or .net.
"""

import random
import unicodedata
from dataclasses import dataclass

# In every template `#` is a digit and `%` a capital letter. First names are those of a woman, a man, a woman,
# a man, a woman; titles: hers, his, anybody's.
CULTURES = {
    "us": {
        "first": "Olivia Marcus Denise Tyler Brooke", "last": "Harmon Whitlock Delgado O'Rourke Tran",
        "phone": "+1 212 555 01##|(415) 555-01##|646-555-01##|312.555.01##",
        "street": "4# Maple Avenue|1## Old Mill Road|22# Willow Street, Apt 4", "town": "Fairhaven, OH 4400#",
        "date": "{m:02}/{d:02}/{y}|{month} {d}, {y}", "plate": "7%%%###|%%% ####", "title": "Ms. Mr. Dr.",
    },
    "gb": {
        "first": "Harriet Callum Priya Rhys Fiona", "last": "Ashworth Pemberton MacLeod Sandhu Fairclough",
        "phone": "07700 900###|+44 7700 900###|020 7946 0###",
        "street": "1# Rosemary Lane|Flat 2, 3# Mill Road",
        "town": "Little Barton LB1# 4QX", "date": "{d:02}/{m:02}/{y}|{d} {month} {y}", "plate": "%%1# %%%",
        "title": "Mrs Mr Dr",
    },
    "de": {
        "first": "Annegret Jürgen Wiebke Sönke Heike", "last": "Köhler Brandstätter Vogelsang Weiß Dönhoff",
        "phone": "030 23125 ###|+49 30 23125 ###|0171 3920###", "street": "Lindenstraße 1#|Am Mühlbach 2#",
        "town": "0999# Neustadt am See", "date": "{d:02}.{m:02}.{y}|{d}. {month} {y}", "plate": "%-%% 1###",
        "title": "Frau Herr Dr.",
    },
    "fr": {
        "first": "Élodie Thibault Maëlys Gaston Hélène", "last": "Lefèvre Garnier Beauchêne N'Diaye Roussel",
        "phone": "06 39 98 ## ##|+33 6 39 98 ## ##|01 99 00 ## ##",
        "street": "1# rue des Tilleuls|4# avenue du Port",
        "town": "9900# Villeneuve-la-Forêt", "date": "{d:02}/{m:02}/{y}|{d} {month} {y}",
        "plate": "%%-###-%%", "title": "Mme M. Dr",
    },
    "es": {
        "first": "Lucía Íñigo Nerea Joaquín Begoña", "last": "Núñez Olmedo Zubiri Peñalver Castaño",
        "phone": "+34 612 345 ###|612 34 5# ##", "street": "Calle del Olivo 1#|Avenida Nueva, 3#",
        "town": "0199# Villanueva", "date": "{d:02}/{m:02}/{y}|{d} de {month} de {y}", "plate": "#### %%%",
        "title": "Sra. Sr. Prof.",
    },
    "in": {
        "first": "Ananya Vikram Lakshmi Arjun Meera", "last": "Krishnamurthy Chatterjee Iyer Deshpande Nair",
        "phone": "+91 98765 4####|98765 4####", "street": "12/4#, Temple Road|Plot 1#, Lake View Colony",
        "town": "Navapuram 5999##", "date": "{d:02}-{m:02}-{y}|{d} {month} {y}", "plate": "KA 05 %% ####",
        "title": "Mrs. Mr. Dr.",
    },
    "pl": {
        "first": "Małgorzata Zbigniew Łucja Wojciech Agnieszka", "last": "Wiśniewska Gąsior Brzęk Żuraw Kłos",
        "phone": "+48 600 100 ###|600 100 ###", "street": "ul. Lipowa 1#|ul. Polna 3#/4",
        "town": "99-10# Nowa Wola", "date": "{d:02}.{m:02}.{y}|{d} {month} {y}", "plate": "W% ####%",
        "title": "Pani Pan Dr",
    },
}  # fmt: skip
MONTHS = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada"
    " grudnia",
    "": "January February March April May June July August September October November December",
}
IBANS = (
    "DE" + "#" * 18, "GBTEST" + "#" * 14, "FR" + "#" * 20 + "%##", "ES" + "#" * 20, "NLTEST" + "#" * 10,
    "PL" + "#" * 24, "IT%" + "#" * 22,
)  # fmt: skip
CARDS = ("4111 11## #### ###", "5555 55## #### ###", "3782 82#### ####", "6011 11## #### ###")


@dataclass(frozen=True)
class Person:
    """What may stand on a card about somebody, each as it is printed."""

    culture: str
    first: str
    last: str
    title: str
    phone: str
    email: str
    url: str
    username: str
    street: str
    town: str
    birth: str
    today: str
    plate: str
    iban: str
    card: str
    document: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"


def invent(rng: random.Random) -> Person:
    """Return a person, of a culture drawn evenly."""
    culture = rng.choice(sorted(CULTURES))
    tables = CULTURES[culture]
    at, last = rng.randrange(5), rng.choice(tables["last"].split())
    first, titles = tables["first"].split()[at], tables["title"].split()
    user = ["".join(c for c in unaccented(part).lower() if c.isalnum()) for part in (first, last)]
    web = f"example.{rng.choice(('com', 'org', 'net'))}"
    picked = {
        key: fill(rng, rng.choice(tables[key].split("|"))) for key in ("phone", "street", "town", "plate")
    }
    return Person(
        culture,
        first,
        last,
        rng.choice((titles[at % 2], titles[2])),
        email=f"{user[0]}.{user[1]}@{web}",
        url=f"{rng.choice(('www.', 'https://'))}{user[1]}.{web}",
        username=f"@{user[0]}_{user[1]}",
        birth=_date(rng, culture, 1940, 2004),
        today=_date(rng, culture, 2019, 2025),
        iban=_iban(fill(rng, rng.choice(IBANS))),
        card=_luhn(fill(rng, rng.choice(CARDS))),
        document=fill(rng, "%#######"),
        **picked,
    )


def fill(rng: random.Random, template: str) -> str:
    """Return a template with its digits and letters drawn."""
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    return "".join({"#": rng.choice("0123456789"), "%": rng.choice(letters)}.get(c, c) for c in template)


def unaccented(text: str) -> str:
    """Return the text in the letters that every font has."""
    text = unicodedata.normalize("NFKD", text.translate({0xDF: "ss", 0x141: "L", 0x142: "l"}))
    return "".join(c for c in text if not unicodedata.combining(c))


def _date(rng: random.Random, culture: str, first_year: int, last_year: int) -> str:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(first_year, last_year)
    word = MONTHS.get(culture, MONTHS[""]).split()[month - 1]
    return rng.choice(CULTURES[culture]["date"].split("|")).format(d=day, m=month, y=year, month=word)


def _iban(bare: str) -> str:
    """Return country and account with their check digits (ISO 13616), in groups of four."""
    rest = int("".join(str(int(c, 36)) for c in f"{bare[2:]}{bare[:2]}00")) % 97
    iban = f"{bare[:2]}{98 - rest:02}{bare[2:]}"
    return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))


def _luhn(body: str) -> str:
    digits = [int(c) for c in body if c.isdigit()]
    total = sum(digits[-2::-2]) + sum(sum(divmod(2 * d, 10)) for d in digits[-1::-2])
    return f"{body}{-total % 10}"

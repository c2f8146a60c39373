"""Which text is personal: a case table, properties over random cards, IBANs and phones, layout of lines."""

import math
import random
import re
import time

import phonenumbers
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.detectors import pii_formats
from hf_unsafe2safe.detectors.pii import KINDS, classify
from hf_unsafe2safe.detectors.pii_lines import TextLine, classify_lines

# All values are invented, reserved for examples (example.com, 555 numbers) or published test numbers.
CASES = {
    "iban": [
        # spacing, case, beside words
        "DE89 3704 0044 0532 0130 00",
        "DE89370400440532013000",
        "iban: gb29 nwbk 6016 1331 9268 19",
        "IBAN GB29NWBK60161331926819",
        "FR14 2004 1010 0505 0001 3M02 606",
        "Bitte an DE89 3704 0044 0532 0130 00 Musterbank",
        "NL91 ABNA 0417 1643 00",
        "NO93 8601 1117 947",
        "CH93-0076-2011-6238-5295-7",
        # OCR look-alikes; a label with a check sum that OCR broke; other digits
        "DE89 37O4 OO44 O532 O13O OO",
        "IBAN: DE88 3704 0044 0532 0130 00",
        "DE٨٩ ٣٧٠٤ ٠٠٤٤ ٠٥٣٢ ٠١٣٠ ٠٠",  # noqa: RUF001
    ],
    "card": [
        # published test numbers, all groupings
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111111111111111",
        "5555 5555 5555 4444",
        "2223 0031 2200 3222",
        "3782 822463 10005",
        "3056 930902 5904",
        "6011 1111 1111 1117",
        "3530 1113 3330 0000",
        "6200 0000 0000 0005",
        # something beside it, look-alikes, other scripts, invisible characters
        "4111 1111 1111 1111 12/25",
        "4111 1111 1111 1111 123",
        "VISA 4111 1111 1111 1111 JANE DOE",
        "41ll 1111 11II 1111",
        "４１１１　１１１１　１１１１　１１１１",  # noqa: RUF001
        "४१११ ११११ ११११ ११११",
        "41\u200b11 1111\u200e 1111 1111",
        # documents and accounts after their label
        "Passport No: X1234567",
        "SSN 123-45-6789",
        "ID: 12345678",
        "CPF: 123.456.789-09",
        "身份证 110101199003074510",
        "Account No. 00123456",
        "Card number: **** **** **** 1111",
    ],
    "email": [
        # plain and embedded
        "jane.doe@example.com",
        "Write to jane.doe+photos@mail.example.co.uk now",
        "E-mail: JANE@EXAMPLE.ORG",
        "12345@example.com",
        # OCR quirks
        "jane.doe @example.com",
        "jane.doe@ example.com",
        "jane.doe @ example . com",
        "jane(at)example.com",
        "jane [at] example [dot] com",
        "jane@example,com",
        "jane©example.com",
        "jane.doe@example",
        "ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ",  # noqa: RUF001
    ],
    "url": [
        # scheme, www, bare domains
        "https://example.com/a?b=c",
        "http:/ /example.com",
        "www.example.com",
        "www .example.com",
        "WWW.EXAMPLE.COM",
        "Visit example.com today",
        "example.co.uk",
        "shop.example.de",
        "example.it",
        "twitter.com/janedoe",
        "t.me/janedoe",
        "ｗｗｗ．example．ｃｏｍ",  # noqa: RUF001
        "Website: example.museum",
    ],
    "username": [
        # handles and labelled accounts
        "@janedoe",
        "Follow us @jane_doe.photo",
        "IG: jane.doe",
        "Instagram: janedoe",
        "u/janedoe",
        "Twitter - janedoe",
        "Benutzername: jdoe",
        "微信: janedoe",
        "WiFi: guest1234",
    ],
    "phone": [
        # international
        "+1 415 555 2671",
        "Call me: +1 415 555 2671 today",
        "+49 30 901820",
        "+49 (0)30 901820",
        "0049 30 901820",
        "+33 1 23 45 67 89",
        "+7 (495) 123-45-67",
        "+86 138 0013 8000",
        "+91-98765-43210",
        "+1 555 123 4567",
        "+1 4I5 555 267I",
        "٠٠٤٩ ٣٠ ٩٠١٨٢٠",
        "\u200f+972 3 123 4567\u200e",
        # national, printed as a phone number
        "(415) 555-2671",
        "415-555-2671",
        "415.555.2671",
        "1-800-555-0199",
        "555-0123",
        "020 7946 0958",
        "(020) 7946 0958",
        "030 901820",
        "030/901820",
        "01 23 45 67 89",
        "06 12 34 56 78",
        "612 345 678",
        "02 1234 5678",
        "98765 43210",
        "(11) 91234-5678",
        "03-1234-5678",
        "138 0013 8000",
        "8 (495) 123-45-67",
        "1800 123 456",
        "020 7946 0958 / 020 7946 0959",
        # labelled, any length from six digits
        "Tel. 901820",
        "Tel: 0301234567",
        "Fire station Tel 030901820",
        "Phone: 555 2671",
        "Mobile 07700900123",
        "Fax 0301234567",
        "T: 030 901820",
        "☎ 901820",
        "📞️ 0301234567",
        "Тел. 123-45-67",
        "电话：01012345678",  # noqa: RUF001
        "電話 03-1234-5678",
        "هاتف: ٠١٢٣٤٥٦٧٨",
        "טלפון: 03-1234567",
        "Address: 12 Baker Street, tel 020 7946 0958",
    ],
    "date": [
        # numeric
        "12/03/1990",
        "3/12/90",
        "1990-03-12",
        "12.03.1990",
        "12.03.90",
        "12. 3. 1990",
        "12-03-1990",
        "1990/3/12",
        "12 03 1990",
        "2024年3月12日",
        "1990년 3월 12일",
        "١٢/٠٣/١٩٩٠",
        # month names
        "12 March 1990",
        "March 12, 1990",
        "12 MAR 1990",
        "12th of March",
        "March 2021",
        "12JAN1990",
        "12. Januar 1990",
        "3. März 2021",
        "le 12 février 1990",
        "12 de marzo de 1990",
        "12 gennaio 1990",
        "12 de março de 1990",
        "12 maart 1990",
        "12 marca 1990",
        "12. března 1990",
        "12 марта 1990",
        "Fri 12 Mar 2021 10:30",
        # labels
        "DOB: 12 03 90",
        "Born 1985",
        "geb. 12.3.85",
        "Date of birth: 1985-03-01",
        "VALID THRU 12/25 04",
        "出生 1990",
    ],
    "name": [
        # labels in several languages
        "Name: Jane Doe",
        "name: jane doe",
        "Surname DOE",
        "First name: Jane",
        "Vorname: Anna",
        "Nachname MÜLLER",
        "Nom : Dupont",
        "Prénom: Élodie",
        "PRENOM ELODIE",
        "Apellidos: García López",
        "Cognome: Rossi",
        "Nome: Maria",
        "Naam: de Vries",
        "Nazwisko: Kowalska",
        "Příjmení: Nováková",
        "Имя: Анна",
        "姓名：张三",  # noqa: RUF001
        "姓名张三",
        "氏名 山田太郎",
        "الاسم: فاطمة",
        "שם: דנה",
        "Patient: Jane Doe",
        "Signed by Jane Doe",
        "Hello my name is Jane",
        "1. Surname: DOE",
        "Name (please print): Jane Doe",
        # honorifics, ranks, suffixes, passport zone
        "Mr. Smith",
        "Mr.Smith",
        "MR SMITH",
        "Meeting with Dr. Anna Müller at noon",
        "Prof. Dr. Müller",
        "Frau Schmidt",
        "Mme Dupont",
        "Sra. García",
        "Sgt. Jones",
        "Capt. Jane Doe",
        "王先生",
        "山田様",
        "P<UTODOE<<JANE<MARY<<<<<<<<<<<<<<<<<<<<<<<<<<",
    ],
    "address": [
        # street and number
        "221B Baker Street",
        "1600 Example Ave NW",
        "350 5th Ave",
        "12 MAIN ST",
        "10-12 High Road",
        "45 Oak Dr Springfield",
        "Abbey Road 3",
        "Hauptstr. 12",
        "Musterstraße 5a",
        "Berliner Platz 7",
        "Heilig Geist Str. 3",
        "Kerkstraat 12",
        "12 rue de la Paix",
        "5 bis avenue des Lilas",
        "Calle Mayor 3",
        "Av. Paulista, 1578",
        "Rua Augusta 100",
        "Via Roma 12",
        "ul. Marszałkowska 10",
        "ул. Ленина 5",
        "中山路123号",
        "〒100-0001",
        # city, postcode, box, label
        "Springfield, IL 62704",
        "Springfield IL 62704-1234",
        "Boston, MA 02110-1301 USA",
        "SW1A 1AA",
        "London EC1A 1BB",
        "K1A 0B1",
        "D-10115 Berlin",
        "PO Box 1234",
        "P.O. Box 12",
        "Postfach 12 34",
        "Address: Old Mill, Little Town",
        "地址：北京市",  # noqa: RUF001
        "عنوان: شارع النيل",
        "37.7749° N, 122.4194° W",
    ],
    "text": [
        # shop and traffic signs
        "NOTICE DOUBLE PARKING PROHIBITED AT ALL TIMES",
        "copy centre",
        "50% OFF",
        "Room 101",
        "Street Food",
        "Main Entrance",
        "2 WAY STREET",
        "Baker Street",
        "Exit 24B",
        "NO PARKING 8AM - 6PM",
        "24 HOUR DRIVE THRU",
        "Parkplatz 3",
        "MS Office",
        "Dr Pepper",
        "Mr. Clean",
        "CAPTAIN ON DUTY",
        "Jane Doe",
        "Coca Cola",
        "General Electric",
        "Private Property",
        "Tel Aviv 2020",
        "Photo by phone",
        "1 Place de parking",
        "07 11 23 34 45 49",
        "12 34 56 78 90 12",
        "Born in the USA 1984",
        "Spring 2020",
        "Passport photos 4 for 10",
        "EMAIL: YES",
        "Platform 9",
        "Route 66",
        "SPEED LIMIT 55",
        # labels that have no value, or are words
        "Name",
        "Name:",
        "Name Brand Clothing",
        "Contact Lenses",
        "Tel.",
        "Telephone",
        "ID REQUIRED",
        "Address Book",
        "Call us now!",
        "Email us today",
        "Patient Entrance",
        "Student Discount 10%",
        "Name here: ______",
        "To",
        "TO:",
        "To: Main Entrance",
        "From: 9 am",
        "Hello, my name is",
        # times, prices, sizes, versions, scores, IPs
        "10:30 AM",
        "Mo-Fr 09.00-17.30",
        "08:00 - 18:00",
        "$1,299.00",
        "1.299,00 €",
        "1 234 567",
        "+10 000 000",
        "1920x1080",
        "v2.13.0",
        "1.2.3",
        "Python 3.11.10",
        "IP 192.168.0.1",
        "192.168.100.200",
        "3:2",
        "21-15",
        "24/7",
        "1/2 price",
        "COCA COLA 330 ml",
        "Gen 2",
        "SET 12 PCS",
        "TIME OUT 20",
        "up to 64 GB",
        "© 2021",
        "EST. 1985",
        "2019 2020 2021",
        # part numbers, codes, bar codes
        "1234567890123",
        "4006381333931",
        "ISBN 978-3-16-148410-0",
        "ISBN 0-306-40615-2",
        "LTZ 1298",
        "5AU5341",
        "S/N 0123-456-789",
        "Model 020 1234 5678",
        "0123456789",
        "12345678901234567890",
        "4111 1111 1111 1112",
        "20240105123045",
        "Order no 0123 456 789",
        # file names, abbreviations, lost spaces
        "file.txt",
        "e.g. this",
        "i.e. that",
        "README.md",
        "We are open.It is free",
        "we are open.it is free",
        "a.m. / p.m.",
        "node.js",
        "5.in",
        "@ 5pm",
        "@5pm",
        "Lunch @ noon",
        "2 @ 1.50",
        "and/or",
        # licence text, other scripts, nothing
        "Licensed under the Apache License, Version 2.0 (the License)",
        "THE SOFTWARE IS PROVIDED AS IS, WITHOUT WARRANTY OF ANY KIND",
        "禁止停车",
        "出口",
        "お客様",
        "Вход",
        "ممنوع الوقوف",
        "",
        " ",
        "\u200b",
        "\ud800",
        "0",
    ],
}
TABLE = [(kind, text) for kind, texts in CASES.items() for text in texts]


@pytest.mark.parametrize(("kind", "text"), TABLE)
def test_case(kind: str, text: str) -> None:
    assert classify(text) == kind


def test_table_is_large_and_names_every_kind() -> None:
    assert len(TABLE) >= 160
    assert set(CASES) == set(KINDS)


# Parts of personal text in any order find the corners that plain random text never reaches.
PIECES = st.sampled_from(
    [*(t for _, t in TABLE), "@", "+", "00", "Name:", "<<", "(", ")", ".", " at ", "Dr.", "12"]
)


@given(st.one_of(st.text(st.characters()), st.lists(PIECES, max_size=6).map("".join)))
@settings(max_examples=300, deadline=None)
def test_any_text_has_a_kind(text: str) -> None:
    assert classify(text) in KINDS


def _check_digit(body: str) -> str:
    digits = [int(c) for c in body]
    total = sum(digits[-2::-2]) + sum(sum(divmod(2 * d, 10)) for d in digits[-1::-2])
    return str(-total % 10)


@st.composite
def cards(draw: st.DrawFn, longest: int = 19) -> tuple[str, list[int]]:
    """A valid number and the places of its separators."""
    length = draw(st.integers(14, longest))
    leads = ["4", "51", "55", "6011", "62", "36", "37"] + (["2221", "3528"] if length >= 16 else [])
    lead = draw(st.sampled_from(leads))
    body = lead + "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=length, max_size=length)))
    body = body[: length - 1]
    cuts = draw(st.lists(st.integers(1, length - 1), unique=True, max_size=5).map(sorted))
    return body + _check_digit(body), cuts


def _grouped(number: str, cuts: list[int], separator: str) -> str:
    return separator.join(number[a:b] for a, b in zip([0, *cuts], [*cuts, len(number)], strict=True))


@given(cards(), st.sampled_from([" ", "-"]))
@settings(max_examples=200, deadline=None)
def test_valid_cards_in_any_grouping(card: tuple[str, list[int]], separator: str) -> None:
    text = _grouped(*card, separator)
    assume(not pii_formats.has_iban(text))
    assert classify(text) == "card"
    assert classify(f"No {text} thru") == "card"


@given(cards(16), st.integers(0, 13), st.integers(1, 9))
@settings(max_examples=200, deadline=None)
def test_one_wrong_digit_is_no_card(card: tuple[str, list[int]], at: int, add: int) -> None:
    number, cuts = card
    wrong = number[:at] + str((int(number[at]) + add) % 10) + number[at + 1 :]
    # A group of 13 digits or more is a number of its own.
    assume(all(b - a < 13 for a, b in zip([0, *cuts], [*cuts, len(number)], strict=True)) or not cuts)
    assert classify(_grouped(wrong, cuts, " ")) != "card"


@given(st.sampled_from(sorted(pii_formats._IBAN_LENGTH)), st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=200, deadline=None)
def test_valid_ibans_of_all_countries(country: str, rng: random.Random, spaced: bool) -> None:
    body = "".join(rng.choice("0123456789") for _ in range(pii_formats._IBAN_LENGTH[country] - 4))
    check = 98 - int("".join(str(int(c, 36)) for c in f"{body}{country}00")) % 97
    iban = f"{country.upper()}{check:02}{body}"
    text = " ".join(iban[i : i + 4] for i in range(0, len(iban), 4)) if spaced else iban
    assert classify(f"to {text}, thanks") == "iban"
    wrong = iban[:-1] + str((int(iban[-1]) + 1) % 10)
    assert classify(wrong) != "iban"


def _examples(style: int) -> list[str]:
    numbers = [phonenumbers.example_number(region) for region in sorted(phonenumbers.SUPPORTED_REGIONS)]
    return [phonenumbers.format_number(n, style) for n in numbers if n is not None]


def test_example_numbers_of_all_regions() -> None:
    examples = _examples(phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    assert len(examples) >= 200
    assert [t for t in examples if classify(t) != "phone"] == []
    assert [t for t in examples if classify(f"ring {t.replace('+', '00')} now") != "phone"] == []


NATIONAL = re.findall("..", "USCAGBDEFRITESPTPLCZNLBECHATJPCNAUINBRRUZAKRIETR")


@pytest.mark.parametrize("region", NATIONAL)
def test_national_format(region: str) -> None:
    mobile = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert classify(phonenumbers.format_number(mobile, phonenumbers.PhoneNumberFormat.NATIONAL)) == "phone"


@pytest.mark.parametrize(
    "unit", ["1", "4 ", "1-", "0 ", "+1 ", "a@", "a.", "Mr. ", "Name ", "12 a ", "DE89", "O1", "<", "名前"]
)
def test_time_is_linear(unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * size)[:size]
        start = time.process_time()
        assert classify(text) in KINDS
        return time.process_time() - start

    seconds(2_000)
    assert seconds(20_000) < 1.0
    # ten times the text, at most thirty times the time: a quadratic cost would be a hundred
    assert seconds(50_000) < 30 * max(seconds(5_000), 0.002)


def test_long_runs_are_plain_and_long_text_is_read_to_the_end() -> None:
    assert classify("7" * 10_000) == "text"
    assert classify("word " * 3_000 + "jane@example.com") == "email"
    assert classify("word " * 361 + "DE89 3704 0044 0532 0130 00" + " word" * 400) == "iban"


def test_typical_line_costs_less_than_a_millisecond() -> None:
    texts = [text for _, text in TABLE]
    for text in texts:
        classify(text)
    start = time.process_time()
    for text in texts:
        classify(text)
    assert (time.process_time() - start) / len(texts) < 1e-3


def line(text: str, x: float, y: float, width: float | None = None, height: float = 20) -> TextLine:
    """A line of text as wide as its letters are."""
    return TextLine(text, (x, y, x + (width or 10 * len(text)), y + height), 0.9)


def kinds(*lines: TextLine) -> list[str]:
    return classify_lines(lines)


# A label alone gives its kind to the value on its right or below, in several languages.
LABELS = [
    ("Name:", "Jane Doe", "name"),
    ("Surname", "DOE", "name"),
    ("Surname / Nom", "DOE", "name"),
    ("1. Vorname", "ANNA", "name"),
    ("Prénom", "Élodie", "name"),
    ("姓名", "张三", "name"),
    ("氏名", "山田太郎", "name"),
    ("Имя", "Анна", "name"),
    ("Hello, my name is", "Jane Doe", "name"),
    ("Tel.", "901820", "phone"),
    ("Phone No.", "5552671", "phone"),
    ("DOB", "12 03 90", "date"),
    # a month that OCR misread
    ("Date of birth", "4 Aprll 1955", "date"),
    ("Born", "Aprll 4, 1955", "date"),
    ("Address", "Old Mill", "address"),
    ("TO:", "Jane Doe", "address"),
    ("Anschrift:", "Alte Mühle", "address"),
    ("E-mail", "jane.doe", "email"),
    ("Passport No", "X1234567", "card"),
    ("IBAN", "DE88370400440532013000", "iban"),
    ("Instagram", "janedoe", "username"),
]


@pytest.mark.parametrize(("label", "value", "kind"), LABELS)
def test_label_gives_its_kind(label: str, value: str, kind: str) -> None:
    assert kinds(line(label, 0, 0, 100), line(value, 130, 2)) == ["text", kind]
    assert kinds(line(label, 0, 0, 100), line(value, 5, 25)) == ["text", kind]
    # too far away, on the right and below
    assert "text" in kinds(line(label, 0, 0, 100), line(value, 400, 0))[1:] + kinds(line(value, 400, 0))
    assert kinds(line(label, 0, 0, 100), line(value, 0, 90))[1] == classify(value)


def test_label_on_the_right_in_right_to_left_script() -> None:
    assert kinds(line("فاطمة علي", 0, 0), line("الاسم", 120, 0)) == ["name", "text"]


def test_label_does_not_reach_past_another_label_or_a_value_that_does_not_fit() -> None:
    page = [
        line("Name", 0, 0, 60),
        line("Phone", 100, 0, 60),
        line("Doe", 0, 25, 60),
        line("555 2671", 100, 25),
    ]
    assert kinds(*page) == ["text", "text", "name", "phone"]
    assert kinds(line("Tel.", 0, 0), line("Main Entrance", 60, 0)) == ["text", "text"]


def test_all_words_of_a_split_value_get_the_kind() -> None:
    page = [line("Name:", 0, 0), line("Jane", 60, 0), line("Doe", 110, 0), line("Open", 500, 0)]
    assert kinds(*page) == ["text", "name", "name", "text"]


# Values that OCR split on one row are read together.
SPLIT = [
    (["4111 1111", "1111 1111"], "card"),
    (["4111", "1111", "1111", "1111"], "card"),
    (["john.doe", "@example.com"], "email"),
    (["john.doe@", "example.com"], "email"),
    (["+49 30", "901820"], "phone"),
    (["(415)", "555-2671"], "phone"),
    (["DE89", "3704", "0044", "0532", "0130", "00"], "iban"),
    (["12", "March", "2021"], "date"),
    (["Mr.", "Smith"], "name"),
    (["Mr.", "Marcus", "Delgado"], "name"),
    (["221B", "Baker Street"], "address"),
    (["www", ".example.com"], "url"),
]


@pytest.mark.parametrize(("parts", "kind"), SPLIT)
def test_split_values(parts: list[str], kind: str) -> None:
    row, x = [], 0.0
    for part in parts:
        row.append(line(part, x, 0))
        x = row[-1].box[2] + 12
    assert kinds(*row) == [kind] * len(parts)
    assert kinds(*row, line("Main Entrance", 0, 300))[-1] == "text"


def test_parts_far_apart_are_not_joined() -> None:
    assert kinds(line("4111 1111", 0, 0), line("1111 1111", 400, 0)) == ["text", "text"]
    assert kinds(line("4111 1111", 0, 0), line("1111 1111", 0, 40)) == ["text", "text"]


def test_address_goes_on_below() -> None:
    page = [line("Hauptstr. 12", 0, 0), line("10115 Berlin", 0, 25), line("Open daily", 0, 50)]
    assert kinds(*page) == ["address", "address", "text"]
    page = [line("Address:", 0, 0), line("Old Mill", 100, 0), line("1012 AB Amsterdam", 100, 25)]
    assert kinds(*page) == ["text", "address", "address"]
    assert kinds(line("Room 101", 0, 0), line("10115 Berlin", 0, 25)) == ["text", "text"]


def test_address_block_under_its_label() -> None:
    block = [
        line(text, 0, 25 * i) for i, text in enumerate(("Ship to:", "Jane Doe", "Plot 16, Lake View", "Open"))
    ]
    assert kinds(*block) == ["text", "address", "address", "text"]
    # without the label its lines are plain
    assert kinds(*block[1:]) == ["text"] * 3
    # what is beside the label does not hide the value below, which is nearer
    assert kinds(*block, line("Weight 2.4 kg", 230, 0))[1:3] == ["address", "address"]


def test_label_without_colon_that_needs_one() -> None:
    assert kinds(line("TO", 0, 0), line("Main Entrance", 0, 25)) == ["text", "text"]


# Labels above and beside their values, an address over two lines, a value in two parts.
PAGE = {
    "Surname": ((0, 0), "text"), "DOE": ((0, 25), "name"), "Tel.": ((300, 0), "text"),
    "901820": ((360, 0), "phone"),
    "Hauptstr. 12": ((0, 100), "address"), "10115 Berlin": ((0, 125), "address"),
    "4111 1111": ((0, 200), "card"), "1111 1111": ((105, 200), "card"), "Main Entrance": ((0, 300), "text"),
}  # fmt: skip


@given(st.one_of(st.floats(-180, 180), st.sampled_from([90.0, -90.0, 180.0])))
@settings(max_examples=60, deadline=None)
def test_a_page_may_lie_at_any_angle(angle: float) -> None:
    turn = complex(math.cos(math.radians(angle)), math.sin(math.radians(angle)))

    def turned(text: str, x: float, y: float) -> TextLine:
        x1, y1, x2, y2 = line(text, x, y).box
        corners = [turn * complex(*p) for p in ((x1, y1), (x2, y1), (x2, y2), (x1, y2))]
        xs, ys = [c.real for c in corners], [c.imag for c in corners]
        outline = tuple(zip(xs, ys, strict=True))
        return TextLine(text, (min(xs), min(ys), max(xs), max(ys)), 0.9, outline)

    page = [turned(text, *at) for text, (at, _) in PAGE.items()]
    assert kinds(*page) == [kind for _, kind in PAGE.values()]


def test_no_line_one_line_and_bad_boxes() -> None:
    nan, inf = float("nan"), float("inf")
    assert kinds() == []
    assert kinds(line("Name: Jane", 0, 0)) == ["name"]
    boxes = [(0, 0, 0, 0), (9, 9, 1, 1), (nan, 0, nan, 9), (-inf, -inf, inf, inf), (inf, inf, inf, inf)]
    assert kinds(*(TextLine("Name:", box, 0.5) for box in boxes)) == ["text"] * 5
    assert len(kinds(*(TextLine("4111 1111", box, 0.5) for box in boxes))) == 5


def test_text_stays_out_of_repr() -> None:
    assert "Jane" not in repr(line("Jane", 0, 0))


NUMBERS = st.floats(0, 300).map(lambda value: round(value, 1))


@st.composite
def pages(draw: st.DrawFn) -> list[TextLine]:
    words = st.one_of(PIECES, st.sampled_from(["Name:", "Tel.", "4111", "1111", "+49 30", "901820", "DOB"]))
    rows = draw(st.lists(st.tuples(words, NUMBERS, NUMBERS, NUMBERS, st.floats(1, 40)), max_size=12))
    return [TextLine(text, (x, y, x + width, y + height), 0.9) for text, x, y, width, height in rows]


@given(pages(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_one_kind_a_line_in_any_order(page: list[TextLine], rng: random.Random) -> None:
    found = classify_lines(page)
    assert len(found) == len(page)
    assert set(found) <= set(KINDS)
    order = rng.sample(range(len(page)), len(page))
    assert classify_lines([page[i] for i in order]) == [found[i] for i in order]


def test_a_crowded_page_is_quick() -> None:
    page = [line(str(1000 + 7 * i), 60 * (i % 20), 30 * (i // 20), 45) for i in range(400)]
    start = time.process_time()
    assert len(classify_lines(page)) == 400
    assert time.process_time() - start < 5

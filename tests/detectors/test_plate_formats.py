"""Number plates by what they say: a case table of many countries, near misses, labels before them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.detectors.plate_formats import format_of
from hf_unsafe2safe.detectors.plate_labels import is_label, is_labelled

# Invented numbers, in the formats of the countries.
STRICT = {
    "United Kingdom": ["AB12 CDE", "AB12CDE", "A123 BCD", "ABC 123D"],
    "Ireland": ["131-D-1234", "12-KE-1234"],
    "France": ["AB-123-CD", "AB·123·CD", "F AB-123-CD"],
    "Italy": ["AB 123 CD", "AB123CD"],
    "Slovakia": ["BA-123CD"],
    "Spain": ["1234 BCD", "1234BCD"],
    "Belgium": ["1-ABC-123"],
    "Netherlands": ["12-AB-34", "12-ABD-3", "AB-123-C"],
    "Portugal": ["AA-12-34", "AA-12-BB", "12-34-AA"],
    "Germany": ["B-XY 1234", "B XY 1234", "HSK·AB 123", "M:AB 1234", "D B-XY 1234", "LÖ-AB 123E"],
    "Switzerland": ["ZH 123456", "VD·12345"],
    "Poland": ["KR 1AB23", "WX 1234A", "WPR 12AB"],
    "Czechia": ["5AU 5341", "5AU5341", "1A2 3456", "CZ 5AU 5341"],
    "Hungary": ["AA BC 123"],
    "Slovenia": ["LJ AB-123"],
    "Croatia": ["ZG 1234-AB"],
    "Serbia": ["BG 123-AB"],
    "Romania": ["B 123 ABC", "CJ 12 ABC"],
    "Bulgaria": ["CB 1234 AB"],
    "Denmark": ["AB 12 345"],
    "Turkey": ["34 ABC 123", "06 AB 1234"],
    "Russia": ["А123ВС 77", "A123BC777"],  # noqa: RUF001
    "Ukraine": ["АА 1234 ВВ", "AA 1234 BB"],  # noqa: RUF001
    "Belarus": ["1234 AB-7"],
    "Kazakhstan": ["123 ABC 02"],
    "India": ["MH 12 AB 1234", "MH12AB1234", "22 BH 1234 AA", "IND KA 01 A 1234"],
    "Indonesia": ["B 1234 ABC"],
    "Vietnam": ["30A-123.45", "51F 12345", "29-B1 123.45"],
    "Singapore": ["SBA 1234 A"],
    "Pakistan": ["LEA-12-1234"],
    "China": ["京A·12345", "粤B12345", "京AD12345"],
    "Japan": ["品川330あ1234", "品川 330 あ 12-34", "あ 12-34"],
    "Korea": ["12가 3456", "123가4567", "서울12가3456"],
    "Thailand": ["กก 1234", "1กก 1234"],
    "Iran": ["12 ب 345 ایران 67", "١٢ ب ٣٤٥ ٦٧"],
    "Egypt": ["أ ب ج ١٢٣٤"],
    "Australia": ["1AB-2CD", "AB-12-CD", "S123-ABC", "1ABC-234"],
    "South Africa": ["ABC 123 GP", "CA 123-456", "AB 12 CD GP"],
    "Nigeria": ["ABC-123DE"],
    "Kenya": ["KAA 123A"],
    "Brazil": ["ABC1D23"],
    "Argentina": ["AB 123 CD", "A123BCD"],
    "Chile": ["BC·DF·12"],
    "Peru": ["A1B-234"],
    "Mexico": ["ABC-12-34", "ABC-123-D"],
    "California": ["7ABC123"],
    "spelling": ["ＡＢ１２　ＣＤＥ", "AB\u200b12 CDE", " [AB12 CDE] ", "AB–123–CD"],  # noqa: RUF001
    "one look-alike": ["A812 CDE", "AB1Z CDE", "AB-I23-CD", "ABl2 CDE"],
}
LOOSE = {
    "Sweden, Finland, Lithuania": ["ABC 123", "ABC-123"],
    "Norway, Poland": ["AB 12345", "WX 12345"],
    "Greece, Malaysia, Texas": ["ABC-1234"],
    "Estonia": ["123 ABC"],
    "Latvia": ["AB-1234"],
    "Israel": ["12-345-67", "123-45-678"],
    "Emirates": ["A 12345"],
    "Austria": ["W-12345 A"],
    "OCR lost some or mistook two": ["LTZ 298", "IB12345", "AB-IZ3-CD", "0330"],
    # what must not count anywhere: norms, models, post codes, opening hours, units
    "ordinary": ["ISO 9001", "RTX 4090", "A320NEO", "SW1A 1AA", "BS1 5AB", "K1A 0B6", "CA 90210", "NE 68102"],
    "times and units": ["MO-FR 1000", "MON 09-17", "UP TO 500", "USB 300 MB", "1000 PLN", "SOS 1234"],
    "other scripts": ["من 2020", "พ.ศ. 2560", "12월 3456", "限速60公里"],
    "lower case": ["ab12 cd"],
}
NONE = [
    *("", " ", "A4", "MP3", "B2B", "24h", "453", "LSE", "Marylebone", "TAXI", "1.0"),
    *(
        "iPhone 12",
        "COVID 19",
        "COVID-19",
        "Windows 11",
        "Room 12",
        "Strana 9",
        "BUS 453",
        "LINE 12",
        "ROUTE 66",
    ),
    *("12/05/2021", "12.05.2021", "2021-05-12", "12 MAR 2021", "12-MAR-21", "5 JUN 20", "2019", "1998"),
    *(
        "12.50",
        "$12.50",
        "12,50 €",
        "EUR 1250",
        "100%",
        "50 %",
        "12:30",
        "12:30 PM",
        "10 AM",
        "15/19",
        "24/7",
    ),
    *("555-0142", "+1 415 555 2671", "0117 496 0123", "(030) 123456", "500 KM", "1500 RPM", "1000 kg"),
    *("DE89370400440532013000", "4111 1111 1111 1111", "123456789012", "2.0 TDI", "V1.2.3", "a@b12.com"),
    *(
        "AB12 CDE, parked here since May",
        "ABCDEFGHIJ12",
        "12345678901",
        "#1234",
        "AB@12",
        "x" * 5000,
        "1" * 5000,
    ),
]


def cases(table):
    return [(case, country) for country, group in table.items() for case in group]


@pytest.mark.parametrize(("plate", "country"), cases(STRICT))
def test_what_little_else_looks_like_counts_anywhere(plate, country):
    assert format_of(plate) == "strict"


@pytest.mark.parametrize(("plate", "country"), cases(LOOSE))
def test_what_ordinary_text_looks_like_too_is_loose(plate, country):
    assert format_of(plate) == "loose"


@pytest.mark.parametrize("line", NONE)
def test_near_misses_are_no_plates(line):
    assert format_of(line) is None


@given(st.text(max_size=60) | st.text("AB0O1I 9-.:٣あ가กВ", max_size=30))
def test_any_text_has_an_answer(line):
    assert format_of(line) in ("strict", "loose", None)
    assert is_labelled(f"Plate: {line}") in (True, False)
    assert is_label(line) in (True, False)


@pytest.mark.parametrize(
    "line",
    [
        "Plate: ABC 1234",
        "Vehicle Reg. No. AB 123, blue Ford",
        "license plate # 7ABC123",
        "Plate No. 12345",
        "Kfz-Kennzeichen: HH 123",
        "plaque d'immatriculation : AB 123",
        "Targa AB123CD",
        "MATRÍCULA 1234 BC",
        "Nr rej. WX 12345",
        "Госномер А123ВС",  # noqa: RUF001
        "车牌号码京A12345",
        "차량번호 12가 3456",
        "מספר רכב: 12-345-67",
        "رقم اللوحة ١٢٣٤ ABC",
    ],
)
def test_after_a_label_a_loose_plate_counts(line):
    assert is_labelled(line)


@pytest.mark.parametrize(
    "line",
    [
        "Registration fee 1200",  # a word between
        "Reg. 2019/679",  # a law
        "Registration 2023",  # a year
        "Vehicle 12345",  # no sign, no letter
        "plate 12 inch",
        "registered at 12 noon",
        "Targa 4",
    ],
)
def test_a_word_that_is_a_label_is_not_enough(line):
    assert not is_labelled(line)

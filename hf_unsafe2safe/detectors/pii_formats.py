"""Formats that prove themselves in a line of text: IBAN, card, e-mail, URL, user name, phone, date.

Every test takes text that `normalise` has cleaned, returns a bool, never raises and never logs: what it
reads is private. Quantifiers are bounded or anchored, so that time stays linear in the length. Words
(labels, honorifics, streets) are in `pii.py`.
"""

import re
import unicodedata
from itertools import islice


def fold(text: str) -> str:
    """Return the text in lower case without accents, as OCR often drops them.

    Example:
        >>> fold("Prénom, STRAßE")
        'prenom, strasse'
    """
    text = text.casefold()
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) != "Mn")


def words(text: str) -> frozenset[str]:
    """Return the words of a table, folded."""
    return frozenset(fold(text).split())


_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
# OCR reads these letters where digits are printed; only tried when the plain reading found nothing.
_LOOKALIKES = str.maketrans("OolI|SB", "0011158")
_DIGITISH = re.compile(r"(?<!\w)[\dOolI|SB]+(?:[ ()./-]{1,2}[\dOolI|SB]+)*(?!\w)")

# Total length by country, from the SWIFT IBAN registry.
_IBAN_LENGTHS = """no15 be16 dk18 fi18 fo18 gl18 nl18 fk18 sd18 mk19 si19 at20 ba20 ee20 kz20 lt20 lu20
    xk20 mn20 ch21 hr21 li21 lv21 bg22 bh22 cr22 de22 gb22 ge22 ie22 me22 rs22 va22 ae23 gi23 il23 iq23 tl23
    om23 so23 ad24 cz24 es24 md24 pk24 ro24 sa24 se24 sk24 tn24 vg24 ly25 pt25 st25 is26 tr26 bi27 dj27 fr27
    gr27 it27 mc27 mr27 sm27 al28 az28 by28 cy28 do28 gt28 hu28 lb28 ni28 pl28 sv28 br29 eg29 ps29 qa29 ua29
    jo30 kw30 mu30 ye30 mt31 sc31 lc32 ru33"""
_IBAN_LENGTH = {word[:2]: int(word[2:]) for word in _IBAN_LENGTHS.split()}
# As "No 12": a country code is not in mixed case. A look-ahead, so that "to SI12" is tried at both words.
_IBAN_START = re.compile(r"(?:(?<![^\W_])|(?<=(?i:iban)))(?=(?:[A-Z]{2}|[a-z]{2})(?: ?[\dOolISB]){2})")
# A whole run of 13 to 19 digits in any grouping; preceded by a plus it is a phone, by "1." a fraction. Inside
# longer runs (expiry, CVV beside it) only how cards are printed: 4-4-4-4, 4-6-5, 4-6-4, unbroken.
_CARDS = (
    re.compile(r"(?<![\d+])(?<!\d[ ,.-])(\d(?:[ -]?\d){12,18})(?![ -]?\d)(?![.,]\d)"),
    re.compile(r"(?<![\d+])(?=(\d{4}(?:[ -]{0,3}\d{4}){3})(?!\d))"),
    re.compile(r"(?<![\d+])(?=(3\d{3}[ -]{1,3}\d{6}[ -]{1,3}\d{4,5}|\d{13,19})(?!\d))"),
)
# First digits by scheme. 2 only as Mastercard and Mir (years and time stamps start with 20), 35 only as JCB
# (an IMEI is 15 digits, starts with 35 and passes Luhn).
_CARD_LEAD = re.compile(r"[456]|3(?:[046-9]|5(?=\d{14}))|2[2-7](?=\d{14})")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

_TLDS = words(
    """com org net edu gov mil info biz io ai co app dev xyz online shop store site tech blog club tv me cc ly
    eu uk us ca de fr es it pt nl be ch at pl cz sk hu ro bg gr se no dk fi ie is ru ua by tr il ae sa eg ma
    za ng ke in pk bd cn hk tw jp kr sg my th vn id ph au nz br mx ar cl pe lt lv ee si hr rs lu li to рф"""
)
# Words of their own: "we are open.it is" is a lost space, so no word may follow these.
_WORD_TLDS = words("in it is at be me to no us my id by ma pe se si co")
_SCHEME = re.compile(r"(?<!\w)(?:(?:https?|ftp) ?: ?/ ?/|www ?[.,] ?[\w-]+)", re.I)
_DOMAIN = re.compile(r"(?<![\w@./-])(?:[\w-]{1,63}\.){1,4}([^\W\d_]{2,12})(?![\w-]|\.\w)(?P<path>/[\w~.-])?")
_EMAIL = re.compile(
    r"[\w.+%'-]{0,63}[\w+]@(?:[\w-]{1,63}\.)+[^\W\d_]{2,}|[^\W\d_][\w.+-]{1,63}@[^\W\d_][\w-]{2,}"
)
# With a quirk (spaces, "(at)", a comma) the end must be a known domain: "Lunch @ noon, bring cake".
_EMAIL_QUIRK = re.compile(
    r"(?i)[\w.+-]{1,64} ?(?:[@©]|[(\[]at[)\]]) ?(?:[\w-]{1,63} ?(?:[.,]|[(\[]dot[)\]]) ?){1,4}([a-z]{2,9})\b"
)
HANDLE = re.compile(
    r"(?i)(?<![\w@./])@(?!\d+(?:am|pm|h|uhr|kg|x|st|nd|rd|th)?(?!\w))\w[\w.]{1,29}|(?<![\w/])u/[\w-]{3,20}"
)

_PHONE_GATE = re.compile(r"\d[\d ()./-]{5,}\d")
# Not decimals, not "+10 000 000 visitors".
_PLUS = re.compile(r"\+ ?\(?(?!\d{1,3}\.\d{4}|\d{1,3}(?:[ .]\d{3})*[ .]000(?! ?\d))\d[\d ()./-]{6,20}\d")
_EXIT_CODE = re.compile(r"(?<![\d.,/+-])(?<!\d )00 ?(?=[1-9][\d ])")
_SYMBOL = re.compile(r"[☎☏✆📞📱]\W{0,3}(?:\d[ ()./-]{0,3}){6}")
# What has digits and separators but is no phone; masked before national formats are looked for.
_NOISE = re.compile(
    r"(?i)(?<![\d./-])(?:\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d\d)|\d{4}([./-])\d{1,2}\2\d{1,2})(?![./-]?\d)"
    r"|(?<!\d)\d{1,2}[.:h]\d\d ?- ?\d{1,2}[.:h]\d\d(?!\d)|(?<!\d)\d{1,2}:\d\d(?::\d\d)?"
    r"|(?<![\d-])[0-2]\d[0-5]\d ?- ?[0-2]\d[0-5]\d(?![\d-])|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)"
    r"|[$€£¥₹] ?[\d.,']+|(?<![\d.,'])\d[\d.,']*(?: ?[$€£¥₹%]| (?:eur|usd|kg|[mck]m|ml|mah)(?!\w))"
    r"|(?<!\w)(?:isbn(?:-1[03])?|issn|ean|upc|gtin|sku|[ps]/n|part|serial|model|lot|batch|art|ref|order|item|cat"
    r"|invoice|inv|vat|hrb|imei)(?!\w)[ .:#]{0,3}(?:(?:no|nr|number|code)\b)?[ .:#]{0,3}[\dx][\dx ./-]{4,}",
)
_RUN = re.compile(r"(?<![\w+,])\(?\d[\d ()./-]{6,22}\d(?!\w|,\d)")
_SPLIT = re.compile(r" ?[/|] (?=\(?0)| [-/] | (?=\(?0\d{2,4}\)? )")
_ZERO = "GB DE FR IT NL BE CH AT JP CN AU NZ ZA KR IN SE IE TR TW IL AE MY TH VN ID PH RO UA EG NG"
# How a national number is printed, and the plans it is checked against; "" = the shape is proof enough.
_SHAPES = (
    (r"(?:1[ .-]?)?\([2-9]\d\d\) ?\d{3}[ .-]?\d{4}", ""),
    (r"(?:1[ .-])?[2-9]\d\d([.-])\d{3}\1\d{4}|555-\d{4}", ""),
    (r"(?:1 )?[2-9]\d\d[ .-]\d{3}[ .-]?\d{4}", "US IT"),
    (r"(?!(?:\d{4} ){2,}\d{4}$|(?:\d\d ){5}|\d{5}-\d{4}$)\(?0[\d ()./-]{7,}", _ZERO),
    (r"\(\d{2,5}\)[ /-]?\d{2,5}(?:[ -]?\d{2,5}){1,3}", "BR MX AR RU GB"),
    (r"\d\d 9?\d{4}[ -]\d{4}", "BR MX"),
    (r"[6-9]\d{4}[ -]\d{5}|1[3-9]\d[ -]\d{4}[ -]\d{4}", "IN CN"),
    (r"[2-9]\d\d[ -]\d{3}[ -]\d{3}|[6789]\d\d[ -]\d\d[ -]\d\d[ -]\d\d", "ES PT PL CZ"),
    (r"8[ -]?\(?\d{3}\)?[ -]\d{3}[ -]?\d\d[ -]?\d\d", "RU"),
    (r"3\d\d[ .-]\d{6,7}|1[38]00[ -]\d{3}[ -]\d{3}", "IT AU"),
)
_SHAPED = tuple((re.compile(pattern), regions.split()) for pattern, regions in _SHAPES)

_MONTHS = words(
    """january february march april may june july august september october november december jan feb apr jun
    jul aug sep sept oct nov dec januar februar marz mai juni juli oktober dezember okt dez janner janvier
    fevrier mars avril juin juillet aout septembre octobre novembre decembre janv fevr enero febrero marzo
    abril mayo junio julio agosto septiembre octubre noviembre diciembre ene abr dic gennaio febbraio aprile
    maggio giugno luglio settembre ottobre dicembre giu ott janeiro fevereiro marco maio junho julho setembro
    outubro novembro dezembro januari februari maart mei augustus mrt stycznia lutego marca kwietnia maja
    czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia ledna unora brezna dubna kvetna cervna
    cervence srpna zari rijna listopadu prosince января февраля марта апреля мая июня июля августа сентября
    октября ноября декабря"""
)
_ANY_MONTH = _MONTHS | words("set out ago mar gen mag lug maj")  # words too: these need day and year
_YMD = re.compile(r"(?<![\d.,/:-])(\d{4})([./-]) ?(\d{1,2})\2 ?(\d{1,2})(?![\d:]|[./-]\d)")
_DMY = re.compile(r"(?<![\w.,/:-])(\d{1,2})([./-]) ?(\d{1,2})\2 ?(\d{4}|\d\d)(?![\d:%]|[./-]\d)")
_SPACED = re.compile(r"(?<!\d)(?<!\d[ .,/-])(\d\d)( )(\d\d) ((?:19|20)\d\d)(?![ .,/-]?\d)")
_CJK_DATE = re.compile(r"\d{1,4} ?[年년] ?\d{1,2} ?[月월]|(?<!\d)\d{1,2} ?[月월] ?\d{1,2} ?[日일]")
_MONTH = re.compile(
    r"(?:(?<![\d.,:])(\d{1,2})(?:st|nd|rd|th|er|[.ºª])?[ ./-]{0,2}(?:of |de |di |d')?)?(?<![^\W\d_])"
    rf"({'|'.join(sorted(_ANY_MONTH, reverse=True))})(?![^\W\d_])\.?"
    r"(?:[ ,/-]{1,2}(\d{1,2})(?:st|nd|rd|th)?(?![\w:%]|[.,]\d))?"
    r"(?:[ ,./-]{0,2}(?:de |del )?'?(\d{4}|\d\d)(?![\d:]))?"
)


def normalise(text: str) -> str:
    r"""Return the text in one spelling: NFKC, ASCII digits and dashes, single spaces, nothing invisible.

    Example:
        >>> normalise("\u0664\uff11 \u200b  \u2013 a")
        '41 - a'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_DASHES)
        text = "".join(c if c < "\x80" else _visible(c) for c in text)
    return " ".join(text.split())


def _visible(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    # Cf: zero-width characters, bidi controls, soft hyphens; U+FE0E/F choose how an emoji looks.
    return "" if unicodedata.category(char) == "Cf" or char in "\ufe0e\ufe0f" else char


def _readings(text: str) -> tuple[str, ...]:
    """Return the text and, where a run is mostly digits, the text with its look-alike letters as digits."""

    def read(match: re.Match[str]) -> str:
        digits, symbols = len(re.findall(r"\d", match[0])), len(re.findall(r"[\w|]", match[0]))
        enough = symbols >= 7 and digits * 5 >= symbols * 3
        return match[0].translate(_LOOKALIKES) if enough else match[0]

    second = _DIGITISH.sub(read, text)
    return (text,) if second == text else (text, second)


def has_iban(text: str) -> bool:
    """Tell whether an IBAN is in the text: known country, its length, check sum 97, any spacing or case."""
    return any(_iban_at(text, match.start()) for match in _IBAN_START.finditer(text))


def _iban_at(text: str, start: int) -> bool:
    length = _IBAN_LENGTH.get(text[start : start + 2].lower())
    # Twice the length leaves room for a separator after every character.
    raw = "".join(c for c in text[start : start + 68] if c not in " -")[: length or 0]
    # Eight digits: a sentence that starts with "AT 20" must not have one chance in 97.
    if not length or len(raw) < length or not re.fullmatch(r"(?=(?:\D*\d){8})[A-Za-z\d]+", raw):
        return False
    bank = raw[:2] + raw[2:4].translate(_LOOKALIKES) + raw[4:8] + raw[8:].translate(_LOOKALIKES)
    return any(map(_is_iban, {raw, bank, raw[:2] + raw[2:].translate(_LOOKALIKES)}))


def _is_iban(raw: str) -> bool:
    return raw[2:4].isdigit() and int("".join(str(int(c, 36)) for c in raw[4:] + raw[:4])) % 97 == 1


def has_card(text: str) -> bool:
    """Tell whether a payment card number is in the text: 13 to 19 digits, known first digits, Luhn valid.

    Example:
        >>> has_card("4111-1111 1111-1111"), has_card("4111 1111 1111 1112"), has_card("4lll 1111 1111 1111")
        (True, False, True)
    """
    return any(
        _is_card(m[1]) for reading in _readings(text) for card in _CARDS for m in card.finditer(reading)
    )


def _is_card(number: str) -> bool:
    digits = [int(c) for c in number if c.isdigit()]
    luhn = sum(digits[-1::-2]) + sum(_DOUBLED[d] for d in digits[-2::-2])
    if luhn % 10 or not _CARD_LEAD.match("".join(map(str, digits))):
        return False
    # An unbroken 13 digits with a valid EAN check digit is a bar code; 13-digit cards are long gone.
    return len(number) != 13 or (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 != 0


def has_email(text: str) -> bool:
    """Tell whether an e-mail address is in the text, also with spaces around @, "(at)", a comma for a dot."""
    if not re.search(r"[@©]|[(\[]at[)\]]", text, re.I):
        return False
    return bool(_EMAIL.search(text)) or any(m[1].lower() in _TLDS for m in _EMAIL_QUIRK.finditer(text))


def has_url(text: str) -> bool:
    """Tell whether a web address is in the text: a scheme, www, or a bare domain with a known ending."""
    return bool(_SCHEME.search(text)) or ("." in text and any(map(_is_domain, _DOMAIN.finditer(text))))


def _is_domain(match: re.Match[str]) -> bool:
    tld, label = match[1], match[0][: match.start(1) - match.start() - 1].rpartition(".")[2]
    if tld.lower() not in _TLDS or match["path"]:
        return bool(match["path"]) and tld.lower() in _TLDS
    # "fin.De", "Dr.No" are lost spaces; "5.in" is a size.
    if tld.lower() not in ("com", "net", "org") and (tld.istitle() or not re.search(r"[^\W\d_]", label)):
        return False
    if tld.lower() in _WORD_TLDS:
        return len(label) >= 3 and not re.match(r" ?\w", match.string[match.end() :])
    return len(label) >= 2


def has_phone(text: str) -> bool:
    """Tell whether a phone number is in the text: international, or national and printed like one."""
    if _SYMBOL.search(text):
        return True
    return any(_phone_in(reading) for reading in _readings(text) if _PHONE_GATE.search(reading))


def _phone_in(text: str) -> bool:
    import phonenumbers  # 30 ms and its tables: only when a line looks like a number

    world = _EXIT_CODE.sub("+", text)
    if any(True for _ in phonenumbers.PhoneNumberMatcher(world, None, max_tries=20)):
        return True
    # A possible length is enough after a plus: an invented or misread number still looks like one.
    if any(_is_number(match[0]) for match in _PLUS.finditer(world)):
        return True
    # Twenty runs a window: a page of number columns must not cost 20 parses a number.
    runs = islice(_RUN.finditer(_NOISE.sub("#", text)), 20)
    return any(_is_national(part.strip(" -/.")) for run in runs for part in {run[0], *_SPLIT.split(run[0])})


def _is_national(run: str) -> bool:
    if not re.search(r"[ ()./-]", run):  # a bare digit run needs a label, which is looked for elsewhere
        return False
    fitting = [regions for shape, regions in _SHAPED if shape.fullmatch(run)]
    return any(not regions or any(_is_number(run, region) for region in regions) for regions in fitting)


def _is_number(run: str, region: str | None = None) -> bool:
    import phonenumbers as lib

    try:
        number = lib.parse(run, region)
    except lib.NumberParseException:
        return False
    if region:
        return bool(lib.is_valid_number_for_region(number, region))
    return bool(lib.is_possible_number_with_reason(number) == lib.ValidationResult.IS_POSSIBLE)


def has_date(text: str) -> bool:
    """Tell whether a calendar date is in the text, numeric or with a month name, day or year beside it."""
    if _CJK_DATE.search(text) or any(_is_day(m[4], m[3], m[1]) for m in _YMD.finditer(text)):
        return True
    return any(map(_is_dmy, [*_DMY.finditer(text), *_SPACED.finditer(text)])) or _has_month(text)


def _is_dmy(match: re.Match[str]) -> bool:
    first, sep, second, year = match.groups()
    # "3.11.10" is a version and "3-2-10" a score: with a short year both other parts have two digits.
    if len(year) == 2 and sep != "/" and len(first + second) < 4:
        return False
    return _is_day(first, second, year) or (sep != "." and _is_day(second, first, year))


def _is_day(day: str, month: str = "1", year: str = "2000") -> bool:
    return 1 <= int(day) <= 31 and 1 <= int(month) <= 12 and (len(year) == 2 or 1800 <= int(year) < 2100)


def _has_month(text: str) -> bool:
    folded = fold(text)
    if not re.search(r"\d", text) or _ANY_MONTH.isdisjoint(re.findall(r"[^\W\d_]{3,12}", folded)):
        return False
    for before, word, after, year in _MONTH.findall(folded):
        day, full = (
            any(map(_is_day, filter(None, (before, after)))),
            (before and (after or year)) or (after and year),
        )
        if (day and full) or (word in _MONTHS and (day or (len(year) == 4 and _is_day("1", "1", year)))):
            return True
    return False

"""Names with an honorific, and postal addresses of many countries."""

import re

from .pii_formats import fold
from .pii_labels import NO_NAME

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
CONTINUED = re.compile(
    r"(?:[a-z]{1,2}-)?\d{4,6}(?: ?[a-z]{2})?,? [^\W\d_]{3}|\d\d-\d{3} |\d{3} \d\d |(?:flat|apt|unit) ?\w"
    r"|[^\W\d_][\w .'-]+,? (?:[a-z]{2},? )?\d{4,6}(?:-\d{4})?$|.*\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}$"
)


def has_name(line: str) -> bool:
    """Return whether a normalised line has a name with an honorific."""
    for match in _TITLE.finditer(line):
        title, who, bare = (match["title"] or "").lower(), match["who"], match["dot"] == " "
        # "MS Word"; "45 Oak Dr Springfield"
        other = bare and (match["title"] == "MS" or (title == "dr" and has_address(line)))
        if not (other or who[0].islower() or fold(who) in NO_NAME):
            return True
    return bool(_OTHER_NAME.search(line))


def has_address(line: str) -> bool:
    """Return whether a normalised line has a postal address or coordinates."""
    return bool(re.search(r"\d", line)) and bool(_STREET.search(fold(line)) or _POSTCODE.search(line))

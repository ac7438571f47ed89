"""What questions ask for, and how an answer of that kind looks, as patterns.

Each row of :data:`MEASURES` is a kind of measure: how it is asked for, what an answer
holds, and what stands within a few words of that.
"""

_NUMBER_WORD = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
    r"fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety|hundred|thousand|million|billion|dozen|half|third|quarter|"
    r"no|none|one|once|twice|several)"
)
NUMBER = rf"\d[\d,.]*|{_NUMBER_WORD}(?:-\w+)?"
_FIGURE = rf"(?:\b\d[\d,. ]*|\b{_NUMBER_WORD}(?:-\w+)?\s)"
_LENGTH = (
    rf"{_FIGURE}\s*-?(?:m|km|cm|mm|ft|metres?|meters?|kilomet\w+|centimet\w+|foot|feet|"
    r"(?:nautical\s+)?miles?|yards?|inch\w*)\b|"
    r"\ba\s+(?:metre|meter|kilomet\w+|mile|foot)\b"
)
_MONTHS = (
    r"January|February|(?-i:March|May)|April|June|July|August|September|October|"
    r"November|December"
)
YEAR = r"\b(?:1\d|20)\d\ds?\b|\bcentur\w+\b|\bAD\b|\bB\.?C\b|\byears?\s+ago\b"
_DAY = r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b"
DATE = rf"{YEAR}|\b(?:{_MONTHS})\b|{_DAY}"
TIME = (
    rf"{DATE}|\b(?:spring|summer|autumn|winter|night|noon|midday|midnight|morning|"
    r"evening|during|after|before|until|when(?:ever)?|once|above|except)\b|"
    r"\b\d{1,2}[:.]\d\d\b"
)
CLOCK = (
    r"\b\d{1,2}(?:[.:]\d\d)?\s*(?:a\.?m|p\.?m|o'clock)\b|\b\d{1,2}[:.]\d\d\b|"
    r"\b(?:noon|midnight|midday|dawn|dusk|sunrise|sunset|morning|evening|night)\b"
)
_LASTING = (
    r"\b(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|centur\w+|decades?|"
    r"nights?)\b"
)
_MONEY = (
    r"(?:euros?|dollars?|pounds?|crowns?|francs?|yen|marks?|cents?|thalers?|guilders?|"
    r"rupees?|kron\w+|pesos?|shillings?|pence|EUR|USD|GBP|CHF)\b"
)
_PRICED = r"(?:price\w*|costs?|fees?|fares?|rent|budget|charge\w*|earn\w*|paid|pays?)\b"
_CURRENCY = (
    rf"[€$£]\s*\d|{_FIGURE}\s*(?:[€$£]|(?:(?:million|thousand|billion|hundred)\s+)?"
    rf"{_MONEY})|\b{_MONEY}\W+\d|\bfree\b(?!\s+(?:of|from|to)\b)|\bfor\s+nothing\b|"
    rf"\bno\s+(?:charge|fee)\b|\b{_PRICED}(?![^.;]{{0,12}}\bli[fv]es?\b)[^.;]{{0,40}}\d|"
    rf"\d[^.;]{{0,30}}\b{_PRICED}"
)
SOMEBODY = (
    r"\b(?:by\s+(?:an?\s+|the\s+|two\s+|three\s+|some\s+|its\s+)?\w+|compan\w+|owner|"
    r"operator|farmers?|engineers?|architects?|scientists?|researchers?|divers|"
    r"fishermen|soldiers|troops|monks?|nuns?|counts?|dukes?|duchess\w*|kings?|queens?|"
    r"emperors?|bishops?|universit\w+|cooperative|city|state|estate|government|army|"
    r"navy|famil\w+|settlers|pilgrims|tourists|shepherd|boys?|girls?|men|women|workers|"
    r"volunteers|locals|residents|inhabitants|club|council|parish|refugees|firm|"
    r"authority|office|society|neighbours?|owners?|brothers?|sisters?|children|guild|"
    r"ministry|police|visitors|passengers|students|knight|merchants?)\b"
)
LIES = (
    r"(?:squares?|streets?|roads?|bridges?|rivers?|lakes?|mount|islands?|isle|bay|hall|"
    r"house|church|park|farm|forest|valley|hill|harbour|port|station|field|pit|point|"
    r"gate|tower|castle|dam|canal|pass|quay|spit|north|south|east|west)"
)
"""What a name that has it in it is a place by."""
CALLED = r"\b(?:called|named?|nicknamed|known\s+as|calls?)\b"
_DAYS = (
    r"\b(?:every|each|once|twice|times|daily|weekly|monthly|yearly|rarely|never|often|"
    r"seldom)\b|\ba\s+(?:day|week|month|year)\b|\b\w+days\b"
)
_HIGH = (
    r"\b(?:tall|high|height|taller|higher|stands?|stood|rises?|reach\w*|climbs?|"
    r"lies\s+at|mountain|volcano|peak|summit)\b"
)
_MASS = r"(?:kg|kilos?|kilogram\w*|tonnes?|tons?|pounds?|grams?)\b"
_RATE = (
    r"\b(?:an|per|a|every|each)\s+(?:hour|second|minute|day|year|month)\b|\bkm/h\b|"
    r"\bknots\b|\bmph\b"
)
MEASURES: tuple[tuple[str, str, str], ...] = (
    (r"how\s+(?:tall|high)\b|height\b|(?:what|which)\s+altitude", _LENGTH, _HIGH),
    (
        r"how\s+deep\b|(?:what|which|the)\s+(?:\w+\s+)?depth\b",
        _LENGTH,
        r"\b(?:deep\w*|depth|dredged|down|below|under|at|appears?)\b",
    ),
    (
        r"how\s+long\s+(?:is|are|(?:was|were)(?!.*\s(?:\w{2,}ed|shut|open|under|out|away|"
        r"gone|there|in|on|at|stuck|lost)\b))\s|\blength\b",
        _LENGTH,
        r"\b(?:long|length|longer|after|runs?|stretch\w*)\b",
    ),
    (
        r"how\s+(?:wide|broad)|\bwidth\b",
        _LENGTH,
        r"\b(?:wide|width|broad|across|narrow\w*)\b",
    ),
    (r"how\s+thick|\bthickness\b", _LENGTH, r"\bthick\w*\b"),
    (
        r"how\s+far\b|\bwhat\s+(?:is\s+the\s+)?distance\b",
        _LENGTH,
        r"\b(?:off|away|from|far|as|seen|to|downstream|upstream|distance)\b",
    ),
    (r"how\s+(?:warm|cold|hot)\b|\btemperature\b", r"\bdegrees?\b|°|\d\s*C\b", ""),
    (
        r"how\s+(?:much|expensive)\b.*\bcosts?\b|\bwhat\s+do(?:es)?\b.*\bcosts?\b|"
        r"\bcosts?\b\W*$|\bprice\b|\bearns?\b|\b(?:entry|entrance)\s+fee\b|"
        r"\b(?:what|how\s+much)\b.*\b(?:fee|fare|rent|charge|budget|salary)\b|"
        r"how\s+much\s+(?:is|are|was|were)\b|how\s+much\b.*\bpa(?:y|id)\b|"
        r"\b(?:do|does|must|should)\s+(?:i|you|one|we|\w+)\s+(?:have\s+to\s+)?pay\b|"
        r"how\s+much\s+money\b",
        _CURRENCY,
        "",
    ),
    (r"how\s+heavy\b|\bweighs?\b|\bweight\b", rf"\b{_MASS}", ""),
    (r"how\s+fast\b|\bspeed\b", _RATE, ""),
    (r"how\s+strong\b", rf"{_RATE}|\b(?:force|magnitude|level|percent)\b|%", ""),
    (
        r"how\s+(?:large|big)\b|\bwhat\s+(?:is\s+the\s+)?(?:\w+\s+)?(?:area|size)\b",
        rf"\d|\b{_NUMBER_WORD}\b",
        r"\b(?:hectares?|ha|[kcm]?m[2²]|square|sq|acres?|by|area|size|covers?|large|big|"
        r"tonnes?|tons?|litres?|wide|across|diameter|people|inhabitants)\b|²|×",
    ),
    (
        r"how\s+old\b",
        r"\byears?\b|\b1\d\d\d\b|\b20\d\d\b|\bcentur\w+",
        r"\b(?:years?|old|aged?|built|found\w*|born|dat(?:es?|ed)|erect\w+|"
        r"plant\w+|made|laid|open\w+)\b",
    ),
    (r"how\s+(?:often|frequently|regularly)", _DAYS, ""),
    (
        r"how\s+long\b|\bwhat\s+time\s+does\b.*\btake\b",
        rf"{_LASTING}|\b(?:1\d|20)\d\d\b",
        "",
    ),
    (
        r"(?:what|which)\s+colou?rs?\b",
        r"\b(?:red|green|blue|yellow|white|black|grey|gray|brown|pink|orange|purple|"
        r"violet|ochre|golden|silver|turquoise|colou?r\w*|dark|pale)\b",
        "",
    ),
    (r"\bfrequency\b", r"\b[kMG]?Hz\b|\bmegahertz\b|\bkilohertz\b|\d", ""),
    (r"\b(?:what|how\s+much)\s+power\b", r"\b[kMG]W\b|\b\w*watts?\b", ""),
)
WHEN: tuple[tuple[str, str], ...] = (
    (r"(?:(?:what|which)\s+(?:year|century|decade)|since\s+when)\b", YEAR),
    (r"(?:what|which)\s+month\b", rf"\b(?:{_MONTHS})\b"),
    (r"(?:what|which)\s+weekday\b", _DAY),
    (r"(?:what|which)\s+(?:day|date)\b", rf"{_DAY}|\b(?:{_MONTHS})\b"),
    (r"(?:what|which)\s+(?:time|hour)\b", CLOCK),
    (r"(?:what|which)\s+season\b", rf"{TIME}"),
    (r"when\s+(?:did|was|were)\b", rf"{DATE}|\b(?:spring|summer|autumn|winter)\b"),
    (
        r"when\s+will\b",
        rf"\b(?:will|plan\w*|next|until|by|due|expect\w*|intend\w*)\b.*(?:{DATE})|"
        rf"(?:{DATE}).*\b(?:will|plan\w*|next|due|expect\w*)\b",
    ),
)
"""How a time is asked for, and what an answer to that holds, the strictest first."""
REASON = (
    r"\b(?:because|since(?!\s+(?:\d|then|the\s+\w+\s+of|early|late|its|January|February|"
    r"March|April|May|June|July|August|September|October|November|December))|so\s+that|"
    r"(?<!as\s)(?<!well\s)(?<!such\s)(?<!known\s)as\s+(?:it|they|there|he|she|its?|their|"
    r"no|most|the|nobody|so)\b(?!\s+\w+\s+as\b)|therefore|thus|due\s+to|owing|thanks\s+to|"
    r"caus\w+|led\s+to|in\s+order|reason\w*|result\w*|fear\w*|wanted|too\s+\w+|"
    r"prevent\w*|needed|for\s+(?:want|lack|fear)\s+of|on\s+grounds|after\s+(?:a|an)\b|"
    r"mean(?:s|t)\s+that|mak(?:es|ing)|made|blam\w+|explain\w*|protect\w*|save|avoid\w*|"
    r"keep|stop|attribut\w+|hence|consequen\w+)\b|"
    r"\b\w+(?:ed|en|own|wn)\s+(?:\w+\s+)?by\b"
)
CAUSE = (
    r"\bhow\s+did\b.*\b(?:break\s+out|come\s+about|happen|start)\b|"
    r"\b(?:the|what)\s+(?:reason|cause)s?\s+(?:for|of|why|that)\b|\bwhat\s+for\b|"
    r"\bfor\s+what\s+reason\b|\bmight\s+explain\b"
)
"""Questions after a cause that have no *why*."""
AGENT = (
    r"^\W*what\s+(?:set|stop(?:s|ped)|knock\w+|kill\w+|destroy\w+|damag\w+|prevent\w+|"
    r"delay\w+|broke|ruin\w+|wreck\w+|start(?:s|ed)|trigger\w+|gives?|gave|drove|drives|"
    r"turn(?:s|ed)|made|makes|led)\b"
)
"""Questions after what did something: it may be told without a word of reason."""
DIMENSION = (
    r"[\s-]*(?:and\s+|or\s+)?(?P<told>broad|wide|long|high|tall|thick|deep|across|in\s+"
    r"(?:height|length|diameter|width))\b"
)
"""What a length is the measure of, behind it."""
MAYBE_REASON = (
    r"\b(?:so|when|after|for(?!\s+(?:\w+\s+)?(?:years?|months?|weeks?|days?|hours?|"
    r"minutes?)\b)|by|from|if|where|unlike|which|that|to\s+\w+|through|mostly)\b|[:;]|"
    r",\s+and\b"
)
PLACE = (
    r"\b(?:in|at|on|near|from|to|into|between|under|beside|behind|along|of|\w+wards?)\b"
)
ORIGIN = (
    r"\b(?:from|origin\w*|native|brought|imported?|comes?|came|sources?|suppl\w+|"
    r"import\w*)\b"
)
COUNTED = (
    r"\b(?:how\s+many|(?:the|its|total)\s+number\s+of(?!\s+(?:the|its|this)\b)|"
    r"^number\s+of)\s+"
    r"(?P<what>[^?]+?)(?=\s+(?:are|is|were|was|did|do|does|have|has|had|can|will|in|of|"
    r"at|on|there|that|who|which|live|living|fit|come|came|work|took|go|goes|went|use|"
    r"cross|up|out|off|over|with|to|from|by|for|after|before|since|take|sleep|stay|"
    r"[a-z]{3,}ed|died|lie|make|made|get|got|left|lost|still|really|per|a)\b|"
    r"\s*\?|\s*$)|\bpopulation\b"
)
AMOUNT = (
    r"\bhow\s+much\s+(?!is\b|are\b|was\b|were\b|do|did\b|of\b|money\b)(?P<what>\w+)"
)
QUANTITY = (
    rf"\d|\b{_NUMBER_WORD}\b|\b(?:all|most|tenths?|nothing|percent|little|hardly)\b"
)
STUFF = (
    rf"{_FIGURE}\s*(?:(?:hecto|milli|mega)?lit(?:re|er)s?|m3|m³|cubic|gallons?|barrels?|"
    rf"[kMGT]Wh|{_MASS})"
)
"""A number of what stuff is measured in: *how much water*."""

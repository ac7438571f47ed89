"""Words that ask nothing: *could you tell me*, *in your database*, *thanks*."""

import re

POLITE = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:i(?:'d|\s+would)\s+(?:like|love)\s+to\s+(?:know|learn|see|find\s+out)|i\s+(?:want|need)\s+to\s+know|"
        r"i(?:'m|\s+am)\s+(?:wondering|curious|interested\s+in)|i\s+wonder|"
        r"i(?:'d|\s+would)\s+be\s+(?:(?:most|very|so)\s+)?(?:grateful|glad|happy)\s+(?:to\s+(?:know|learn|hear)|if\s+you\s+could\s+tell\s+me)|can\s+you\s+(?:tell|show|give)(?:\s+me)?|"
        r"could\s+you\s+(?:please\s+)?(?:tell|show|give)(?:\s+me)?|do\s+(?:you|u|ya)\s+(?:happen\s+to\s+)?(?:know|have)|"
        r"please|pls|plz|(?:convert|calculate|compute|state|specify)(?:\s+me)?|tell\s+me|show\s+me|give\s+me|let\s+me\s+know|any\s+idea|what\s+about|how\s+about|"
        r"(?:that\s+)?you\s+(?:know|hold|have)(?:\s+(?:any\s+)?(?:data|information|records?)\s+(?:on|about|for))?(?:\s+(?:of|about))?|thanks|thank\s+you|hi|hello|hey|by\s+the\s+way)\b",
        r"\b(?:in|of|from|according\s+to)\s+(?:the|your|this|our)\s+(?:whole\s+|entire\s+)?"
        r"(?:knowledge(?:\s+base)?|data(?:base|set)?|collection|catalogue|world|earth|globe|planet|records?)\b",
        r"\b(?:in|of)\s+all\s+(?:of\s+)?(?:the\s+)?(?:world|knowledge)\b",
        r"\b(?:on|in)\s+(?:file|store|record)\b|\bas\s+the\s+crow\s+flies\b|"
        r"\b(?:in|along)\s+an?\s+straight\s+line\b|\b(?:of|out\s+of)\s+th(?:e|ese)\s+(?:two|three|four|five)\b|"
        r"\b(?:do|have)\s+you\s+(?:have|got|hold|list)(?:\s+got)?\b",
        r"\b(?:on|of)\s+(?:the\s+)?(?:planet\s+)?earth\b|\bworldwide\b|\bglobally\b|\bearth's\b|\bworld's\b|"
        r"\bknown\s+to\s+(?:man|you)\b",
        r"^\s*(?:so|well|and|but|ok|now)\b,?",
        r"\b(?:as|in)\s+(?:an?\s+)?(?:json|csv|yaml|table|list|markdown|bullet\s+points?|text|words?)\b|"
        r"\b(?:as\s+)?(?:seen\s+)?from\s+(?:above|space|the\s+air|an?\s+(?:plane|aeroplane|satellite)|"
        r"satellites?|orbit)\b",
        r"^\W*(?:(?:pub\s+)?(?:trivia|quiz)(?:\s+(?:night|time|question))?|quick\s+question|homework|question)\s*[:,-]|"
        r",?\s*\b(?:go|quick|quickly|asap|cheers|thx|ty)\W*$|"
        r"\b(?:in\s+the\s+end|eventually|ultimately)\b|"
        r"\b(?:manag(?:e|es|ed|ing)|gets?\s+by|does|do)\s+(?=without\b)|"
        r"\b(?:per|a|each|every)\s+(?:year|annum)\b|\b(?:annually|yearly|approximately)\b",
        r"\b(?:everything|all)\s+(?:you\s+know\s+)?(?=about\b)|\bof\s+(?:note|interest)\b",
        r"\b(?:all|any|some|every)\s+(?:of\s+)?(?:the\s+)?(?=[a-z]+s\b)",
    )
)
"""Each may stand several times in a question."""

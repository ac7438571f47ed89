"""Acquisition times and satellites in the names of files and products.

A name's first field is tried against the patterns of known products, each with the
publisher's own place for the time of acquisition; times of processing, which some of
these names also hold, are never taken for it. Any other file's name may hold one plain
date (``ortho_2019-06-05.tif``), or a start and an end within a day; two dates that are
further apart say nothing.
"""

import datetime as dt
import re
from typing import NamedTuple

from rsrag.imagery.metadata.moments import plausible, zone_of


class NamedMoment(NamedTuple):
    """A time of acquisition read from a name.

    Attributes:
        moment: UTC.
        rule: which names it is read from, for reports.
    """

    moment: dt.datetime
    rule: str


_ISO = "%Y%m%dT%H%M%S"
_PRODUCTS = (
    # S2A_OPER_PRD_MSIL1C_PDMC_20160605T194041_R022_V20150817T101020_20150817T101020:
    # the first time is the product's making, V marks the sensing.
    ("Sentinel-2", _ISO, r"S2[A-D]_OPER_.*_V(\d{8}T\d{6})"),
    ("Sentinel-2", None, r"S2[A-D]_OPER_"),
    # S2A_MSIL2A_20200131T101231_N0213_R022_T32TQM_20200131T121212
    ("Sentinel-2", _ISO, r"S2[A-D]_MSIL\w\w_(\d{8}T\d{6})_"),
    # T32TQM_20200131T101231_B04, L2A_T32TQM_20200131T101231_B04_10m
    ("Sentinel-2", _ISO, r"(?:L\w\w_)?T\d\d[A-Z]{3}_(\d{8}T\d{6})_"),
    # S2A_32TQM_20200131_0_L2A of AWS
    ("Sentinel-2", "%Y%m%d", r"S2[A-D]_\d\d[A-Z]{3}_(\d{8})_\d"),
    # S1A_IW_GRDH_1SDV_20180420T063852_20180420T063917_021553_…, s1a-iw-grd-vv-…
    (
        *("Sentinel-1", _ISO),
        r"S1[A-D][_-](?:S\d|IW\d?|EW\d?|WV\d?)[_-].*?[_-](\d{8}T\d{6})[_-]",
    ),
    # S3A_OL_1_EFR____20200131T101231_20200131T101531_…
    ("Sentinel-3", _ISO, r"S3[A-D]_[A-Z]{2}_.*?_(\d{8}T\d{6})_"),
    # LC08_L1TP_193026_20200131_20200205_01_T1: acquired, then processed
    ("Landsat", "%Y%m%d", r"L[COTEM]\d\d_\w{4}_\d{6}_(\d{8})_"),
    # LC08_CU_003010_20200131_20210503_02_SR: analysis ready data
    ("Landsat", "%Y%m%d", r"L[COTEM]\d\d_[A-Z]{2}_\d{6}_(\d{8})_"),
    # LC80320292016255LGN00
    ("Landsat", "%Y%j", r"L[COTEM]\d\d{6}(\d{7})[A-Z]{3}\d\d"),
    # MOD09GA.A2020123.h18v04.006.2020125034444, VNP46A1.A2020123.…
    ("MODIS or VIIRS", "%Y%j.%H%M", r"\w+\.A(\d{7}\.\d{4})\."),
    ("MODIS or VIIRS", "%Y%j", r"\w+\.A(\d{7})\."),
    # SVI01_npp_d20200131_t1012310_e1013552_b12345_c20200131163000123456_noaa_ops
    ("MODIS or VIIRS", "%Y%m%d_t%H%M%S", r"\w+_d(\d{8}_t\d{6})\d_e\d{7}_"),
    # MOD13Q1.061__250m_16_days_NDVI_doy2020123_aid0001, …_doy2020123101231_aid0001
    ("AppEEARS", "%Y%j%H%M%S", r".+_doy(\d{13})(?=[_.]|$)"),
    ("AppEEARS", "%Y%j", r".+_doy(\d{7})(?=[_.]|$)"),
    # OR_ABI-L2-MCMIPF-M6_G16_s20200311012310_e20200311021530_c20200311022010
    ("GOES", "%Y%j%H%M%S", r"OR_\S+_s(\d{13})\d_e\d{14}"),
    # HS_H08_20200131_1010_B01_FLDK_R10_S0110
    ("Himawari", "%Y%m%d_%H%M", r"HS_H\d\d_(\d{8}_\d{4})_"),
    # HLS.S30.T10TET.2020123T190911.v2.0
    ("HLS", "%Y%jT%H%M%S", r"HLS\.[LS]30\.T\w{5}\.(\d{7}T\d{6})\."),
    # AST_L1T_00301312020101231_20200201… : month before day
    ("ASTER", "%m%d%Y%H%M%S", r"AST_\w+?_\d{3}(\d{14})_"),
    # m_3907864_sw_17_060_20210912[_20220101]: flown, then published
    ("NAIP", "%Y%m%d", r"m_\d{7}_[ns][ew]_\d\d?_\w+?_(\d{8})(?=[_.]|$)"),
    # 20170831_172754_101c_3B_AnalyticMS, PSScene_20220101_101010_00_2451_3B
    (
        *("Planet", "%Y%m%d_%H%M%S"),
        r"(?:PS\w*_)?(\d{8}_\d{6})(?:_\d\d)?_[0-9a-z]{4}(?=[_.]|$)",
    ),
    ("Planet", "%Y%m%d_%H%M%S", r"(\d{8}_\d{6})_ssc?\d+"),
    # SkySat_20170831T195552Z_RGB
    ("SkySat", _ISO, r"SkySat_(\d{8}T\d{6})Z?"),
    # 17AUG31195552-M1BS-056244128010_01_P001
    ("Maxar", "%y%b%d%H%M%S", r"(\d\d[A-Z]{3}\d{8})-[A-Z]\d[A-Z]{2}"),
    # IMG_PHR1A_PMS_202001311012312_ORT_1234567101-001_R1C1: tenths of a second last
    (
        *("Pleiades or SPOT", "%Y%m%d%H%M%S"),
        r"(?:IMG|DIM)_(?:PHR|PNEO|SPOT)\w+?_(\d{14})\d(?=_)",
    ),
    # ENMAP01-____L2A-DT0000001049_20220611T095823Z_001_V010303_20230101T120000Z
    ("EnMAP", _ISO, r"ENMAP\d\d-\w+-\w+_(\d{8}T\d{6})Z_"),
    # GF2_PMS1_E113.7_N34.8_20190502_L1A0003977441
    ("Gaofen", "%Y%m%d", r"GF\d\w?_\w+_E[\d.]+_N[\d.]+_(\d{8})_"),
    # CBERS_4A_WPM_20200131_209_139_L4
    ("CBERS", "%Y%m%d", r"CBERS_4A?_\w+?_(\d{8})_"),
)
"""Family, how its time is written (``None``: names hold no acquisition), and names."""

_PATTERNS = [
    (f"{family} name", time, re.compile(pattern, re.IGNORECASE))
    for family, time, pattern in _PRODUCTS
]
_CLOCK = (
    r"(?:[T_ -]?(?P<h>[01]\d|2[0-3])[:-]?(?P<m>[0-5]\d)[:-]?(?P<s>[0-5]\d)"
    r"(?:\d{3}(?!\d))?"
    r"(?:Z|(?P<zone>(?:\+|(?<=T\d{6})-)(?:0\d|1[0-4]):?(?:00|15|30|45))(?![0-9]))?)?"
)
_DAY = (
    r"(?P<year>(?:19|20)\d\d)(?P<dash>[-_.]?)(?P<month>0[1-9]|1[0-2])(?P=dash)"
    r"(?P<day>0[1-9]|[12]\d|3[01])"
)
_PLAIN = re.compile(
    r"(?<![0-9A-Za-z])(?:IMG|DSC|DJI|PXL|VID)?[_-]?" + _DAY + _CLOCK + r"(?![0-9])"
)
_LETTER_BEFORE = re.compile(r"(?<![0-9])" + _DAY + r"(?![0-9])")
"""A date that may be glued to a word: ``v20200101_to_20201231`` has two."""


def moment_in_name(name: str) -> NamedMoment | None:
    """Time of acquisition in a path, if its names hold one.

    Args:
        name: a path; folders are asked as well as the file, but only for names of
            products: the plain date of a folder may be that of a delivery.
    """
    parts = name.replace("\\", "/").split("/")
    for part in reversed(parts):
        for rule, time, pattern in _PATTERNS:
            match = pattern.match(part)
            if match is None:
                continue
            if time is None:
                break
            moment = _parsed(match[1], time)
            if moment is not None:
                return NamedMoment(moment, rule)
        else:
            if part is parts[-1] and (moment := _plain_date(part)) is not None:
                return NamedMoment(moment, "date in the name")
    return None


def _parsed(text: str, form: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.strptime(text.upper(), form).replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    return moment if plausible(moment) else None


def _plain_date(name: str) -> dt.datetime | None:
    """The only time in a name; of a start and an end right behind it, the start."""
    found: list[tuple[dt.datetime, re.Match[str]]] = []
    for match in _PLAIN.finditer(name):
        parts = ("year", "month", "day", "h", "m", "s")
        year, month, day, hour, minute, second = (int(match[p] or 0) for p in parts)
        try:
            moment = dt.datetime(
                *(year, month, day, hour, minute, second), tzinfo=zone_of(match["zone"])
            ).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            continue
        if plausible(moment):
            found.append((moment, match))
    if len({moment for moment, _ in found}) == 1:
        days = {one.group("year", "month", "day") for _, one in found}
        glued = _LETTER_BEFORE.finditer(name)
        others = {one.group("year", "month", "day") for one in glued} - days
        return None if others else found[0][0]
    if len(found) > 1:
        (start, one), (end, other) = found[:2]
        together = one["h"] and other["h"] and other.start() <= one.end() + 1
        if together and dt.timedelta() <= end - start <= dt.timedelta(days=1):
            return start
    return None


_SENSORS = (
    (r"S1([A-D])[_-](?:S\d|IW|EW|WV)", "Sentinel-1{}"),
    (r"S2([A-D])_(?:MSIL|OPER|\d\d[A-Z]{3}_)", "Sentinel-2{}"),
    (r"S3([A-D])_[A-Z]{2}_", "Sentinel-3{}"),
    (r"L[COTEM]0?(\d)_[A-Z0-9]{4}_\d{6}_", "Landsat {}"),
    (r"L[COTEM](\d)\d{13}[A-Z]{3}\d\d", "Landsat {}"),
    (r"M[OY]D\w+\.A\d{7}\.", "MODIS"),
    (r"VNP\w+\.A\d{7}\.", "VIIRS"),
    (r"SkySat_", "SkySat"),
    (r"(?:PS\w*_)?\d{8}_\d{6}(?:_\d\d)?_[0-9a-f]{4}_3B", "PlanetScope"),
    (r"GF(\d)_", "Gaofen-{}"),
    (r"CBERS_(4A?)_", "CBERS-{}"),
)
_SENSOR_PATTERNS = [
    (re.compile(r"(?:^|/)" + pattern, re.IGNORECASE), words)
    for pattern, words in _SENSORS
]


def sensor_in_name(name: str) -> str | None:
    """Satellite in a path, by the name of one of its products."""
    path = name.replace("\\", "/")
    for pattern, words in _SENSOR_PATTERNS:
        if match := pattern.search(path):
            return words.format(*(group.upper() for group in match.groups()))
    return None

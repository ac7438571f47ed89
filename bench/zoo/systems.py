"""Reference systems of the zoo, each with a point in it and the side of a pixel."""

from typing import NamedTuple


class System(NamedTuple):
    """A reference system and where in it a picture lies.

    Attributes:
        name: of the file.
        crs: as GDAL takes it.
        lon, lat: degrees, the middle of the picture.
        side: of a pixel, in units of the system.
    """

    name: str
    crs: str
    lon: float
    lat: float
    side: float


MODIS_SINUSOIDAL = "+proj=sinu +R=6371007.181 +units=m"

SYSTEMS = (
    # UTM: at the edges of zones, of the Earth, and out of its zone.
    System("utm01-at-180", "EPSG:32601", -179.995, 10, 100),
    System("utm60-at-180", "EPSG:32660", 179.995, -17, 100),
    System("utm01-south", "EPSG:32701", -179.99, -40, 300),
    System("utm32-west-edge", "EPSG:32632", 6.0, 45, 30),
    System("utm32-north", "EPSG:32632", 9.0, 83.9, 30),
    System("utm33-south", "EPSG:32733", 15.0, -79.5, 30),
    System("utm32-in-zone-33", "EPSG:32632", 15.0, 60, 500),
    System("utm-at-equator", "EPSG:32631", 3.0, 0.0, 1000),
    System("utm-km", "+proj=utm +zone=33 +datum=WGS84 +units=km", 15.0, 50, 0.1),
    System("utm-ed50", "EPSG:23032", 9.0, 48, 20),
    System("utm-nad27", "EPSG:26711", -117.0, 36, 20),
    # Around poles, and over them.
    System("psn-3413-pole", "EPSG:3413", -45, 90, 5000),
    System("psn-3413-at-180", "EPSG:3413", 180, 75, 1000),
    System("psn-3995-pole-off", "EPSG:3995", 30, 89.5, 10000),
    System("psn-3995", "EPSG:3995", 179.9, 70, 500),
    System("pss-3031-pole", "EPSG:3031", 0, -90, 5000),
    System("pss-3031-at-180", "EPSG:3031", 180, -77, 1000),
    System("pss-3976", "EPSG:3976", 10, -70, 250),
    System("ups-north", "EPSG:32661", 100, 86, 100),
    System("ups-north-en", "EPSG:5041", -170, 87, 100),
    System("ups-south", "EPSG:32761", -60, -88, 100),
    System("laea-north", "EPSG:6931", -120, 80, 6250),
    System("laea-south-pole", "EPSG:6932", 0, -90, 25000),
    System("laea-3408-sphere", "EPSG:3408", 12, 85, 12500),
    System("laea-3574", "EPSG:3574", -40, 65, 1000),
    System("lambert-canada", "EPSG:3347", -100, 75, 500),
    System("albers-alaska-at-180", "EPSG:3338", 180, 52, 1000),
    # Of the whole Earth.
    System("equal-earth", "EPSG:8857", 100, 40, 2000),
    System("equal-earth-asia-at-180", "EPSG:8859", 180, -20, 2000),
    System("equal-earth-high", "EPSG:8857", -60, 80, 2000),
    System("mollweide", "ESRI:54009", 170, 60, 1000),
    System("mollweide-south", "ESRI:54009", -65, -55, 1000),
    System("robinson", "ESRI:54030", 20, 45, 1000),
    System("eckert-iv", "ESRI:54012", -100, 40, 1000),
    System("sinusoidal", "ESRI:54008", 60, 30, 500),
    System("sinusoidal-modis", MODIS_SINUSOIDAL, 12, 50, 463.3127),
    System("winkel-tripel", "ESRI:54042", 30, -30, 1000),
    System("natural-earth", "+proj=natearth +datum=WGS84", 70, 20, 1000),
    System("hammer", "+proj=hammer +datum=WGS84", 30, 60, 1000),
    System("van-der-grinten", "+proj=vandg +datum=WGS84", 30, 60, 1000),
    System("goode", "+proj=igh +datum=WGS84", 15, 50, 1000),
    System("geostationary", "+proj=geos +h=35785831 +datum=WGS84", 20, 40, 3000),
    System("ease-2-global", "EPSG:6933", -178, 30, 9000),
    System("plate-carree-m", "EPSG:4087", 50, -30, 1000),
    System("mercator", "EPSG:3395", 50, 60, 1000),
    System("web-mercator", "EPSG:3857", 11, 48, 10),
    System("web-mercator-at-180", "EPSG:3857", 180, 70, 500),
    System("miller", "ESRI:54003", 11, 48, 100),
    # Of countries, with their own axes, units, datums and meridians.
    System("osgb", "EPSG:27700", -2, 54, 25),
    System("lambert-93", "EPSG:2154", 3, 46, 20),
    System("ntf-paris", "EPSG:27572", 2.5, 47, 25),
    System("ntf-paris-grads", "EPSG:4807", 2.5, 47, 0.001),
    System("belgium-72", "EPSG:31370", 4.5, 50.5, 10),
    System("rd-new", "EPSG:28992", 5.4, 52.1, 10),
    System("krovak-east-north", "EPSG:5514", 15, 49.8, 10),
    System("krovak-south-west", "EPSG:5513", 16, 49.5, 10),
    System("krovak-2065-ferro", "EPSG:2065", 15, 50, 10),
    System("swiss-lv95", "EPSG:2056", 8, 47, 10),
    System("swiss-lv03", "EPSG:21781", 7.5, 46.9, 10),
    System("poland-92-north-first", "EPSG:2180", 19, 52, 10),
    System("austria-lambert", "EPSG:31287", 13, 47.5, 10),
    System("austria-m34-ferro", "EPSG:31256", 16.4, 48.2, 10),
    System("gauss-krueger-3", "EPSG:31467", 9, 50, 10),
    System("dhdn", "EPSG:4314", 10, 50, 0.001),
    System("laea-europe", "EPSG:3035", 10, 52, 100),
    System("finland", "EPSG:3067", 25, 62, 10),
    System("finland-kkj", "EPSG:2393", 27, 62, 10),
    System("sweden", "EPSG:3006", 16, 60, 10),
    System("hungary-eov", "EPSG:23700", 19, 47, 10),
    System("romania-stereo70", "EPSG:31700", 25, 46, 10),
    System("greece", "EPSG:2100", 23, 38, 10),
    System("portugal", "EPSG:3763", -8, 39, 10),
    System("israel", "EPSG:2039", 35, 31.5, 5),
    System("nztm", "EPSG:2193", 175, -41, 10),
    System("nzmg", "EPSG:27200", 172, -43, 10),
    System("chatham-islands-at-180", "EPSG:3793", -176.5, -44, 10),
    System("australia-albers", "EPSG:3577", 134, -25, 100),
    System("mga-2020", "EPSG:7855", 147, -37, 10),
    System("south-africa-lo19-south", "EPSG:2048", 19.2, -33.8, 10),
    System("namibia-german-metres", "EPSG:29371", 15, -22, 10),
    System("brazil-polyconic", "EPSG:5880", -55, -10, 1000),
    System("sad69-utm", "EPSG:29193", -45, -23, 10),
    System("argentina-gk", "EPSG:22185", -60, -34, 10),
    System("japan-plane-9", "EPSG:6677", 139.8, 35.7, 5),
    System("china-cgcs", "EPSG:4547", 114, 30, 10),
    System("korea-2000", "EPSG:5186", 127, 37, 5),
    System("singapore", "EPSG:3414", 103.8, 1.35, 2),
    System("hong-kong", "EPSG:2326", 114.1, 22.3, 2),
    System("new-york-feet", "EPSG:2263", -74, 40.7, 10),
    System("california-us-feet", "EPSG:2225", -122, 41, 10),
    System("texas-feet", "EPSG:2277", -98, 30.5, 10),
    System("conus-albers", "EPSG:5070", -96, 38, 30),
    System("quebec", "EPSG:32198", -70, 52, 100),
    System("mexico-lcc", "EPSG:6372", -102, 24, 50),
    System("india-everest-yards", "EPSG:24370", 68, 35, 100),
    System("utm-plus-height", "EPSG:5972", 9, 61, 10),
    System("osgb-plus-height", "EPSG:7405", -1.5, 52, 10),
    System("wgs84-plus-egm", "EPSG:9518", 8, 8, 0.001),
    System("wgs84-3d", "EPSG:4979", -8, 8, 0.001),
    System("omerc-malaysia", "EPSG:3375", 102, 4, 20),
    System(
        "omerc-own", "+proj=omerc +lat_0=46 +lonc=7 +alpha=30 +k=1 +gamma=0", 7, 46, 20
    ),
    System("tmerc-own", "+proj=tmerc +lat_0=10 +lon_0=33 +ellps=bessel", 33, 10, 20),
    System("towgs84", "+proj=tmerc +lon_0=9 +ellps=bessel +towgs84=0,0,0", 9, 50, 20),
    System(
        "towgs84-seven",
        "+proj=tmerc +lon_0=9 +ellps=bessel "
        "+towgs84=598.1,73.7,418.2,0.202,0.045,-2.455,6.7",
        9,
        50,
        20,
    ),
    System("aeqd-own", "+proj=aeqd +lat_0=-80 +lon_0=170 +datum=WGS84", 175, -79, 500),
    System(
        "rotated-pole",
        "+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=39.25 +lon_0=18 "
        "+datum=WGS84",
        10,
        50,
        0.01,
    ),
    # Degrees.
    System("wgs84", "EPSG:4326", 10, 50, 0.001),
    System("wgs84-at-180", "EPSG:4326", 180, 50, 0.01),
    System("crs84", "OGC:CRS84", -10, 50, 0.001),
    System("nad83", "EPSG:4269", -100, 40, 0.001),
    System("nad27", "EPSG:4267", -100, 40, 0.001),
    System("etrs89", "EPSG:4258", 10, 60, 0.001),
    System("ed50", "EPSG:4230", 10, 60, 0.001),
    System("gda94", "EPSG:4283", 140, -30, 0.001),
    System("cgcs2000", "EPSG:4490", 110, 30, 0.001),
    System("tokyo", "EPSG:4301", 139, 35, 0.001),
    System("clarke-sphere", "+proj=longlat +R=6370997", 20, 20, 0.001),
)

"""Reports of retrieval and of zero-shot classification as pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from rsrag.plain_values import first_few
from rsrag.rendering.evaluations.charts import Bar
from rsrag.rendering.evaluations.report_page import Block, Chart, Page

_RANKS = ("R@1", "R@5", "R@10")
_WAYS = {"i2t": "image to text", "t2i": "text to image"}
_SHOWN, _CHARTED = 5, 40
_PROTOCOLS = {
    "georsclip": "GeoRSCLIP's: 105 templates, folder names lower-cased",
    "readable": "105 templates, names as words",
    "classify": "as rsrag classify: 4 templates, names as words",
    "zero_shot": "cosines of the vectors given",
}


def retrieval_page(report: Mapping[str, Any]) -> Page:
    """Hit rates beside their ceilings, repeated captions, and what was left out."""
    twins, ceiling = report["duplicates"], report["duplicates"]["ceiling"]
    lenient = twins["when_copies_count"]
    rows = [["", *_RANKS]]
    for way, words in _WAYS.items():
        rows.append([words, *(percent(report[way][k]) for k in _RANKS)])
        rows.append(["  at most", *(percent(ceiling[way][k]) for k in _RANKS)])
    chart = Chart(
        "retrieval.png",
        "Hit rates, and the ceiling that repeated captions set",
        ("measured", "ceiling"),
        [
            (f"{way} {k}", [Bar(report[way][k]), Bar(ceiling[way][k])])
            for way in _WAYS
            for k in _RANKS
        ],
    )
    lines = [
        f"mR {percent(report['mR'])} of at most {percent(ceiling['mR'])}: "
        f"{report['images']:,} images, {report['captions']:,} captions.",
        f"{twins['distinct_captions']:,} captions are distinct; "
        f"{twins['captions_of_several_images']:,} stand under more than one image, "
        "which sets the ceiling.",
        f"mR {percent(lenient['mR'])} if a copy of an image's caption under another "
        "image counts as its own.",
    ]
    encoder = report["settings"]["encoder"]["id"]
    block = Block(f"Retrieval, {encoder}", rows, lines, chart)
    return whole_page(f"Retrieval with {encoder}", [block], report)


def zeroshot_page(report: Mapping[str, Any]) -> Page:
    """Accuracies under each protocol, calibration, and each class."""
    named = {name: report[name] for name in report["protocols"]}
    first = next(iter(named.values()))
    # Of nine columns nobody reads one; report.json has them all.
    shown = {name: one for name, one in named.items() if name in _PROTOCOLS}
    shown = named if len(named) <= len(shown) + 2 else shown
    rows = [["", "TOP-1", "TOP-5", "MEAN CLASS"]]
    rows += [
        [name, *(percent(one[key]) for key in ("top1", "top5", "mean_class"))]
        for name, one in named.items()
    ]
    lines = [f"{name}: {words}" for name, words in _PROTOCOLS.items() if name in named]
    lines.append(f"{report['images']:,} images of {len(first['per_class'])} classes.")
    if any("transductive" in name or "debias" in name for name in named):
        lines.append(
            "transductive and debias see all pictures at once: not accuracies of "
            "single pictures."
        )
    empty = [name for name, one in first["per_class"].items() if not one["n"]]
    if empty:
        lines.append(f"Classes without a picture: {first_few(empty, _SHOWN)}.")
    each = first["per_class"]
    # A plot of hundreds of classes is none; the table below it has them all.
    weakest = list(each)
    if len(weakest) > _CHARTED:
        there = [label for label in each if each[label]["n"]]
        weakest = sorted(there, key=lambda name: each[name]["top1"])[:_CHARTED]
    chart = Chart(
        "classes.png",
        "Accuracy by class" + (", the weakest" if len(weakest) < len(each) else ""),
        tuple(shown),
        [
            (label, [Bar(one["per_class"][label]["top1"]) for one in shown.values()])
            for label in weakest
        ],
    )
    encoder = report["settings"].get("encoder") or {"id": "given vectors"}
    classes = [["CLASS", "N", *shown]]
    classes += [
        [
            label,
            str(first["per_class"][label]["n"]),
            *(percent(one["per_class"][label]["top1"]) for one in shown.values()),
        ]
        for label in first["per_class"]
    ]
    blocks = [
        Block(f"Zero-shot, {encoder['id']}", rows, lines),
        *_calibrations(named),
        Block("Accuracy by class", classes, (), chart),
    ]
    title = f"Zero-shot classification with {encoder['id']}"
    return whole_page(title, blocks, report)


def localize_page(report: Mapping[str, Any]) -> Page:
    """Scores of heat maps beside those of maps that know nothing, with intervals."""
    names = {
        "pointing": "POINTING",
        "ap": "AP",
        "iou": "IOU",
        "rsu": "RSU",
        "ras": "RAS (LOW)",
        "rda": "RDA",
        "rmi": "RMI",
    }
    rows = [["", *names.values()]]
    for way, scores in report["ways"].items():
        rows.append([way, *(f"{scores[name]['value']:.3f}" for name in names)])
        ends = [f"{scores[n]['low']:.2f}-{scores[n]['high']:.2f}" for n in names]
        rows.append(["", *ends])
    lines = [
        f"{report['queries']:,} sentences about {report['images']:,} pictures; under "
        "each figure 95 % of a bootstrap over pictures.",
        "Rmi rises when a map is sharpened, though its peak stays where it is: read it "
        "beside pointing and AP.",
    ]
    encoder = report["settings"]["encoder"]["id"]
    block = Block(f"Localisation, {encoder}", rows, lines)
    blocks = [block, settings_block(report["settings"])]
    return Page(f"Localisation with {encoder}", blocks)


def segment_page(report: Mapping[str, Any]) -> Page:
    """IoU of each class, their mean, and what the commonest class would get."""

    def figure(one: Mapping[str, float] | None) -> list[str]:
        if one is None:
            return ["-", ""]
        return [f"{one['value']:.3f}", f"{one['low']:.2f}-{one['high']:.2f}"]

    heads = report["settings"]["heads"]
    rows = [["CLASS", "SHARE", "IOU", "95 %", "HEAD"]]
    for one in report["classes"]:
        name = one["class"]
        rows.append([name, f"{one['share']:.1%}", *figure(one["iou"]), heads[name]])
    rows.append(["mean IoU", "", *figure(report["miou"]), ""])
    rows.append(["accuracy", "", *figure(report["accuracy"]), ""])
    floor = report["majority"]
    rest = report["unscored"]
    lines = [
        f"{report['images']:,} pictures, {report['pixels']:,} pixels"
        f"{f' and {rest:,} that are not scored' if rest else ''}; 95 % of a bootstrap "
        "over pictures.",
        f"{floor['class']} everywhere: mean IoU {floor['miou']:.3f}, accuracy "
        f"{floor['accuracy']:.3f}.",
    ]
    names = [one["class"] for one in report["classes"]]
    table = [["TRUE", *names, "no class"]]
    for name, counts in zip(names, report["confusion"], strict=True):
        table.append([name, *(percent(100 * n / max(1, sum(counts))) for n in counts)])
    note = ["Rows are true classes, columns what was said, in percent of the row."]
    encoder = report["settings"]["encoder"]["id"]
    blocks = [
        Block(f"Segmentation, {encoder}", rows, lines),
        Block("Confusion", table, note),
        settings_block(report["settings"]),
    ]
    return Page(f"Segmentation with {encoder}", blocks)


def _calibrations(named: Mapping[str, Any]) -> list[Block]:
    rows = [["", "TEMPERATURE", "ERROR", "FITTED: TEMPERATURE", "ERROR", "ON N"]]
    for name, one in named.items():
        if (found := one["calibration"]) is not None:
            rows.append(
                [
                    name,
                    f"{found['unfitted_temperature']:.4g}",
                    percent(found["error_before"]),
                    f"{found['temperature']:.4g}",
                    percent(found["error_after"]),
                    str(found["measured_on"]),
                ]
            )
    if len(rows) == 1:
        return []
    note = (
        "Expected calibration error in percent: fitted on one half of the pictures, "
        "measured on the other."
    )
    return [Block("Calibration", rows, [note])]


def whole_page(title: str, blocks: Sequence[Block], report: Mapping[str, Any]) -> Page:
    """A page that ends with what was left out, and all settings."""
    rest = [*left_out(report["left_out"]), settings_block(report["settings"])]
    return Page(title, [*blocks, *rest])


def left_out(found: Mapping[str, Any]) -> list[Block]:
    """What does not count in the figures, by name; nothing if all does."""
    lines = []
    for key, what in found.items():
        words = key.replace("_", " ")
        if isinstance(what, int):
            if what:
                lines.append(f"{what:,} {words}")
        elif what:
            lines.append(
                f"{len(what):,} {words}: {first_few([_named(x) for x in what], _SHOWN)}"
            )
    return [Block("Left out", (), lines)] if lines else []


def _named(one: Any) -> str:
    if isinstance(one, Mapping):
        return f"{one['source']} ({one['reason']})"
    return str(one)


def settings_block(settings: Mapping[str, Any]) -> Block:
    """All settings, for the page only."""
    rows = [["SETTING", "VALUE"]]
    for key, value in settings.items():
        inner = value if isinstance(value, Mapping) else {"": value}
        for name, one in inner.items():
            if one is not None:
                words = one if not isinstance(one, list) else ", ".join(map(str, one))
                rows.append([f"{key} {name}".strip(), str(words)])
    return Block("Settings", rows, brief=False)


def percent(value: float | None) -> str:
    """Two decimals, as papers print them."""
    return "-" if value is None else f"{value:.2f}"

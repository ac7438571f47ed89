"""Zero-shot classification: accuracies, alone and with the whole archive at hand.

Class names put into words, as zero-shot protocols do it.

GeoRSCLIP (Zhang et al., "RS5M and GeoRSCLIP", TGRS 2024) has one set of 105 templates:
three words for the picture, each in 35 patterns after CLIP's for ImageNet. Its class
names are those of the data set's folders, lower-cased, with ``_`` and ``/`` as blanks,
so EuroSAT's are *annualcrop* and *sealake*: what the published figures were made with.
"""

import re
from collections.abc import Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ConfigError, QueryError
from rsrag.interfaces import Encoder
from rsrag.rag.looking.calibration import calibration_error, fit_temperature, log_loss
from rsrag.rag.looking.scene import label_vectors, readable
from rsrag.rag.looking.transduction import debias, softmax, transduce
from rsrag.types import Vectors
from rsrag.vectors import unit_rows

Labels = NDArray[np.intp]
LEAST_FOR_CALIBRATION = 40


def accuracies(
    logits: NDArray[np.floating], labels: Labels, classes: Sequence[str]
) -> dict[str, Any]:
    """Accuracies in percent, of ``(n, classes)`` logits and ``(n,)`` true columns.

    Returns:
        ``top1``; ``top5``, ``None`` with five classes or fewer; ``mean_class``, the
        mean of the classes' own accuracies, those without a picture left out;
        ``per_class``, ``n`` and ``top1`` by name, ``None`` without a picture.

    Raises:
        ConfigError: no picture, or lengths that differ.
    """
    if not len(labels) or logits.shape != (len(labels), len(classes)):
        raise ConfigError(
            f"Logits of shape {logits.shape} do not go with {len(labels)} labels of "
            f"{len(classes)} classes."
        )
    own = logits[np.arange(len(labels)), labels][:, None]
    # Of what ties the first column is taken, as argmax does.
    earlier = np.arange(logits.shape[1]) < labels[:, None]
    rank = ((logits > own) | ((logits == own) & earlier)).sum(axis=1)
    right = rank == 0
    counts = np.bincount(labels, minlength=len(classes))
    hits = np.bincount(labels, right, len(classes))
    per_class = {
        name: {
            "n": int(count),
            "top1": round(100 * float(hit / count), 4) if count else None,
        }
        for name, count, hit in zip(classes, counts, hits, strict=True)
    }
    there = counts > 0
    return {
        "top1": _percent(right),
        "top5": _percent(rank < 5) if len(classes) > 5 else None,
        "mean_class": round(100 * float((hits[there] / counts[there]).mean()), 4),
        "per_class": per_class,
    }


def zero_shot_protocols(
    images: Vectors,
    texts: Vectors,
    labels: Labels,
    classes: Sequence[str],
    *,
    temperature: float,
    transductive: bool = False,
    debiased: bool = False,
    seed: int = 0,
) -> dict[str, dict[str, Any]]:
    """Accuracies of cosines, and of the two ways to label a whole archive.

    ``images`` ``(n, dim)`` and ``texts`` ``(classes, dim)`` are unit rows, ``labels``
    ``(n,)`` columns of the true classes. Cosines are divided by ``temperature`` (0.01
    for a CLIP); ``seed`` draws the halves on which calibration is fitted and measured.

    Returns:
        ``zero_shot``, and ``transductive`` and ``debias`` (see
        :mod:`rsrag.rag.looking.transduction`) where they are asked for.
    """
    cosines = images @ texts.T
    logits = cosines / temperature
    scores = {"zero_shot": cosines.astype(np.float64)}
    if transductive:
        scores["transductive"] = np.log(transduce(images, logits) + 1e-30)
    if debiased:
        scores["debias"] = debias(logits)
    return {
        name: {
            **accuracies(table, labels, classes),
            "calibration": calibration(
                table, labels, temperature if name == "zero_shot" else 1.0, seed
            ),
        }
        for name, table in scores.items()
    }


def calibration(
    logits: NDArray[np.floating], labels: Labels, temperature: float, seed: int
) -> dict[str, Any] | None:
    """A temperature fitted on one half of the pictures, measured on the other.

    ``logits`` are cosines, or logarithms of probabilities; ``temperature`` is what is
    used without fitting; ``seed`` draws the halves.

    Returns:
        ``temperature``, how many pictures it was fitted and measured on, and expected
        calibration error (percent) and log loss before and after; ``None`` with fewer
        than 40 pictures.
    """
    if len(labels) < LEAST_FOR_CALIBRATION:
        return None
    order = np.random.default_rng(seed).permutation(len(labels))
    fit, rest = order[: len(order) // 2], order[len(order) // 2 :]
    found = fit_temperature(logits[fit], labels[fit])
    figures: dict[str, Any] = {
        "temperature": round(found, 6),
        "unfitted_temperature": temperature,
        "fitted_on": len(fit),
        "measured_on": len(rest),
    }
    for name, value in (("before", temperature), ("after", found)):
        error = calibration_error(softmax(logits[rest], value), labels[rest])
        figures[f"error_{name}"] = round(100 * error, 4)
        figures[f"log_loss_{name}"] = round(
            log_loss(logits[rest], labels[rest], value), 6
        )
    return figures


def _percent(hits: NDArray[np.bool_]) -> float:
    return round(100 * float(hits.mean()), 4)


Naming = Literal["georsclip", "readable", "classify"]
PROTOCOLS: tuple[Naming, ...] = ("georsclip", "readable", "classify")
"""Folder names in 105 templates; words of them in the same; what ``rsrag classify``
does with them."""

_PICTURES = (
    ("a", "remote sensing image"),
    ("an", "aerial image"),
    ("a", "satellite image"),
)
_PREFIXES = (
    *("low resolution", "bad", "cropped", "bright", "dark", "close-up"),
    *("black and white", "jpeg corrupted", "blurry", "good"),
)
_KINDS = ("large", "nice", "small", "weird", "cool")
PROMPTS = {
    "skyscript": "{}",
    "roof_shape": "building, {}",
    "smoothness": "road, {}",
    "surface": "road, {}",
}
"""What SkyScript's two sentences hold: the class, or what an attribute is one of."""
_SEPARATORS = re.compile(r"[_/]")


def georsclip_templates() -> tuple[str, ...]:
    """The 105 templates, each with one ``{}`` for the class."""
    templates = []
    for article, picture in _PICTURES:
        plain = f"{article} {picture} of"
        templates.append(f"{plain} many {{}}.")
        for which in ("a", "the"):
            templates += [
                f"{plain} {which} {{}}.",
                f"{plain} {which} hard to see {{}}.",
            ]
            templates += [f"a {p} {picture} of {which} {{}}." for p in _PREFIXES]
            templates += [f"{plain} {which} {kind} {{}}." for kind in _KINDS]
    return tuple(templates)


def prompts_of(given: str) -> tuple[str, ...]:
    """Templates by a name of :data:`PROMPTS`, or one that is given.

    Raises:
        ConfigError: no such name, and no place for the class.
    """
    if given in PROMPTS:
        said = PROMPTS[given]
        photo, image = "a satellite photo of", "a satellite image of"
        return (f"{photo} {said}.", f"{image} {said}")
    if given.count("{}") != 1 or given.count("{") != 1 or given.count("}") != 1:
        raise ConfigError(
            f"{given!r} is no prompt: it has no single {{}} for the class.",
            hint=f"'a satellite photo of {{}}.', or one of {', '.join(PROMPTS)}",
        )
    return (given,)


def folder_name(label: str) -> str:
    """A class as GeoRSCLIP's protocol says it: ``Baseball_Field`` and the like."""
    return _SEPARATORS.sub(" ", label.lower())


@runtime_checkable
class HasTextFeatures(Protocol):
    """An encoder that gives text vectors before they are scaled to length one."""

    def text_features(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """``(n, dim)`` float32, not normalised."""
        ...


def class_vectors(
    labels: Sequence[str],
    encoder: Encoder,
    protocol: Naming,
    templates: Sequence[str] = (),
) -> Vectors:
    """``(n, dim)`` unit rows, a class each; ``protocol``: one of :data:`PROTOCOLS`.

    ``templates`` stand in the place of the 105, each with one ``{}``. The mean is taken
    of un-normalised features where the encoder gives them (those of open_clip do), as
    GeoRSCLIP's code does; else of unit rows.

    Raises:
        QueryError: no label, a blank one, or two that read the same.
    """
    if protocol == "classify":
        return label_vectors(labels, encoder)
    say = folder_name if protocol == "georsclip" else readable
    names = [say(label).strip() for label in labels]
    if not names or not all(names):
        raise QueryError("There is no class, or one has a blank name.")
    if twins := {name for name in names if names.count(name) > 1}:
        raise QueryError(f"Two classes read {min(twins)!r} in the protocol {protocol}.")
    templates = templates or georsclip_templates()
    texts = [template.format(name) for name in names for template in templates]
    if isinstance(encoder, HasTextFeatures):
        rows = encoder.text_features(texts)
    else:
        rows = encoder.encode_texts(texts)
    each = rows.astype(np.float64).reshape(len(names), len(templates), -1)
    return unit_rows(each.mean(axis=1))

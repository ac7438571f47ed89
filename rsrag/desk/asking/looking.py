"""Captions and labels of pictures, from what is known and what is like them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.answers import Answer, Classified, Evidence, LabelScore
from rsrag.desk.argument_check import told
from rsrag.desk.asking.open_knowledge import OpenKnowledge
from rsrag.desk.asking.question_search import CAPTIONS

if TYPE_CHECKING:
    from rsrag.desk.imagery.finding.pictures import PictureLike
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.imagery.picture import OpenedPicture
    from rsrag.interfaces import Encoder, VectorStore
    from rsrag.rag.looking.examples import Prototypes
    from rsrag.rag.looking.looks import Looks
    from rsrag.types import EncoderIdentity, Hit, Vectors

LABELS = 10
"""How many like pictures' labels are listened to."""

Near = Callable[["Vectors", frozenset[str]], Sequence["Hit"]]


class LookingKnowledge(OpenKnowledge):
    """Knowledge that is shown pictures."""

    @cached_property
    def _examples(
        self,
    ) -> "dict[tuple[Path, EncoderIdentity, tuple[str, ...]], Prototypes]":
        """Classes of examples that were asked for already."""
        return {}

    @told
    def caption(
        self,
        image: "PictureLike",
        *,
        index: "Index | str | None" = None,
        neighbours: int = CAPTIONS,
        exclude_self: bool = False,
    ) -> Answer:
        """Describe a picture: kind of scene, captions of like ones, the place.

        Args:
            image: what is to be described.
            index: captioned imagery, whose captions of like pictures are drawn on.
            neighbours: how many like pictures.
            exclude_self: leave out chips cut from ``image``.

        Raises:
            ImageryError: the picture cannot be read.
        """
        from rsrag.rag.looking.captioning import CaptionRequest, CaptionTools, caption

        picture = self._picture(image)
        assert picture is not None
        excluded = self._itself(picture, exclude_self, index)
        with self._looking(index) as (looks, store), self.catalogue() as catalogue:
            request = CaptionRequest(
                str(picture.path),
                picture.pixels,
                picture.footprint,
                excluded,
                objects=tuple(_objects(picture, looks.encoder, asked=False)),
            )
            near = None if store is None else _nearest(store, neighbours)
            tools = CaptionTools(looks, near, catalogue, self.generator)
            return caption(request, tools)

    @told
    def classify(
        self,
        image: "PictureLike",
        labels: Sequence[str] = (),
        *,
        index: "Index | str | None" = None,
        neighbours: int = LABELS,
        exclude_self: bool = False,
        unsure: float = 0.5,
        temperature: float | None = None,
        by_place: bool = True,
        closed: bool = False,
        examples: Path | None = None,
    ) -> Classified:
        """Label a picture by its looks, its neighbours' labels and known places.

        Args:
            image: what is to be labelled.
            labels: to choose from; kinds of scene by default.
            index: labelled imagery, whose labels of like pictures count, too.
            neighbours: how many like pictures.
            exclude_self: leave out chips cut from ``image``.
            unsure: probability below which the answer is unsure.
            temperature: of the probabilities; the encoder's own by default.
            by_place: whether known places count.
            closed: one of the labels is right.
            examples: a folder of pictures for each label, in the place of ``labels``.

        Raises:
            ImageryError: the picture cannot be read.
            QueryError: labels or examples that cannot be.
        """
        from rsrag.rag.answering.places import Whereabouts, neighbours as around_of
        from rsrag.rag.looking.classification import classify

        picture = self._picture(image)
        assert picture is not None
        excluded = self._itself(picture, exclude_self, index)
        place = Whereabouts.of(None, None, picture.footprint)
        with self._looking(index) as (looks, store), self.catalogue() as catalogue:
            shown = self._shown(looks, labels, examples)
            scores = (
                partial(shown.scores, temperature=temperature, closed=closed)
                if shown
                else self._scorer(looks, labels, temperature, closed)
            )
            vector = looks.encoder.encode_images([picture.pixels])
            near = (
                [] if store is None else _nearest(store, neighbours)(vector, excluded)
            )
            found = classify(
                str(picture.path),
                scores(vector),
                hits=near,
                place=place,
                around=around_of(place, catalogue, 0.0, excluded)
                if place and catalogue and by_place
                else (),
                geometry=picture.footprint,
                unsure=unsure,
                odd=shown is None and looks.odd(vector),
            )
            return replace(found, doubts=shown.doubts) if shown else found

    def _shown(
        self, looks: "Looks", labels: Sequence[str], examples: Path | None
    ) -> "Prototypes | None":
        """Classes of a folder of examples, made when it is first given."""
        if examples is None:
            return None
        from rsrag.desk.imagery.example_folders import example_classes

        key = (examples, looks.encoder.identity, tuple(labels))
        if key not in self._examples:
            self._examples[key] = example_classes(examples, looks.encoder, labels)
        return self._examples[key]

    def _scorer(
        self,
        looks: "Looks",
        labels: Sequence[str],
        temperature: float | None,
        closed: bool,
    ) -> "Callable[[Vectors], list[LabelScore]]":
        """What ranks the labels for a picture's vector."""
        from rsrag.rag.looking.scene import scene_labels, zero_shot

        chosen = tuple(labels) or scene_labels()
        return lambda vector: zero_shot(
            vector,
            chosen,
            looks.vectors(chosen),
            temperature or looks.temperature(vector),
            None if closed else looks.others(chosen),
            looks.odd(vector),
        )

    def _picture(self, given: "PictureLike | None") -> "OpenedPicture | None":
        from rsrag.desk.imagery.finding.pictures import picture_of

        return None if given is None else picture_of(given)

    def _objects_of(
        self, picture: "OpenedPicture | None"
    ) -> "Callable[[], Sequence[Evidence]]":
        """What looks for objects in a picture."""
        if picture is None:
            return tuple
        return lambda: _objects(picture, self.desk.encoder, asked=True)

    def _itself(
        self,
        picture: "OpenedPicture | None",
        wanted: bool,
        index: "Index | str | None",
    ) -> frozenset[str]:
        """Ids that the chips of a picture's file have in the index."""
        imagery = self.imagery(index) if picture is not None and wanted else None
        if imagery is None or picture is None or not picture.path.is_file():
            return frozenset()
        from rsrag.imagery.picture import chip_ids

        with imagery.use() as generation:
            return chip_ids(picture.path, generation.options)

    @contextmanager
    def _looking(
        self, index: "Index | str | None"
    ) -> Iterator[tuple["Looks", "VectorStore | None"]]:
        """What pictures look like to an encoder, and the index that is listened to."""
        if index is None and self._names[1] is None:
            yield self._looks(self.desk.encoder), None
            return
        imagery = self.imagery(index)
        assert imagery is not None
        with imagery.use() as generation:
            yield self._looks(generation.encoder), generation.store


def _nearest(store: "VectorStore", count: int) -> Near:
    """Finds chips that are most like a picture, best first."""
    from rsrag.filters import Filter

    def nearest(vector: "Vectors", exclude: frozenset[str]) -> Sequence["Hit"]:
        where = Filter(exclude=exclude) if exclude else None
        return store.search(vector, count, where)[0]

    return nearest


def _objects(
    picture: "OpenedPicture", encoder: "Encoder", *, asked: bool
) -> list[Evidence]:
    """Objects that are surely seen in a picture.

    Unasked they are told of only where its pixels are known to be fine: in coarse ones
    too much looks like a car or a boat.
    """
    from rsrag.rag.looking.objects_seen import FINE_M, objects_seen

    gsd_m = picture.shown_gsd_m
    if not asked and (gsd_m is None or gsd_m > FINE_M):
        return []
    return objects_seen(
        str(picture.path),
        picture.pixels,
        encoder,
        gsd_m,
        picture.on_earth,
    )

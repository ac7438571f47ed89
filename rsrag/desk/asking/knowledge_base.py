"""Knowledge for Python: asked, and shown pictures to describe and to label."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rsrag.answers import Answer
from rsrag.config import Settings
from rsrag.desk.argument_check import told
from rsrag.desk.asking.generator_choice import GeneratorLike, generator_of
from rsrag.desk.asking.looking import LookingKnowledge
from rsrag.desk.asking.retrieval_choice import RetrievalChoice
from rsrag.desk.entrance import Desk
from rsrag.desk.filter_values import point_of
from rsrag.rag.answering.ask_request import AskRequest
from rsrag.rag.saying.prompt import load_template

if TYPE_CHECKING:
    from rsrag.desk.imagery.finding.pictures import PictureLike
    from rsrag.desk.imagery.imagery_index import Index, Sources
    from rsrag.rag.saying.talk_history import Exchange
    from rsrag.retrieval.retrieve import Retrieved


class Knowledge(LookingKnowledge):
    """Landmarks, facts and texts, to be asked and to tell of pictures.

    It is a context manager. Threads may share it.

    Args:
        folder: a folder of collections, one collection, or several; by default what
            comes with rsrag and what was imported.
        llm: words the answers: a GGUF file, the address of an OpenAI-compatible server,
            a generator (which stays open), ``True`` for the default one. Without it,
            answers are plain sentences and quotes.
        index: name of the index of imagery to look in; the only one for pictures by
            default.
        knowledge_index: name of the index of the knowledge's vectors; the only one by
            default, if there is one.
        reranker: rereads evidence: ``llm``, or a CrossEncoder's path or name.
        indexes: folder of the indexes.
        encoder: of pictures, instead of the index's own or ``mini``.
        checkpoint: its weights.
        settings: instead of those of the environment and the config file.
    """

    @told
    def __init__(
        self,
        folder: "str | Path | Sequence[str | Path] | None" = None,
        *,
        llm: GeneratorLike = None,
        index: str | None = None,
        knowledge_index: str | None = None,
        reranker: str | None = None,
        indexes: str | Path | None = None,
        encoder: str | None = None,
        checkpoint: str | Path | None = None,
        settings: Settings | None = None,
    ) -> None:
        given = settings or Settings.from_environment()
        if folder is not None:
            roots = [folder] if isinstance(folder, str | Path) else folder
            paths = tuple(Path(root).expanduser() for root in roots)
            given = dataclasses.replace(given, knowledge=paths)
        if indexes is not None:
            given = dataclasses.replace(given, indexes=Path(indexes).expanduser())
        desk = Desk(given, encoder, Path(checkpoint) if checkpoint else None)
        generator, self._owned = generator_of(llm, given)
        super().__init__(
            desk,
            generator,
            index=index,
            knowledge_index=knowledge_index,
            reranker=reranker,
        )

    @told
    def ask(
        self,
        question: str,
        *,
        image: "PictureLike | None" = None,
        at: tuple[float, float] | str | None = None,
        bbox: Sequence[float] | None = None,
        radius: float = 100.0,
        after: "Answer | Mapping[str, Any] | None" = None,
        history: "Sequence[Exchange]" = (),
        index: "Index | str | None" = None,
        exclude: Sequence[str] = (),
        exclude_self: bool = False,
        template: str = "answer",
        budget: int = 1500,
        max_tokens: int = 160,
        plain: bool = False,
        retrieval: RetrievalChoice | None = None,
        on_text: Callable[[str], None] | None = None,
        on_retrieved: "Callable[[Retrieved], None] | None" = None,
        query: "str | Path | Mapping[str, Any] | None" = None,
    ) -> Answer:
        """Answer a question, each sentence with its evidence, or refuse it.

        Args:
            question: in words.
            image: a picture that it is about.
            at: ``(longitude, latitude)`` degrees that it is about.
            bbox: ``(west, south, east, north)`` degrees that it is about.
            radius: kilometres up to which a place counts as near.
            after: the answer before, or its JSON: *it*, *there*, *the second* are its.
            history: turns before it, oldest first, for the language model; those that
                do not fit its context are left out whole, but for their facts.
            index: of imagery to look in, too.
            exclude: ids of landmarks, facts, passages and chips that are no evidence.
            exclude_self: leave out chips cut from ``image``.
            template: of the prompt: one that ships, or a file.
            budget: tokens of the prompt at most.
            max_tokens: of the model's answer.
            plain: leave the language model out.
            retrieval: how evidence is found, fused and reread.
            on_text: called with each piece of the model's text, before it is checked.
            on_retrieved: called with what retrieval found, if it was asked.
            query: what the question asks, instead of reading it: a JSON file, or one
                of :attr:`~rsrag.Answer.understood`, edited.

        Raises:
            QueryError: a blank question, or words that cannot be read.
            KnowledgeError: there is no knowledge.
            ImageryError: the picture cannot be read.
        """
        from rsrag.geo import parse_bbox
        from rsrag.rag.answering.following import Context
        from rsrag.rag.querying.typed_query import queries_of

        if template != "answer":
            load_template(template)  # Refused if missing, also where none is used.
        picture = self._picture(image)
        request = AskRequest(
            question=question,
            at=None if at is None else point_of(at, "at"),
            bbox=parse_bbox(bbox) if bbox else None,
            image=picture.pixels if picture else None,
            footprint=picture.footprint if picture else None,
            radius_m=radius * 1000,
            queries=queries_of(query),
            after=None if after is None else Context.of(after),
            history=tuple(history),
            exclude=frozenset(exclude) | self._itself(picture, exclude_self, index),
            template=template,
            budget=budget,
            max_tokens=max_tokens,
            on_text=on_text,
            plain=plain,
            objects=self._objects_of(picture),
        )
        options = (retrieval or RetrievalChoice()).options()
        answered = self.answer(request, options, index)
        if on_retrieved is not None and answered.retrieved is not None:
            on_retrieved(answered.retrieved)
        return answered.answer

    @told
    def import_(
        self,
        sources: "Sources",
        *,
        name: str,
        as_: str | None = None,
        map: Mapping[str, str] | None = None,
        drop: bool = False,
        source: str | None = None,
        licence: str | None = None,
        category: str | None = None,
        layer: str | None = None,
        crs: str | None = None,
        encoding: str | None = None,
        landmark: str | None = None,
        strict: bool = False,
        dry_run: bool = False,
        progress: Callable[[str, int], None] | None = None,
    ) -> dict[str, Any]:
        """Import landmarks, facts and texts into a collection of the last folder.

        Importing the same again changes nothing.

        Args:
            sources: files, folders, or ``airportsdata``.
            name: of the collection.
            as_: format; told by the content by default.
            map: field to column of a table.
            drop: leave out columns that are no field; they become facts otherwise.
            source: of records that name none.
            licence: of records that name none.
            category: of landmarks that have none.
            layer: of a file with several.
            crs: of a file that says none.
            encoding: of texts that are no UTF-8; guessed, and told, otherwise.
            landmark: that documents are about.
            strict: fail at the first bad record.
            dry_run: say what would change, and change nothing.
            progress: told each file, and how many records there are before it.

        Returns:
            What was read and what changed, as ``rsrag knowledge import --json`` has it.

        Raises:
            KnowledgeError: nothing could be taken.
        """
        from rsrag.desk.imagery.imagery_index import paths_of
        from rsrag.desk.upkeep.knowledge_import import import_records
        from rsrag.knowledge.importers.import_options import ImportOptions

        options = ImportOptions(
            form=as_,
            columns=dict(map or {}),
            source=source,
            licence=licence,
            category=category,
            layer=layer,
            crs=crs,
            encoding=encoding,
            landmark=landmark,
            drop=drop,
            strict=strict,
        )
        report = import_records(
            self.settings.knowledge,
            name,
            paths_of(sources),
            options,
            dry_run=dry_run,
            progress=progress,
        )
        self.look_again()
        return report

    def close(self) -> None:
        """Close all that was opened, an own language model included."""
        super().close()
        self.desk.close()
        if self._owned and self.generator is not None:
            self.generator.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

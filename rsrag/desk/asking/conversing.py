"""A conversation over one index and the knowledge."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.answers import Answer
from rsrag.desk.asking.knowledge_base import Knowledge
from rsrag.desk.asking.looking_closely import look_closely
from rsrag.dialogue.sessions import Sessions
from rsrag.dialogue.state import DialogueState, Search, ShownHit
from rsrag.dialogue.turns import Found, Reply, take_turn
from rsrag.errors import IndexNotFoundError, KnowledgeError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from rsrag.analysis.change.fact_sheet import FactSheet
    from rsrag.desk.imagery.finding.pictures import PictureLike
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.dialogue.readings import Side
    from rsrag.rag.saying.talk_history import Exchange

HITS = 5
SESSIONS = "sessions.db"


class Conversation:
    """Turns, one after the other; with a name, each is kept when it is over.

    Args:
        knowledge: open; it stays open.
        index: name of the imagery; the only one by default.
        session: name to keep it under, and to go on with.
        wording: what else :meth:`Knowledge.ask` is told with each question.

    Attributes:
        state: after the last turn.
        notes: what a person should know before the first.
        wording: as given; may be changed between two turns.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        index: str | None = None,
        session: str | None = None,
        *,
        wording: Mapping[str, Any] | None = None,
    ) -> None:
        self._knowledge, self._session = knowledge, session
        self.wording = dict(wording or {})
        self._sessions = sessions_of(knowledge.settings.home)
        kept = None if session is None else self._sessions.state(session)
        self.state = kept or DialogueState()
        self.notes: list[str] = []
        self._anew = False
        held = self.state.index
        if held is not None and index is not None and index != held:
            self.state, self._anew = self.state.without_hits(), True
            self.notes.append(
                f"The hits of session {session!r} are of index {held!r}, not "
                f"{index!r}: they are left out."
            )
        self._index = index or held

    def say(self, text: str, pictures: Sequence[str] = ()) -> Reply:
        """Take a turn.

        Raises:
            QueryError: another chat went on with the session.
        """
        reply, after = take_turn(text, self.state, self, pictures)
        if self._session is not None:
            self._sessions.keep(self._session, after, self.state, anew=self._anew)
            self._anew = False
        self.state = after
        return reply

    def close(self) -> None:
        """Let go of the file of sessions."""
        self._sessions.close()

    def named(self, text: str) -> bool:
        """Whether a text names a place that the knowledge holds."""
        from rsrag.rag.reading.question import read_question

        with self._knowledge.catalogue() as catalogue:
            return catalogue is not None and bool(read_question(text, catalogue).places)

    def kinds(self, ids: Sequence[str]) -> Sequence[str]:
        """Categories of landmarks of the knowledge."""
        with self._knowledge.catalogue() as catalogue:
            if catalogue is None or not ids:
                return ()
            try:
                found = catalogue.landmarks(ids)
                return [one.category for one in found if one.category]
            except KnowledgeError:  # They are not held any more, so of no kind.
                return ()

    def placed(self, name: str) -> bool:
        """Whether a name is a place with an outline, to search in."""
        return self._outline(name) is not None

    def _outline(self, name: str) -> "BaseGeometry | None":
        from rsrag.knowledge.gazetteer import Gazetteer

        if (found := Gazetteer.load().outline(name)) is not None:
            return found
        with self._knowledge.catalogue() as catalogue:
            named = () if catalogue is None else catalogue.named(name)
            shapes = [one.shape for one in named if one.shape is not None]
            return next((one for one in shapes if one.area > 0), None)

    def check_picture(self, path: str) -> None:
        """Open a picture."""
        from rsrag.desk.imagery.finding.pictures import pixels_of

        pixels_of(self.picture(path))

    def picture(self, path: str) -> "PictureLike":
        """A picture by the path that turns know it by."""
        return Path(path).expanduser()

    @contextmanager
    def picture_file(self, path: str) -> Iterator[str]:
        """The same as a file, to the end of the block."""
        yield path

    def search(self, search: Search) -> Found:
        """Run a search."""
        opened = self._imagery()
        given: dict[str, Any] = dataclasses.asdict(search)
        found = opened.search(
            given["words"] or None,
            chip=given["chip"],
            image=search.picture and self.picture(search.picture),
            subtract=given["without"],
            top_k=HITS + (search.chip is not None),
            intersects=search.place and self._outline(search.place),
            **{k: given[k] for k in ("datetime", "max_cloud") if given[k] is not None},
        )
        hits = tuple(
            ShownHit(hit.id, hit.file_name, hit.centre and hit.centre[:2])
            for hit in found
            if hit.id != search.chip
        )
        return Found(opened.name, hits[:HITS])

    def line(self, hit: ShownHit) -> str:
        """What is known of a hit, on one line."""
        from rsrag.rendering.hits.hit_table import coordinates_of

        chip = self._imagery().get(hit.id)
        date = "" if chip.datetime is None else str(chip.datetime)[:10]
        known = (hit.name, coordinates_of(chip), date)
        return ", ".join(filter(None, known))

    def compare(self, before: "Side", after: "Side") -> "FactSheet":
        """What changed between two pictures; the earlier of two hits comes first."""
        from rsrag.desk.imagery.over_time.change_options import ChangeOptions
        from rsrag.desk.imagery.over_time.changing import change_in
        from rsrag.desk.imagery.over_time.pair_choice import chip_source
        from rsrag.desk.imagery.over_time.pairs import Pair, PairSource
        from rsrag.factory import EncoderChoice

        sources, moments = [], []
        with ExitStack() as files:
            for kind, value in (before, after):
                if kind != "hit":
                    file = files.enter_context(self.picture_file(value))
                    sources.append(PairSource(file))
                    continue
                opened = self._imagery()
                chip = opened.get(value)
                moments.append(chip.datetime)
                with opened.use() as generation:
                    sources.append(chip_source(chip, generation.options))
            pair = Pair(*sources)
            if len(moments) == 2 and None not in moments:
                pair = pair.turned(moments[0] > moments[1])  # type: ignore[operator]
            settings = self._knowledge.settings
            encoder = EncoderChoice(settings.encoder).load(settings)
            return change_in(pair, encoder, ChangeOptions()).sheet

    def ask(
        self,
        question: str,
        *,
        picture: str | None = None,
        chip: str | None = None,
        at: tuple[float, float] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Answer a question."""
        image: Any = None if picture is None else self.picture(picture)
        if chip is not None:
            image = self._imagery().get(chip)
        if image is not None:
            told = look_closely(self._knowledge, question, image, self._index)
            if told is not None and not told.refused:
                return told
        index = self._imagery() if image is not None and self._index else None
        return self._knowledge.ask(
            question,
            image=image,
            at=at,
            after=after,
            history=self._history(),
            index=index,
            **self.wording,
        )

    def _history(self) -> list["Exchange"]:
        """What a language model is told of the turns before; nothing without one."""
        if self._knowledge.generator is None:
            return []
        from rsrag.rag.saying.talk_history import Exchange

        kept = ("ask", "hit", "search", "change")
        return [
            Exchange(turn.said, turn.told, turn.fact)
            for turn in self.state.turns
            if turn.kind in kept and turn.said.strip()
        ]

    def _imagery(self) -> "Index":
        opened = self._knowledge.imagery(self._index)
        if opened is None:
            raise IndexNotFoundError(
                "It is not known which index to search: there is none, or several.",
                hint="rsrag chat --index NAME",
            )
        return opened


def sessions_of(home: Path) -> Sessions:
    """The sessions of a home."""
    return Sessions(home / SESSIONS)

"""A conversation that comes whole with each request: replayed, as ``rsrag chat`` does.

Nothing is kept for a client. What a conversation holds after each of its messages is
remembered by their digest, so that mostly only the last one is to be answered.
"""

import hashlib
import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.desk.asking.conversing import Conversation
from rsrag.dialogue.state import DialogueState, Search
from rsrag.dialogue.turns import Found, Reply
from rsrag.errors import GeneratorError, QueryError
from rsrag.serve.chat.chat_requests import ChatRequest
from rsrag.serve.chat.sent_pictures import sent_picture
from rsrag.serve.failures import failure_of
from rsrag.serve.guard.protection import Caller
from rsrag.serve.service import Service

if TYPE_CHECKING:
    from rsrag.desk.imagery.imagery_index import Index


class SentConversation(Conversation):
    """A conversation whose pictures came with its messages: no file is ever opened.

    Args:
        sent: pictures by name, as they came.
    """

    def __init__(
        self, service: Service, index: str | None, caller: Caller, sent: dict[str, str]
    ) -> None:
        super().__init__(service.knowledge, index or service.only)
        self._service, self._caller, self._sent = service, caller, sent

    def picture(self, path: str) -> Any:
        """A picture by its name."""
        return sent_picture(self._service, self._sent[path])

    @contextmanager
    def picture_file(self, path: str) -> Iterator[str]:
        """The same as a file, to the end of the block.

        Raises:
            QueryError: it names a file itself.
        """
        if path not in self._sent:
            raise QueryError(
                f"{path!r} cannot be opened: pictures come with the messages.",
                hint="send both pictures, and ask what changed between them",
            )
        from PIL import Image

        from rsrag.desk.imagery.finding.pictures import pixels_of

        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"{path}.png"
            Image.fromarray(pixels_of(self.picture(path))).save(file)
            yield str(file)

    def search(self, search: Search) -> Found:
        """Run a search, for callers who may."""
        self._caller.may("search")
        return super().search(search)

    def _imagery(self) -> "Index":
        if self._index is None:
            names = ", ".join(f"rsrag/{name}" for name in self._service.names)
            raise QueryError(
                "It is not known which index to search: there is none, or several.",
                hint=f"model: {names}" if names else None,
            )
        return self._service.index(self._index)


def next_reply(
    service: Service,
    asked: ChatRequest,
    caller: Caller,
    gone: threading.Event | None = None,
) -> Reply:
    """Answer the last message of a conversation.

    Those before it are taken again without the language model, unless what came of
    them is remembered.

    Args:
        gone: set when nobody waits any more: the language model then stops.

    Raises:
        RsragError: a fault that is not the person's.
        HttpFailure: a picture that is none, or an index that is not there.
    """

    def heard(_: str) -> None:
        if gone is not None and gone.is_set():
            raise GeneratorError("Nobody waits for the answer any more.")

    sent: dict[str, str] = {}
    turns = []
    digest = hashlib.sha256(
        json.dumps([asked.index, sorted(caller.scopes)]).encode()
    ).digest()
    for turn in asked.turns:
        seen = json.dumps([turn.question, turn.pictures]).encode("utf-8", "replace")
        digest = hashlib.sha256(digest + seen).digest()
        names = [
            f"sent picture {len(sent) + at}" for at in range(1, len(turn.pictures) + 1)
        ]
        sent.update(zip(names, turn.pictures, strict=True))
        turns.append((turn.question, names, digest))
    talk = SentConversation(service, asked.index, caller, sent)
    begun = 0
    for at in range(len(turns) - 1, 0, -1):
        held = service.contexts.get(turns[at - 1][2])
        if isinstance(held, DialogueState):
            talk.state, begun = held, at
            break
    for question, names, key in turns[begun:]:
        talk.wording = {"plain": True}
        if key == digest:
            talk.wording = {"max_tokens": asked.max_tokens, "on_text": heard}
        reply = talk.say(question, names)
        if reply.error is not None and failure_of(reply.error).status >= 500:
            raise reply.error
        service.contexts.put(key, talk.state)
    return reply

"""A generator that says what it is told to say."""

from itertools import cycle

from rsrag.errors import GeneratorError
from rsrag.generators.local.prompt_pieces import check_room
from rsrag.types import Generation

WORDS_OF_A_QUESTION = {"a", "lake", "is", "body", "of", "water."}


class ScriptedGenerator:
    """Gives its texts in turn, a token a word; keeps the prompts it was given."""

    name = "scripted"
    context_tokens = 4096
    sees = False

    def __init__(self, texts):
        self._texts = cycle(texts)
        self.prompts = []

    def count_tokens(self, messages):
        return sum(2 + len(message.content.split()) for message in messages)

    def generate(self, messages, *, max_tokens, temperature=0.0, seed=0, on_text=None):
        if not messages or any(message.images for message in messages):
            raise GeneratorError("nothing to answer")
        count = self.count_tokens(messages)
        check_room(count, max_tokens, self.context_tokens)
        self.prompts.append(list(messages))
        words = next(self._texts).split()
        said = words[:max_tokens]
        for number, word in enumerate(said):
            if on_text:
                on_text(word if number == 0 else f" {word}")
        finish = "stop" if len(said) == len(words) else "length"
        return Generation(" ".join(said), count, len(said), finish)

    def likelihood(self, prompt, continuation):
        words = continuation.casefold().split()
        return -sum(word not in WORDS_OF_A_QUESTION for word in words) / len(words)

    def close(self):
        pass

"""A language model that says one text after the other."""

from rsrag.types import Generation


class Scripted:
    """Counts a token a word; keeps the prompts it was given."""

    name, context_tokens, sees = "scripted", 4096, False

    def __init__(self, *texts):
        self.texts = list(texts)
        self.prompts = []

    def count_tokens(self, messages):
        return sum(len(message.content.split()) for message in messages)

    def generate(self, messages, *, max_tokens, on_text=None, **options):
        self.prompts.append("\n".join(message.content for message in messages))
        words = self.texts.pop(0).split()
        finish = "stop" if len(words) <= max_tokens else "length"
        return Generation(" ".join(words[:max_tokens]), 1, len(words), finish)

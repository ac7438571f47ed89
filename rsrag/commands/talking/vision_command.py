"""``rsrag models try-vision``: whether a model sees what it is shown."""

import typer

from rsrag.commands.options.arguments import ThreadSettings
from rsrag.commands.options.declarations import command
from rsrag.desk.asking.generator_choice import GeneratorChoice
from rsrag.errors import GeneratorError


@command
def try_vision(
    *,
    question: str | None = None,
    model: GeneratorChoice,
    settings: ThreadSettings,
    json: bool = False,
) -> None:
    """Show a language model four plain pictures, and see whether its words follow.

    The exit code is 1 if it says the same of all of them: then its projector does not
    work, or it has none.

    Options:
        question TEXT: To ask of each. [default: Name the thing in the picture.]
    """
    from rsrag.commands.terminal.telling import show, tell
    from rsrag.generators.vision_trial import QUESTION, try_vision as shown

    with model.opened(settings) as generator:
        if generator is None:
            raise GeneratorError(
                "No language model is named.",
                hint="--llm MODEL.gguf --mmproj PROJECTOR.gguf, or --llm-url URL",
            )
        trial = shown(generator, question or QUESTION)
        name = generator.name
    text = "".join(f"{colour}: {said}\n" for colour, said in trial.said.items())
    show(json, {"model": name, "depends": trial.depends, "said": trial.said}, text)
    if not trial.depends:
        tell(f"{name} says the same of all pictures: it does not see them.")
        raise typer.Exit(1)
    tell(f"What {name} says depends on the picture.")

"""``rsrag mcp``: tools for a language model's program, over stdin and stdout."""

import functools

from rsrag.commands.options.arguments import PlaceSettings
from rsrag.commands.options.declarations import command
from rsrag.commands.serving.serve import one_thread_a_request
from rsrag.desk.asking.generator_choice import GeneratorChoice


@functools.partial(command, first=one_thread_a_request)
def mcp(
    *,
    index: list[str] | None = None,
    model: GeneratorChoice,
    settings: PlaceSettings,
) -> None:
    """Offer searches and answers to a program that speaks MCP, over stdin and stdout.

    Options:
        index NAME: Index of imagery to offer. May be given several times. [default:
            all]
    """
    from rsrag.packages import need

    need("mcp", "rsrag mcp")
    from contextlib import closing

    from rsrag.serve.chat.mcp_tools import mcp_server
    from rsrag.serve.serve_options import ServeOptions
    from rsrag.serve.service import Service

    with (
        model.opened(settings) as generator,
        closing(Service(settings, ServeOptions(), index or (), generator)) as service,
    ):
        mcp_server(service).run("stdio")

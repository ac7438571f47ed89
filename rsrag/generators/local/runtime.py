"""llama.cpp, loaded quietly, its complaints turned into errors.

llama.cpp writes its log to stderr from C. Here it goes into a short memory
instead, and the last lines of it say why a model did not load.
"""

import ctypes
import logging
import threading
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.errors import GeneratorError

if TYPE_CHECKING:
    from llama_cpp import Llama

_log = logging.getLogger(__name__)

CHUNK, GPU_CHUNK = 64, 512
"""Tokens of a prompt that are evaluated at once; see ``llama``.
Short chunks keep more of a prompt between calls, and cost a processor little: 16, 32,
64 and 256 tokens at once took it 6.2, 6.0, 5.8 and 5.7 ms a token with SmolLM2. A GPU
wants more to do at a time."""

_ERROR, _CONTINUED = 4, 5
_loading = threading.Lock()
_complaints: deque[str] = deque(maxlen=20)
_callbacks: list[Any] = []  # C holds no reference of its own


def _silence() -> None:
    """Send the log of llama.cpp (and its vision part) into the memory."""
    if _callbacks:
        return
    import llama_cpp

    last = 0

    def remember(level: int, text: bytes | None, _: object) -> None:
        nonlocal last
        last = last if level == _CONTINUED else level
        if last == _ERROR and text:
            _complaints.append(text.decode("utf-8", errors="replace"))

    callback = llama_cpp.llama_log_callback(remember)
    _callbacks.append(callback)
    llama_cpp.llama_log_set(callback, ctypes.c_void_p(0))
    from llama_cpp import mtmd_cpp

    mtmd_cpp.mtmd_log_set(callback, ctypes.c_void_p(0))
    mtmd_cpp.mtmd_helper_log_set(callback, ctypes.c_void_p(0))


def complaints() -> str:
    """What llama.cpp logged as errors of late, in one line."""
    return " ".join("".join(_complaints).split())


def forget_complaints() -> None:
    """Before a call whose complaints shall be told."""
    _complaints.clear()


def _on_gpu() -> bool:
    import llama_cpp

    return bool(llama_cpp.llama_supports_gpu_offload())


def load(
    file: Path,
    *,
    context: int,
    threads: int,
    chunk: int | None = None,
    chat_handler: Any = None,
) -> "Llama":
    """Load a model, on a GPU if llama.cpp was built for one.

    Args:
        file: GGUF.
        context: tokens of prompt and completion together.
        threads: for prompts and for single tokens.
        chunk: tokens that are evaluated at once, if not what suits the processor.
        chat_handler: llama-cpp-python's, of a model that sees.

    Raises:
        GeneratorError: with llama.cpp's own reason.
    """
    from llama_cpp import Llama

    on_gpu = _on_gpu()
    chunk = chunk or (GPU_CHUNK if on_gpu else CHUNK)
    with _loading:
        _silence()
        forget_complaints()
        started = time.perf_counter()
        try:
            model = Llama(
                str(file),
                n_ctx=context,
                n_batch=chunk,
                n_ubatch=chunk,
                n_threads=threads,
                n_threads_batch=threads,
                n_gpu_layers=-1,
                # A GPU may lack it for some widths of heads and would then be slow.
                flash_attn=not on_gpu,
                chat_handler=chat_handler,
                verbose=False,
            )
        except (ValueError, RuntimeError, MemoryError, OSError) as exc:
            raise load_error(file, context, str(exc)) from exc
    seconds = time.perf_counter() - started
    _log.info("%s loaded in %.2f s: %d tokens of context", file, seconds, context)
    return model


def load_error(file: Path, context: int, reason: str) -> GeneratorError:
    """The error for a model that did not load, worded from llama.cpp's log."""
    said = complaints()
    if "unknown model architecture" in said:
        hint = "a newer llama-cpp-python may know it: pip install -U llama-cpp-python"
    elif "alloc" in said or "memory" in said.lower() or "llama_context" in reason:
        hint = "take a smaller model or a smaller context: --llm-context 2048"
    else:
        hint = "the file may be cut off: compare its size or sha256"
    return GeneratorError(
        f"{file} does not load with a context of {context:,} tokens: {said or reason}",
        hint=hint,
    )

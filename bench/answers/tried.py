"""What was tried around the language model, and its effect."""

TRIED: list[tuple[str, str]] = [
    (
        "Pieces of a prompt that end with each turn and paragraph",
        "kept. Pieces of 64 counted from the beginning kept nothing of the system's "
        "38 tokens of a prompt of 80. Over questions about the same 8 pieces of "
        "evidence the first token came after 0.29 s instead of 2.6 on busy cores.",
    ),
    (
        "16, 32, 64, 128, 256 tokens of a prompt at once",
        "64 kept: 160, 167, 171, 172, 175 tokens for each second of one processor.",
    ),
    (
        "Flash attention on a processor",
        "kept: 3 to 5 % more, read and written, at depths up to 1,024.",
    ),
    (
        "A context that begins with 1,024 tokens instead of 4,096",
        "kept: loading takes 105 ms of processor time instead of 142, and the memory "
        "of the context is 24 MB instead of 94.",
    ),
    (
        "llama.cpp's sampler against an argmax of the logits in NumPy",
        "not changed: 0.05 against 0.015 ms a token, of 13; llama-cpp-python's loop "
        "with sampling took 12.88 ms a token, decoding alone 12.82.",
    ),
    (
        "Turning tokens to text one at a time",
        "not changed: 0.003 ms a token.",
    ),
    (
        "Weights not repacked (use_extra_bufts off)",
        "not changed: loading took 67 ms instead of 76, once; tokens/s not compared.",
    ),
    (
        "The question after the evidence",
        "was so already: the order of the prompts is as before.",
    ),
]

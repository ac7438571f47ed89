"""What was tried to embed faster, and its effect.

Measured on two cores of an AMD EPYC (Zen 4) that did other work; so in seconds of
processor time, on one thread with 16 pictures a pass, where nothing else is said.
"""

_FORWARD = "forward pass of ViT-B/32: "

TRIED: list[tuple[str, str]] = [
    (
        "passes side by side, one processor each, instead of one pass on all",
        "kept. In turns: mini 1.5 times faster on idle cores and 2.1 times on busy "
        "ones; ViT-B/32 alone 1.02 to 1.1 times on idle cores and 1.4 times on busy "
        "ones. Same vectors. Nothing waits for the thread whose processor decodes",
    ),
    (
        "bytes of a GeoTIFF laid out as a picture by GDAL",
        "kept. 0.52 instead of 0.96 ms a chip of 512 whose blocks are unpacked",
    ),
    (
        _FORWARD + "own bfloat16 tower (kept from before)",
        "44 ms a picture against 114 ms in fp32; cosine 0.99996, lowest 0.99995",
    ),
    (
        _FORWARD + "the limit: products of its linear layers alone, in bfloat16",
        "48 images/s on both cores, 210 billion operations/s on each, as one product "
        "of 2,048 cubed has; the whole pass gives 44 to 46. So three times a loop of "
        "15 to 16 images/s is what these processors have in bfloat16",
    ),
    (
        _FORWARD + "OpenVINO, bfloat16",
        "not kept. 43 ms (1.03 times), same cosines, 11 to 24 s to convert and "
        "compile, and a dependency; in fp32 87 ms",
    ),
    (
        _FORWARD + "torch.compile, bfloat16",
        "not kept. 51 ms, slower than the own tower; 29 s to compile; needs a C++ "
        "compiler. open_clip's tower in bfloat16 without it: 55 ms",
    ),
    (
        _FORWARD + "torch's dynamic int8 of linear layers",
        "not kept. 57 ms: attention stays fp32; cosine 0.99987, lowest 0.99982",
    ),
    (
        _FORWARD + "int8 of all linear layers with oneDNN, a scale for each token and "
        "each channel, the rest bfloat16",
        "not kept. 38 ms (1.16 times), lowest cosine 0.99988 with random weights, "
        "which have no outliers as trained ones do. The products alone are 1.8 to "
        "2.5 times as fast as in bfloat16; finding scales and rounding between them "
        "takes most of that back. Of the two layers of the MLP only: 42 ms",
    ),
    (
        "JPEGs decoded at a smaller scale (Pillow's draft)",
        "not kept. Decoding and resizing 1,024 pixels takes 5.6 instead of 13 ms, of "
        "900 pixels from Blue Marble at cosine 0.99996, lowest 0.99995; nothing to "
        "gain below 448 pixels. But then a chip that is read again is no longer "
        "what was embedded, which an index promises",
    ),
    (
        "Pillow's reducing_gap=2 for 512 to 224 pixels",
        "not kept. 2.23 against 2.20 ms: it only pays for larger steps",
    ),
    (
        "torch's resizing of bytes instead of Pillow's, 512 to 224 pixels",
        "not kept. 0.47 instead of 2.5 ms, but one grey level off in 0.4 % of values: "
        "pictures are prepared bit for bit as the published weights were tested",
    ),
    (
        "a GeoTIFF's blocks unpacked by threads of GDAL's",
        "not kept. 2.9 instead of 2.5 ms of processor time a chip of 512. Reading, "
        "resizing and placing it take 6 ms of a processor, the forward pass 44: the "
        "two together cannot reach more than 88 % of the floor",
    ),
]

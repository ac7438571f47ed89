"""What was tried to make an index smaller or quicker on disk, and what it did.

Parts of 16,384 chips of 512, one run on two cores shared with other work; the tables
of the full run are what counts.
"""

TRIED: tuple[tuple[str, str], ...] = (
    (
        "BYTE_STREAM_SPLIT and zstd 3 for float32 embeddings",
        "not adopted: a part is 14 % smaller; writing took 20 % longer and reading all "
        "vectors 9 % longer; the bits are noise, only exponents shrink",
    ),
    (
        "zstd 3 or snappy without splitting",
        "not adopted: 7 % and nothing; parts stay as they were",
    ),
    (
        "float16 embeddings in the parts",
        "not the default: half the size at recall@10 of 0.999, but a rebuilt store "
        "would not give the scores that the build gave, by up to 7e-5; "
        "`rsrag index export --float16` writes such a copy",
    ),
    (
        "bfloat16",
        "nothing for it: recall@10 0.997 for images and 0.993 for texts at the size "
        "of float16",
    ),
    (
        "row groups of 1,024 and of 65,536 instead of 8,192",
        "not adopted: same size; one group is read in 6 ms instead of 34, or 135, "
        "but everything that rsrag does reads all of them",
    ),
    (
        "pages without checksums",
        "not adopted: read and written faster, but a flipped bit in a vector would "
        "go unseen until verify",
    ),
)

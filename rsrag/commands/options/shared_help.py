"""Help texts of options that many commands share."""

SHARED_HELP = """
Options:
    ann TYPE: Index type inside FAISS: auto, flat, hnsw, ivf-sq8 or ivf-pq.
    batch_size: Chips to embed in one forward pass.
    bbox W S E N: Only footprints that touch this box: west south east north, degrees. W
        > E crosses the antimeridian.
    checkpoint FILE: Local weights for the encoder.
    dated_by WORD: Only chips that this dated: catalogue, metadata, date in the name.
        May be given several times.
    datetime WHEN: Only chips taken then: 2020-06-01, 2020, 2020-01-01/.., ../2021, or
        A/B.
    exclude GLOB: Leave out chips of files whose name, or path, fits: "*_mask.tif". May
        be given several times.
    filter CQL2: Only chips that this holds for, over columns and properties: text or
        JSON, "eo:cloud_cover < 20 AND platform = 'landsat-8'".
    max_cloud PERCENT: Only chips of scenes with at most this much cloud.
    near LON,LAT: Only footprints within --radius of this point.
    placed: Only chips that have a place.
    radius KM: How near is near, kilometres. [default: 100]
    unplaced: Only chips that have none.
    dry_run: Say what would change, and change nothing.
    encoder NAME: Image-text encoder. [default: the index's own, or $RSRAG_ENCODER]
    geojson FILE: Write the evidence as GeoJSON, for QGIS.
    gsd MIN..MAX: Only chips of this ground sampling distance, in metres per pixel:
        0.5..10, ..30.
    images IMAGE...: Pictures to look at.
    indexes DIR: Folder of the indexes. [default: $RSRAG_INDEXES, ./indexes or the data
        home]
    intersects FILE|GEOJSON: Only footprints that touch this area: a file (GeoJSON,
        GeoPackage, Shapefile, KML, GeoParquet; FILE:LAYER of several), GeoJSON or WKT.
    json: Print JSON.
    knowledge DIR: Folder of collections of knowledge, or one collection; several with :
        between. [default: $RSRAG_KNOWLEDGE, or what comes with rsrag and your own]
    llm [FILE]: Let a language model word what is said, where its words pass the check:
        a GGUF file, a plugin's name, or alone the one of $RSRAG_LLM or SmolLM2-135M.
        [default: $RSRAG_LLM, or none]
    llm_context TOKENS: Tokens that prompt and answer may have together.
    llm_handler NAME: How the language model is shown pictures, where its files do not
        tell.
    llm_model NAME: Model that the server shall use.
    llm_url URL: OpenAI-compatible server to use instead of --llm. Its key comes from
        RSRAG_LLM_API_KEY. [default: $RSRAG_LLM_URL]
    max_nodata SHARE: Only chips with at most this share of pixels without data, 0 to 1.
    mmproj FILE: Vision projector of --llm, so that it sees pictures.
    name NAME: Name of the index.
    no_llm: Use no language model, also where the settings name one.
    out DIR: Folder to write report.json, report.md and plots into.
    placed_by WORD: Only chips that this placed: affine, gcp, rpc, world file. May be
        given several times.
    precision WORD: auto, fp32, bf16 or fp16; auto takes bf16 where it is fast.
    qdrant_url URL: Address of a Qdrant server. Its key comes from QDRANT_API_KEY.
        [default: $QDRANT_URL]
    sensor NAME: Only chips of this sensor, however it is spelled: S2A, sentinel-2,
        landsat-8. May be given several times.
    show_prompt: Print the prompt that the language model was sent.
    store KIND: Vector store: faiss, exact, qdrant-edge, qdrant, pgvector (at
        RSRAG_DATABASE_URL), or a plugin's name.
    strict: Fail at the first source that cannot be read.
    threads N: Threads to use. [default: $RSRAG_THREADS or all processors]
"""

SHORT = {"--top-k": ("-k", "-t"), "--add": ("-a",), "--subtract": ("-s",)}
"""Short forms; but for -k they are rclip's, whose users type them."""

"""Bytes that a build reads of a COG in a bucket, beside those of its blocks.

    python -m bench.cog_bytes [--side 16384] [--words --chip-size 1024]

A picture of noise is made a cloud-optimised GeoTIFF (JPEG, blocks of 512 pixels,
overviews) and put into a SeaweedFS of its own. The build reads it through a proxy that
counts what bodies of answers hold. Printed are the bytes of all blocks of each level; a
build reads all blocks of one.
"""

import argparse
import http.client
import os
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from bench.services.seaweed import Seaweed
from rsrag.objects.open_place import open_objects

_BLOCK = 512


class Counting(ThreadingHTTPServer):
    """A proxy before a server of S3, which sees the host that the client signed.

    Attributes:
        read: bytes of bodies of answers, and how many answers there were.
    """

    daemon_threads = True

    def __init__(self, there: str) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        self.there = urlsplit(there).netloc
        self.read = self.answers = 0
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Forward(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Counting

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        there = http.client.HTTPConnection(self.server.there, timeout=60)
        there.putrequest(self.command, self.path, skip_host=True)
        for name, value in self.headers.items():
            there.putheader(name, value)
        there.endheaders(body or None)
        answer = there.getresponse()
        data = answer.read()
        with self.server.lock:
            self.server.read += len(data)
            self.server.answers += 1
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "date"):
                self.send_header(name, value)
        if answer.getheader("Content-Length") is None:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        there.close()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _any

    def log_message(self, *words: object) -> None:
        """Nothing."""


def main() -> None:
    """Print levels, bytes and their ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--side", type=int, default=16_384)
    parser.add_argument("--words", nargs=argparse.REMAINDER, default=[])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rsrag-cog-") as name:
        folder = Path(name)
        picture = write_cog(folder, args.side)
        levels = [sum(level) for level in block_bytes(picture)]
        for number, size in enumerate(levels):
            print(f"level {number}: {size / 1e6:.2f} MB in blocks", flush=True)
        server = Seaweed(folder / "seaweed", 58_200)
        server.start()
        try:
            proxy = Counting(server.url)
            os.environ.update(server.environment)
            open_objects("s3://bench/cog").create("scene.tif", picture)
            os.environ["AWS_ENDPOINT_URL"] = proxy.url
            words = ["index", "build", "s3://bench/cog", "--name", "cog", *args.words]
            subprocess.run(
                [sys.executable, "-m", "rsrag", *words, "--indexes", name], check=True
            )
        finally:
            server.stop()
        read = proxy.read
        nearest = min(levels, key=lambda size: abs(size - read))
        print(
            f"{read / 1e6:.2f} MB in {proxy.answers} answers, {read / nearest:.3f} of "
            f"the blocks of level {levels.index(nearest)}"
        )


def write_cog(folder: Path, side: int) -> Path:
    """A picture of smooth noise, north-up, 10 m."""
    import rasterio
    from rasterio.shutil import copy
    from rasterio.windows import Window

    plain, path = folder / "plain.tif", folder / "scene.tif"
    how = {"width": side, "height": side, "count": 3, "dtype": "uint8"}
    at = rasterio.Affine(10, 0, 500_000, 0, -10, 5_400_000)
    rng = np.random.default_rng(0)
    with rasterio.open(
        plain, "w", driver="GTiff", crs="EPSG:32631", transform=at, **how
    ) as file:
        for top in range(0, side, _BLOCK):
            rough = rng.integers(0, 255, (3, _BLOCK // 4, side // 4), np.uint8)
            rows = rough.repeat(4, axis=1).repeat(4, axis=2)
            file.write(rows, window=Window(0, top, side, _BLOCK))
    copy(plain, path, driver="COG", compress="JPEG", blocksize=_BLOCK)
    plain.unlink()
    return path


def block_bytes(path: Path) -> Iterator[list[int]]:
    """Sizes of the blocks of each level, as the file's tags say (TileByteCounts)."""
    data = path.read_bytes()
    big = data[2] == 43
    at = struct.unpack_from("<Q" if big else "<I", data, 8 if big else 4)[0]
    count, entry, head = ("<Q", 20, 8) if big else ("<H", 12, 2)
    while at:
        number = struct.unpack_from(count, data, at)[0]
        for one in range(number):
            place = at + head + one * entry
            tag, kind = struct.unpack_from("<HH", data, place)
            if tag != 325:
                continue
            how = {3: "H", 4: "I", 16: "Q"}[kind]
            size = struct.unpack_from("<Q" if big else "<I", data, place + 4)[0]
            where = place + (12 if big else 8)
            if size * struct.calcsize(how) > (8 if big else 4):
                where = struct.unpack_from("<Q" if big else "<I", data, where)[0]
            yield list(struct.unpack_from(f"<{size}{how}", data, where))
        last = at + head + number * entry
        at = struct.unpack_from("<Q" if big else "<I", data, last)[0]


if __name__ == "__main__":
    main()

"""Buckets and folders keep what their port promises; what fails is told in words."""

import hashlib
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from faulty_bucket import faulty_bucket

from bench.services.seaweed import SECRET
from rsrag.errors import BucketError, ConfigError
from rsrag.objects import bucket as bucket_module
from rsrag.objects.addresses import Address, bucket_address
from rsrag.objects.credentials import gdal_options, masked, store_options
from rsrag.objects.open_place import open_objects


@pytest.fixture(params=["folder", "bucket"])
def place(request, tmp_path):
    """The same tests over both kinds."""
    if request.param == "folder":
        return open_objects(tmp_path / "objects")
    return open_objects(request.getfixturevalue("bucket"))


@pytest.fixture
def faulty(monkeypatch):
    """A server that knows no conditions, and no patience with it."""
    monkeypatch.setitem(bucket_module._RETRIES, "max_retries", 0)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "their-secret")
    with faulty_bucket() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        yield server


def told(caught):
    return f"{caught.value} {caught.value.hint}"


def test_nothing_is_there_before_something_is_put(place):
    assert place.head("a") is None
    assert place.read("a/b") is None
    assert list(place.below()) == []
    assert place.folders() == []
    place.remove("a")


def test_put_if_absent_keeps_the_first(place, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"second")
    assert place.create("a/x", b"first")
    assert not place.create("a/x", file)
    assert place.read("a/x")[0] == b"first"
    assert place.create("a/y", file)
    assert place.read("a/y")[0] == b"second"


def test_one_of_many_puts_wins(place):
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda i: place.create("one", b"%d" % i), range(8)))
    assert won.count(True) == 1
    assert place.read("one")[0] == b"%d" % won.index(True)


def test_a_swap_needs_the_mark_that_stands_there(place):
    assert place.swap("c", b"1", None)
    assert not place.swap("c", b"2", None)
    _, mark = place.read("c")
    assert place.swap("c", b"22", mark)
    assert not place.swap("c", b"333", mark)
    assert place.read("c")[0] == b"22"
    assert not place.swap("other", b"1", mark)


def test_objects_are_listed_by_key_with_size_and_mark(place):
    for key in ("b/2", "a", "b/10", "b.x"):
        place.create(key, key.encode())
    found = list(place.below())
    assert [info.key for info in found] == ["a", "b.x", "b/10", "b/2"]
    assert [info.size for info in found] == [1, 3, 4, 3]
    assert [info.key for info in place.below("b")] == ["b/10", "b/2"]
    assert found[0] == place.head("a")
    assert place.folders() == ["b"]
    assert all(info.changed_ns > 1_700_000_000 * 10**9 for info in found)


def test_an_object_is_fetched_with_its_digest(place, tmp_path):
    data = bytes(range(256)) * 100_000
    place.create("big", data)
    assert place.fetch("big", tmp_path / "x") == hashlib.sha256(data).hexdigest()
    assert (tmp_path / "x").read_bytes() == data
    with pytest.raises(BucketError):
        place.fetch("none", tmp_path / "y")


def test_a_large_file_goes_in_pieces(bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(bucket_module, "WHOLE_BYTES", 1)
    monkeypatch.setattr(bucket_module, "_BLOCK", 5 << 20)
    place, file = open_objects(bucket), tmp_path / "large"
    file.write_bytes(bytes(12 << 20))
    assert place.create("large", file)
    assert not place.create("large", file)
    assert place.head("large").size == 12 << 20


def test_places_keep_compare_and_swap_and_leave_no_trace(place):
    place.check_swaps()
    assert list(place.below()) == []


def test_another_process_opens_a_bucket_with_its_own_keys(bucket):
    place = open_objects(bucket)
    place.create("x", b"1")
    text = pickle.dumps(place)
    assert SECRET.encode() not in text
    assert pickle.loads(text).read("x")[0] == b"1"


def test_a_bucket_without_compare_and_swap_is_refused(faulty):
    with pytest.raises(BucketError, match="overwrites an object") as caught:
        open_objects("s3://data/x").check_swaps()
    assert "conditional writes" in caught.value.hint
    assert faulty.objects == {}


def test_a_full_bucket_is_told(faulty):
    faulty.refusal = 507, "InsufficientStorage", "no space left, their-secret"
    with pytest.raises(BucketError, match="s3://data/x is full") as caught:
        open_objects("s3://data/x").create("k", b"1")
    assert "their-secret" not in told(caught)


def test_what_a_server_says_is_told_without_keys(faulty):
    faulty.refusal = 403, "AccessDenied", "someone with their-secret may not"
    with pytest.raises(BucketError, match="AccessDenied") as caught:
        open_objects("s3://data/x").create("k", b"1")
    assert "their-secret" not in told(caught) and "someone" not in told(caught)


def test_wrong_keys_are_told_without_showing_them(bucket, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-secret-word")
    with pytest.raises(BucketError, match="does not take the keys") as caught:
        open_objects(bucket).read("x")
    assert "wrong-secret-word" not in told(caught)
    assert "AWS_SECRET_ACCESS_KEY" in caught.value.hint


def test_a_bucket_that_is_not_there_is_told(bucket):
    place = open_objects("s3://no-such-bucket/x")
    for ask in (lambda: place.read("a"), place.folders, lambda: list(place.below())):
        with pytest.raises(BucketError, match="no bucket 'no-such-bucket'"):
            ask()


def test_a_server_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setitem(bucket_module._RETRIES, "max_retries", 0)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_NO_SIGN_REQUEST", "YES")
    with pytest.raises(BucketError, match=r"no answer from http://127\.0\.0\.1:9"):
        open_objects("s3://data/x").read("k")


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BucketError, match="cannot be used"):
        open_objects(tmp_path / "file").create("k", b"")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("s3://bucket/a/b/", Address("s3", "bucket", "a/b")),
        ("GS:/bucket", Address("gs", "bucket", "")),
        ("az://box/é", Address("az", "box", "é")),
        ("/s3/x", None),
        ("https://host/x", None),
    ],
)
def test_addresses_are_read(text, address):
    assert bucket_address(text) == address
    if address and not text.startswith("GS"):
        assert str(address) == text.rstrip("/")


@pytest.mark.parametrize(
    "text", ["s3://", "s3://x", "s3:///a", "s3://b ucket/a", "s3://buck/a\n"]
)
def test_addresses_that_cannot_be_are_refused(text):
    with pytest.raises(ConfigError):
        bucket_address(text)


def test_a_password_in_an_address_is_refused_and_not_shown():
    with pytest.raises(ConfigError) as caught:
        open_objects("s3://me:hunter22@bucket/x")
    assert "hunter22" not in told(caught)


def test_gdal_and_obstore_are_led_to_one_server(monkeypatch):
    monkeypatch.setenv("AWS_S3_ENDPOINT", "store.example.org:9000")
    monkeypatch.setenv("AWS_HTTPS", "NO")
    assert store_options("s3")["endpoint"] == "http://store.example.org:9000"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://other.example.org")
    assert store_options("s3")["endpoint"] == "https://other.example.org"
    assert gdal_options("s3") == {
        "AWS_S3_ENDPOINT": "other.example.org",
        "AWS_HTTPS": "YES",
        "AWS_VIRTUAL_HOSTING": "FALSE",
    }
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "me")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "a2V5a2V5")
    found = {"account_name": "me", "account_key": "a2V5a2V5"}
    assert store_options("az") == found
    assert gdal_options("az") == {"AZURE_STORAGE_ACCESS_KEY": "a2V5a2V5"}


def test_a_profile_gives_keys_where_the_environment_has_none(tmp_path, monkeypatch):
    (tmp_path / "credentials").write_text(
        "[lab]\naws_access_key_id = lab-name\naws_secret_access_key = lab-secret\n"
    )
    (tmp_path / "config").write_text("[profile lab]\nregion = eu-1\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "lab")
    assert store_options("s3") == {
        "access_key_id": "lab-name",
        "secret_access_key": "lab-secret",
        "region": "eu-1",
    }
    assert masked("it is lab-secret of lab-name") == "it is *** of ***"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    assert store_options("s3") == {}

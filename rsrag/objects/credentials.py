"""Keys to buckets: found once, given to obstore and to GDAL alike, and never shown.

Both read ``AWS_*``, ``GOOGLE_APPLICATION_CREDENTIALS`` and ``AZURE_STORAGE_*`` from the
environment, under names that differ in part; what one of them would miss is told it.
"""

import configparser
import os
from collections.abc import Iterator
from pathlib import Path

_YES = ("1", "true", "yes", "on")
_SECRETS = (
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ACCESS_KEY_ID",
    "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_STORAGE_CONNECTION_STRING",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
    "GS_SECRET_ACCESS_KEY",
)
_PROFILE = {
    "aws_access_key_id": "access_key_id",
    "aws_secret_access_key": "secret_access_key",
    "aws_session_token": "session_token",
    "region": "region",
    "endpoint_url": "endpoint",
}
NAMES = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_PROFILE), AWS_REGION, "
    "and AWS_ENDPOINT_URL where it is not Amazon's; AWS_NO_SIGN_REQUEST=YES for a "
    "bucket that is open to all",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_ACCESS_KEY",
}
"""Variables that hold the keys, by scheme, in words."""


def store_options(scheme: str) -> dict[str, str | bool]:
    """What obstore is told beside the environment that it reads itself."""
    if scheme == "s3":
        found: dict[str, str | bool] = dict(_profile())
        if endpoint := _endpoint():
            found["endpoint"] = endpoint
        if _yes("AWS_NO_SIGN_REQUEST"):
            found["skip_signature"] = True
        return found
    if scheme == "az":
        names = {
            "account_name": ("AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCOUNT_NAME"),
            "account_key": ("AZURE_STORAGE_ACCESS_KEY", "AZURE_STORAGE_ACCOUNT_KEY"),
        }
        return {
            option: value
            for option, variables in names.items()
            if (value := _first(*variables))
        }
    return {}


def allows_http(scheme: str) -> bool:
    """Whether a server may be asked without encryption: where its address says so."""
    if scheme == "s3":
        return _endpoint().startswith("http://")
    return _first("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT").startswith("http://")


def gdal_options(scheme: str) -> dict[str, str]:
    """GDAL's settings that lead it to the same server, with the same keys."""
    if scheme == "az":
        pairs = {
            "AZURE_STORAGE_ACCOUNT": _first("AZURE_STORAGE_ACCOUNT_NAME"),
            "AZURE_STORAGE_ACCESS_KEY": _first("AZURE_STORAGE_ACCOUNT_KEY"),
        }
        return {name: v for name, v in pairs.items() if v and not _first(name)}
    endpoint = _endpoint() if scheme == "s3" else ""
    if not endpoint:
        return {}
    protocol, _, host = endpoint.partition("://")
    return {
        "AWS_S3_ENDPOINT": host.rstrip("/"),
        "AWS_HTTPS": "NO" if protocol == "http" else "YES",
        "AWS_VIRTUAL_HOSTING": "FALSE",
    }


def masked(text: str) -> str:
    """A text without any key that is known here."""
    for secret in _known_secrets():
        text = text.replace(secret, "***")
    return text


def _known_secrets() -> Iterator[str]:
    values = [os.environ.get(name, "") for name in _SECRETS]
    profile = _profile()
    values += [profile.get(name, "") for name in _PROFILE.values() if "key" in name]
    values.append(profile.get("session_token", ""))
    yield from (value for value in values if len(value) >= 4)


def _endpoint() -> str:
    """Of S3, with its protocol; empty for Amazon's own."""
    if found := _first("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"):
        return found
    if host := _first("AWS_S3_ENDPOINT"):  # GDAL's own word for it.
        if "://" in host:
            return host
        secure = _first("AWS_HTTPS").lower() not in ("no", "false", "off", "0")
        return f"{'https' if secure else 'http'}://{host}"
    return _profile().get("endpoint", "")


def _profile() -> dict[str, str]:
    """Keys of ``~/.aws``, where the environment has none; GDAL reads these itself."""
    if _first("AWS_ACCESS_KEY_ID"):
        return {}
    name = _first("AWS_PROFILE") or "default"
    home = Path.home() / ".aws"
    files = {
        _first("AWS_CONFIG_FILE") or str(home / "config"): f"profile {name}",
        _first("AWS_SHARED_CREDENTIALS_FILE") or str(home / "credentials"): name,
    }
    found: dict[str, str] = {}
    for file, section in files.items():
        parser = configparser.RawConfigParser()
        try:
            parser.read(file)
        except (OSError, configparser.Error, UnicodeDecodeError):
            continue
        for each in {section, name}:
            if parser.has_section(each):
                found |= {
                    option: value
                    for key, option in _PROFILE.items()
                    if (value := parser.get(each, key, fallback=""))
                }
    return found


def _first(*names: str) -> str:
    return next((v for name in names if (v := os.environ.get(name, "").strip())), "")


def _yes(name: str) -> bool:
    return _first(name).lower() in _YES

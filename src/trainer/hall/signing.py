"""The hall's signing key: made at the first start, kept in a file that only the hall's own user can read."""

from __future__ import annotations

import base64
import json
import os
import secrets
import stat
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from nacl.bindings import crypto_sign, crypto_sign_BYTES
from nacl.signing import SigningKey

from trainer.errors import NotFound, TrainerError

ALGORITHM = "Ed25519"


class Signer:
    """Signs receipts. ``key_id`` is the start of the public key's SHA-256; ``public_key`` is in base64."""

    def __init__(self, seed: bytes) -> None:
        key = SigningKey(seed)
        raw = key.verify_key.encode()
        self.public_key = base64.b64encode(raw).decode("ascii")
        self.key_id = sha256(raw).hexdigest()[:16]
        self._secret = seed + raw

    def sign(self, message: bytes) -> str:
        """The signature in base64."""
        return base64.b64encode(crypto_sign(message, self._secret)[:crypto_sign_BYTES]).decode("ascii")


def load_or_create(path: Path) -> Signer:
    """The key in ``path``, made if there is none. Raises TrainerError when the file is damaged or others can read it."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return _create(path)
    if not stat.S_ISREG(status.st_mode):
        raise TrainerError(f"签名钥匙 {path} 不是普通文件，为安全起见不使用。请核查来历。")
    if status.st_mode & 0o077:
        raise TrainerError(f"签名钥匙 {path} 别人也能读。请运行 chmod 600 {path}，并核查有没有外泄，再启动。")
    try:
        seed = base64.b64decode(json.loads(path.read_text(encoding="ascii"))["seed"], validate=True)
        return Signer(seed)
    except (ValueError, KeyError, TypeError):
        raise TrainerError(
            f"签名钥匙 {path} 损坏了。请从备份恢复这个文件；没有备份就把它移走，会另造一把新的。"
        ) from None


def publish(path: Path, keys: Mapping[str, str]) -> None:
    """Write all public keys (key id → base64) to a file that anybody may have: with it receipts are checked offline."""
    content = json.dumps({"algorithm": ALGORITHM, "keys": dict(keys)}, indent=1) + "\n"
    if path.is_file() and path.read_text(encoding="ascii", errors="replace") == content:
        return
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    part.write_text(content, encoding="ascii")
    part.chmod(0o644)
    part.replace(path)


def read_public(path: Path) -> dict[str, str]:
    """The public keys (key id → base64) of a file that :func:`publish` wrote. Raises NotFound, TrainerError."""
    try:
        keys = json.loads(path.read_text(encoding="ascii"))["keys"]
        return {str(name): str(key) for name, key in keys.items()}
    except OSError:
        raise NotFound(
            f"读不到公钥文件 {path}。它在考场服务的签名钥匙旁边，名字以 .pub.json 结尾。"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise TrainerError(f"公钥文件 {path} 读不懂。请重新从服务器上取一份。") from None


def _create(path: Path) -> Signer:
    """Make a key; when two start at once, both end up with the one that was there first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    seed = os.urandom(32)
    signer = Signer(seed)
    content: dict[str, Any] = {
        "algorithm": ALGORITHM,
        "key_id": signer.key_id,
        "seed": base64.b64encode(seed).decode("ascii"),
    }
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(json.dumps(content, indent=1) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.link(part, path)
    except FileExistsError:
        return load_or_create(path)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return signer


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

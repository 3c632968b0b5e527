"""Tokens of a text where the provider does not count them: tiktoken for OpenAI's models when it is installed, else an estimate."""

from __future__ import annotations

import importlib
import socket
from collections.abc import Callable
from functools import cache

CHARACTERS_PER_TOKEN = 4
# tiktoken loads a vocabulary from the network when it first needs one, and sets no limit to it.
VOCABULARY_TIMEOUT_SECONDS = 5.0


def estimate_tokens(text: str, provider: str = "", model: str = "") -> int:
    """0 for the empty text only."""
    if provider == "openai":
        count = _tokenizer(model)
        if count is not None:
            return count(text)
    return -(-utf16_length(text) // CHARACTERS_PER_TOKEN)


def utf16_length(text: str) -> int:
    """As JavaScript counts: characters beyond the first plane are two."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


@cache
def _tokenizer(model: str) -> Callable[[str], int] | None:
    usual = socket.getdefaulttimeout()
    try:
        tiktoken = importlib.import_module("tiktoken")
        socket.setdefaulttimeout(VOCABULARY_TIMEOUT_SECONDS)
        try:
            encoding = tiktoken.encoding_for_model(model)
        except KeyError:
            encoding = tiktoken.get_encoding("o200k_base")
    except Exception:  # Not installed, or its vocabulary cannot be loaded: an estimate will do.
        return None
    finally:
        socket.setdefaulttimeout(usual)

    def count(text: str) -> int:
        return len(encoding.encode(text, disallowed_special=()))

    return count

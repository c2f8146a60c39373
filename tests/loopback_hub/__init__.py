"""A Hub on the loopback interface, over real HTTP, for unmodified `huggingface_hub` and `datasets`.

It answers as the Hub does, as far as its own tests go (`tests/hub/test_loopback_*.py`): accounts, private
and gated repos, branches, tags, pull requests, LFS files, search by the tags of cards. It keeps every byte
that it receives, and fails where it is told to. It has no XET: that is off in a process that imports this; a
client in another one needs HF_HUB_DISABLE_XET=1, and HF_ENDPOINT before it imports `huggingface_hub`, see
`tests/hub/clients.py`.
"""

from huggingface_hub import constants

from .accounts import USER, Account
from .hub import LoopbackHub
from .repos import Commit, File
from .routing import Answer

__all__ = ["USER", "Account", "Answer", "Commit", "File", "LoopbackHub"]

constants.HF_HUB_DISABLE_XET = True

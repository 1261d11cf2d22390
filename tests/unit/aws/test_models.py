"""The loader of botocore's models that all sessions share."""

from __future__ import annotations

from ebbtide.aws import own_session
from ebbtide.aws.models import shared_loader


def test_sessions_do_not_lengthen_the_search_for_models() -> None:
    own_session("111122223333", "aws", 1)
    folders = list(shared_loader().search_paths)
    for _ in range(3):
        own_session("111122223333", "aws", 1)
    assert shared_loader().search_paths == folders
    assert len(set(folders)) == len(folders)

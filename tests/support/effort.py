"""How much a heavy test does: a part in `make test`, everything in `make test-full`."""

from hypothesis import settings

ORDINARY, FULL = "ordinary", "full"


def is_full() -> bool:
    """Say whether tests look as long and as wide as they can (`pytest --full`)."""
    return settings.get_current_profile_name() == FULL


def scaled(usual: int) -> int:
    """Return `usual` scaled as the hypothesis profile scales the usual 100 examples."""
    return usual * settings().max_examples // 100

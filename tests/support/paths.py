"""The paths of the repository and of the recorded answers."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
RECORDS = REPOSITORY / "tests" / "data" / "kinds"
RULES = REPOSITORY / "tests" / "data" / "rules"

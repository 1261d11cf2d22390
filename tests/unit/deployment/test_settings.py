"""A function that was deployed wrongly says which variable is missing."""

import pytest

from ebbtide.base.errors import SettingsError
from ebbtide.deployment.settings import Settings


def test_settings_come_from_the_environment() -> None:
    environ = {"BUCKET": "b", "ACCOUNT_ID": "111122223333", "PARTITION": "aws-cn", "PATH": "/bin"}
    settings = Settings.from_env(environ)
    assert (settings.bucket, settings.partition) == ("b", "aws-cn")
    assert settings.reader_role == "EbbtideReader"


@pytest.mark.parametrize("environ", [{}, {"BUCKET": "", "ACCOUNT_ID": "x"}])
def test_missing_variables_are_named(environ: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="BUCKET"):
        Settings.from_env(environ)

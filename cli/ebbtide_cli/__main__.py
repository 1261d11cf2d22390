"""Run the command as `python -m ebbtide_cli`."""

from ebbtide_cli.main import app

app(prog_name="ebbtide")

"""A configuration with two jobs, which the tests of `ebbtide jobs` edit."""

KEY = "config/ebbtide.yaml"
CONFIG = """\
# ours
jobs:
  - name: old-volumes   # every run
    event: post_collect
    search: is(volume) and age > 30d
    action: {clean: {reason: old}}
  - name: wipe
    event: cleanup_plan
    cron: 0 22 * * fri
    timezone: Europe/Berlin
    search: is(instance)
    action: {clean: {reason: friday}}
    active: false
"""

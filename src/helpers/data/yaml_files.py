"""Read a YAML file of the project safely."""

from pathlib import Path

import yaml

__all__ = ["read_yaml"]

# the same safe loader, some twenty times faster where PyYAML was built with libyaml
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> object:
    """Return the content of a YAML file, of plain types only."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)

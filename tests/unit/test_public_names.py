"""`from helpers import …` gives what the package promises, and starts nothing before it is used."""

import subprocess
import sys

import pytest

import helpers

# Looked up here and not in a test, because a package imported on the way seeds itself.
PUBLIC = {name: getattr(helpers, name) for name in helpers.__all__}


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_exists_and_is_documented(name):
    assert name == "__version__" or PUBLIC[name].__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'fit_path_modl'"):
        _ = helpers.fit_path_modl


def test_importing_the_package_imports_no_engine():
    code = "import helpers, sys; sys.exit('semopy' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

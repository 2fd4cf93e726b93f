"""``python -m helpers COMMAND …``."""

import sys

from helpers.commands.command_line import main

sys.exit(main())

"""Import before jupytext, papermill or nbformat, to start in half the time.

`jsonschema` looks for `rfc3987_syntax`, which compiles a large grammar on import, only to check
IRIs; no notebook holds one. Marked as absent, it is skipped.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)

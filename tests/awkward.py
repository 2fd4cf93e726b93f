"""Names and labels as people and their enemies write them, for every place that takes one."""

import numpy as np

ORDINARY = (
    "Smith, Anna",
    "Rater: 1",
    "segment",
    "label",
    "spread",
    "a, b: text",
    "therapist_id",
    "50 % & more",
    "3 < 4 > 2",
    "R&D",
    "AT&amp;T",
    "$5 or $6",
    "x*y*z",
    "_under_ __lines__",
    "#1",
    "1. first",
    "- no",
    "+1",
    "=1+1",
    "a|b",
    "a\\b",
    "`code`",
    "{role}`x`",
    "[1]",
    "~80~",
    'O\'Neill "Bob"',
    "Müller-Lüdenscheidt",
    "山田 太郎",
    "שלום עולם",
    "🙂",
    "e\u0301",
    "www.example.org",
    "me@example.org",
    "https://example.org/a?b=c&d",
    "None",
    "TRUE",
)
HOSTILE = (
    "<p>",
    "<b>bold</b>",
    "</td></tr></table><script>boom()</script>",
    "<script>boom()</script>",
    "<img src=x onerror=boom()>",
    '<b tabindex=0 autofocus onfocus="boom()">Ann</b>',
    "<b onmouseover=boom()>",
    '" onmouseover="boom()',
    "' onmouseover='boom()",
    "<svg onload=boom()>",
    "<!-- comment -->",
    "<style>*{display:none}</style>",
    "--><script>boom()</script>",
    "]]><script>boom()</script>",
    "[x](javascript:boom())",
    "[x](java&#115;cript:boom())",
    "![x](data:text/html,boom)",
    "<javascript:boom()>",
    "[a]: javascript:boom()",
    "$\\frac{$",
    "$$x$$",
    "\\(x\\)",
    "\\input{/etc/passwd}",
    "\\end{tabular}",
    '#read("/etc/passwd")',
    "{{ 7*7 }}",
    "{% raw %}",
    "$(boom)",
    "`boom`",
    "@SUM(1)",
    "\u202egnp.exe",
    "two\nlines",
    "tab\there",
    "nul\x00",
    "x" * 10_000,
)
_PARTS = ["<", ">", "&", '"', "'", "`", "$", "|", "*", "_", "[", "](", ")", "{", "}", "\\", "#"]
_PARTS += [
    "script",
    "b",
    "i",
    "sub",
    "code",
    "a b",
    " ",
    "/",
    "=",
    "onload",
    ":",
    "//",
    "&lt;",
    "ü",
]


def draw_strings(n: int, *, seed: int) -> list[str]:
    """Draw strings from pieces that begin or end something in some language."""
    rng = np.random.default_rng(seed)
    drawn = ["".join(rng.choice(_PARTS, size=rng.integers(1, 9))) for _ in range(n)]
    return [text for text in drawn if text.strip()]


def all_strings() -> list[str]:
    """Return what is listed, and more that are drawn."""
    return [*ORDINARY, *HOSTILE, *draw_strings(150, seed=17)]

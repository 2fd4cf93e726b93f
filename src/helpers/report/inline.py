"""Words with a little markup in each form of print; whatever else is in them is text.

A caption, a head or a note is read once into pieces of text, each with the elements around it, and
written anew from these. So no element but those of `ELEMENTS`, none with an attribute and none
that is not closed comes out of it as an element, wherever its words came from.

What comes out has the type of its form: `Html`, `Markdown`, `Latex`, `Typst`. These are `Markup` of
markupsafe: whatever else is put into one, by `format`, `%`, `+` or `join`, is text and is escaped.
Only a literal is made one by calling the type, which ruff's rule S704 watches.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from typing import ClassVar, NamedTuple, Self

from markupsafe import Markup

from helpers.inputs import check_choice

__all__ = [
    "ELEMENTS",
    "Html",
    "Inline",
    "Latex",
    "Markdown",
    "PlainText",
    "Typst",
    "Written",
    "clean_text",
    "convert_inline",
    "disarm_markdown",
    "escape_text",
    "form_of",
    "plain",
]

ELEMENTS = ("b", "code", "i", "sub", "sup")
_TAG = re.compile(rf"<(/?)({'|'.join(ELEMENTS)})>")

_LATEX_SIGNS = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    # after the end of a row these would be read as its options
    "[": "{[}",
    "*": "{*}",
    "\u00a0": "~",
    "\u2212": "$-$",
    "<": "$<$",
    ">": "$>$",
    "|": r"\textbar{}",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "≈": r"$\approx$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "→": r"$\to$",
    "↔": r"$\leftrightarrow$",
    "∞": r"$\infty$",
    "±": r"$\pm$",
    "–": "--",
    "—": "---",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "…": r"\dots{}",
    "²": r"\textsuperscript{2}",
}
_BREAKS = re.compile("[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
# what has no shape, or turns the text after it round
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_SIGNS = re.compile(  # what may begin an element, emphasis, a formula, a link, a role, a list
    r"[&<>\\`*|$~\[\]{}#@]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.|^\s*[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]"
)


def clean_text(text: str) -> str:
    """Return text on one line, without control characters and turns of the writing direction."""
    return _unbroken(text).strip()


def _unbroken(text: str) -> str:
    return _UNSEEN.sub("", _BREAKS.sub(" ", text))


class Written(Markup):
    r"""Words in a form of print: what is put into them is escaped as that form asks.

    Examples
    --------
    >>> print(Html("<b>{}</b>").format("R&D"), Latex(r"\textbf{%s}") % "R&D")
    <b>R&amp;D</b> \textbf{R\&D}
    >>> Typst("[{}]").format("R&D") + "#x"
    Typst('[#"R&D"]#"#x"')
    """

    __slots__ = ()
    marks: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """What opens and closes each element of `ELEMENTS` that the form has."""

    @classmethod
    def escape(cls, text: object, /) -> Self:
        """Write `text` so that it stands there as it is; what is of this form already, is."""
        return text if isinstance(text, cls) else cls(cls.write(_unbroken(str(text))))

    @classmethod
    def write(cls, text: str) -> str:
        """Return `text`, on one line, with what the form would read as its own escaped."""
        return text

    @classmethod
    def mark(cls, element: str, *, close: bool = False) -> Self:
        """Return what opens or closes an element; nothing where the form has none such."""
        return cls(cls.marks.get(element, ("", ""))[close])


class Inline(Written):
    """Words for a caption, a head, a note or prose: what is put into them shows as it is.

    Examples
    --------
    >>> Inline("<b>{}</b> of 2").format("<p>")
    Inline('<b>&#60;p&#62;</b> of 2')
    """

    __slots__ = ()

    @classmethod
    def write(cls, text: str) -> str:
        """Write signs that begin something in HTML or Markdown as character references."""
        return _SIGNS.sub(lambda found: "".join(f"&#{ord(sign)};" for sign in found[0]), text)


class PlainText(Written):
    """Text without any markup."""

    __slots__ = ()


class Html(Written):
    """An HTML fragment, also for attributes in double quotes."""

    __slots__ = ()
    marks: ClassVar = {name: (f"<{name}>", f"</{name}>") for name in ELEMENTS}

    @classmethod
    def write(cls, text: str) -> str:
        """Write signs of HTML as character references."""
        return html.escape(text)


class Markdown(Written):
    """Markdown as GitHub, JupyterLab and pandoc read it."""

    __slots__ = ()
    marks: ClassVar = {
        "i": ("*", "*"),
        "b": ("**", "**"),
        "sup": ("<sup>", "</sup>"),
        "sub": ("<sub>", "</sub>"),
    }

    @classmethod
    def write(cls, text: str) -> str:
        """Escape what begins an element, a link, a formula, a role or a character reference."""
        text = re.sub(r"([\\`*_|$~]|<(?=[A-Za-z/!?])|\](?=[\[({:])|&(?=#?\w+;))", r"\\\1", text)
        return text.replace("://", ":\\//")


class Latex(Written):
    """LaTeX of an article."""

    __slots__ = ()
    marks: ClassVar = {
        "i": (r"\textit{", "}"),
        "b": (r"\textbf{", "}"),
        "sup": (r"\textsuperscript{", "}"),
        "sub": (r"\textsubscript{", "}"),
        "code": (r"\texttt{", "}"),
    }

    @classmethod
    def write(cls, text: str) -> str:
        """Write signs and Greek letters by their commands."""
        return "".join(_LATEX_SIGNS.get(sign) or _greek(sign) for sign in text)


class Typst(Written):
    """Typst as it is in a block of text."""

    __slots__ = ()
    marks: ClassVar = {
        "i": ("#emph[", "]"),
        "b": ("#strong[", "]"),
        "sup": ("#super[", "]"),
        "sub": ("#sub[", "]"),
        "code": ("#code[", "]"),
    }

    @classmethod
    def write(cls, text: str) -> str:
        """Quote text: a string in Typst has no marks of its own but these two."""
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'#"{quoted}"' if text else ""


_FORMS: dict[str, type[Written]] = {
    "text": PlainText,
    "html": Html,
    "markdown": Markdown,
    "latex": Latex,
    "typst": Typst,
}


def form_of(name: str) -> type[Written]:
    """Return the type of a form of print: text, html, markdown, latex or typst."""
    check_choice("form", name, tuple(_FORMS))
    return _FORMS[name]


def plain(text: object) -> Inline:
    """Write a reader's words so that a caption, a head, a note or prose shows them as they are.

    Examples
    --------
    >>> str(convert_inline(f"Coder {plain('<b>Ann</b> & *Bo*')}", "text"))
    'Coder <b>Ann</b> & *Bo*'
    """
    return Inline.escape(clean_text(str(text)))


def disarm_markdown(text: str) -> str:
    r"""Return Markdown with no HTML but `ELEMENTS`, no image, and links to pages and files only.

    Examples
    --------
    >>> disarm_markdown("<b>a</b> <img src=x> [b](javascript:c) [d](#e)")
    '<b>a</b> &lt;img src=x> [b]\\(javascript:c) [d](#e)'
    """
    text = _UNSEEN.sub("", text)
    text = re.sub(rf"<(?=[A-Za-z/!?])(?!/?(?:{'|'.join(ELEMENTS)})>)", "&lt;", text)
    text = re.sub(r"!(?=\[)", "&#33;", text)
    return re.sub(r"\]([(:])\s*<?([^\s)>]*)", _disarm_link, text)


def _disarm_link(found: re.Match[str]) -> str:
    target = html.unescape(found[2]).replace("\\", "")
    leads_nowhere = ":" in target.split("/")[0] and not target.startswith(("http:", "https:", "#"))
    return found[0].replace("]", "]\\", 1) if leads_nowhere else found[0]


class _Piece(NamedTuple):
    text: str
    elements: tuple[str, ...]


def _read(text: str) -> list[_Piece]:
    """Return pieces of text with the elements that are opened before and closed after them."""
    found = list(_TAG.finditer(text))
    waiting: list[int] = []
    pairs: set[int] = set()
    for k, tag in enumerate(found):
        if not tag[1]:
            waiting.append(k)
        elif waiting and found[waiting[-1]][2] == tag[2]:
            pairs |= {waiting.pop(), k}
    pieces, inside, at = [], [], 0
    for k in sorted(pairs):
        tag = found[k]
        pieces.append(_Piece(text[at : tag.start()], tuple(inside)))
        inside = inside[:-1] if tag[1] else [*inside, tag[2]]
        at = tag.end()
    pieces.append(_Piece(text[at:], tuple(inside)))
    return [piece._replace(text=_unbroken(html.unescape(piece.text))) for piece in pieces]


def convert_inline(text: str, form: str) -> Written:
    r"""Render inline markup in another form.

    Parameters
    ----------
    text : str
        With `<i>`, `<b>`, `<sup>`, `<sub>`, `<code>` and character references. Any other element
        is text.
    form : {"text", "html", "markdown", "latex", "typst"}
        For Typst a function `code` must be available.

    Returns
    -------
    Written
        Of the type of the form.

    Examples
    --------
    >>> print(convert_inline("<i>p</i> &lt; .05 in <code>a_b</code>", "latex"))
    \textit{p} $<$ .05 in \texttt{a\_b}
    >>> print(convert_inline("<i onclick=x>p</i>", "html"))
    &lt;i onclick=x&gt;p&lt;/i&gt;
    """
    written = form_of(form)
    parts: list[Written] = []
    inside: tuple[str, ...] = ()
    for piece in [*_read(text), _Piece("", ())]:
        verbatim = written is Markdown and "code" in piece.elements
        elements = () if verbatim else piece.elements
        kept = next(
            (k for k, (a, b) in enumerate(zip(inside, elements, strict=False)) if a != b),
            min(len(inside), len(elements)),
        )
        parts += [written.mark(name, close=True) for name in reversed(inside[kept:])]
        parts += [written.mark(name) for name in elements[kept:]]
        parts.append(_fence(piece.text) if verbatim and piece.text else written.escape(piece.text))
        inside = elements
    return written("").join(parts)


def escape_text(text: str, form: str) -> Written:
    """Write text in a form of print so that it stands there as it is."""
    return form_of(form).escape(clean_text(text))


def _fence(code: str) -> Markdown:
    """Put code between more backticks than it has itself."""
    runs = [len(run) for run in re.findall("`+", code)]
    fence = "`" * (max(runs, default=0) + 1)
    pad = " " if code[:1] == "`" or code[-1:] == "`" else ""
    return Markdown(f"{fence}{pad}{code}{pad}{fence}")  # noqa: S704  (code is never read)


def _greek(sign: str) -> str:
    """Return a Greek letter as LaTeX writes it, and any other sign as it is."""
    name = unicodedata.name(sign, "").split()
    if name[:1] != ["GREEK"] or name[2:3] != ["LETTER"] or len(name) != 4:
        return sign
    return f"$\\{name[3].capitalize() if name[1] == 'CAPITAL' else name[3].lower()}$"

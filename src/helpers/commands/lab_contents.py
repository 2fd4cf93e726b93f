"""How JupyterLab gets a notebook: as it will be once its kernel runs, and with its code folded.

A kernel says of which version its language is, and JupyterLab writes that into the notebook, which
is then "unsaved" though nobody touched it. So it is written there before the notebook is given out,
and never into the file. Nor is the folding of code, which `helpers.commands.lab_saving` takes away.
"""

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

__all__ = ["ReportContents", "prepare_notebook"]

OPEN_TAGS = {"parameters", "form", "show-input"}


class ReportContents(AsyncLargeFileManager):
    """The files of the project; jupytext makes its own manager of this one."""

    async def get(self, path: str, content: bool = True, **options: object) -> dict:
        """Return a file or folder, a notebook as `prepare_notebook` leaves it."""
        model = await super().get(path, content=content, **options)
        if content and model["type"] == "notebook":
            prepare_notebook(model["content"])
        return model


def prepare_notebook(notebook: dict) -> None:
    """Say what a kernel will say of its language, and fold all code but parameters, in place."""
    from ipykernel.ipkernel import IPythonKernel

    notebook["metadata"]["language_info"] = dict(IPythonKernel.language_info)
    for cell in notebook["cells"]:
        shown = OPEN_TAGS & set(cell["metadata"].get("tags", ()))
        if cell["cell_type"] == "code" and not shown:
            cell["metadata"]["jupyter"] = {"source_hidden": True}

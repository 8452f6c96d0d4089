"""The tutorial runs from top to bottom, and what it says of its pictures is so."""

import nbformat
from nbclient import NotebookClient

from project import ROOT


def test_the_tutorial_runs_and_shows_what_it_promises(tmp_path):
    notebook = nbformat.read(ROOT / "docs/tutorial.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("assert not report.warnings()\nprint('to the end')"))
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert "to the end" in notebook.cells[-1].outputs[0].text
    pictures = [out for cell in notebook.cells for out in cell.get("outputs", []) if "image/png" in out.get("data", {})]
    assert len(pictures) == sum(cell.source.rstrip().endswith("report.plot()") for cell in notebook.cells)
    assert (tmp_path / "networks.parquet").exists()

"""Executes one notebook in its kernel and writes the executed copy.

usage: execute_notebook.py INPUT OUTPUT SECONDS_PER_CELL

Exit codes: 0 executed, 1 a cell failed or ran out of time, 2 the kernel died or was not found.
"""

import os
import sys

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError


def main() -> int:
    source, target, seconds = sys.argv[1:4]
    notebook = nbformat.read(source, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=int(seconds),
        kernel_name=notebook.metadata.get("kernelspec", {}).get("name", "deno"),
        record_timing=False,
        resources={"metadata": {"path": os.path.dirname(os.path.abspath(source))}},
    )
    try:
        client.execute()
    except CellTimeoutError as error:
        print(f"a cell took longer than {seconds} s: {first_line(error)}", file=sys.stderr)
        return 1
    except CellExecutionError as error:
        print(f"cell {position_of_failure(notebook)} failed: {error.ename}: {error.evalue}", file=sys.stderr)
        return 1
    except DeadKernelError:
        print(f"the kernel died in cell {position_of_last(notebook)}", file=sys.stderr)
        return 2
    except NoSuchKernel as error:
        print(f"no kernel named {error.name!r} was found", file=sys.stderr)
        return 2
    nbformat.write(notebook, target)
    return 0


def position_of_failure(notebook) -> int:
    for position, cell in enumerate(notebook.cells, start=1):
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return position
    return position_of_last(notebook)


def position_of_last(notebook) -> int:
    """Position of the last cell that began to run."""
    started = [
        position
        for position, cell in enumerate(notebook.cells, start=1)
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count)
    ]
    return started[-1] if started else 1


def first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


if __name__ == "__main__":
    sys.exit(main())

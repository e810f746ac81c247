"""`trigrad lessons`: the course as notebooks in a directory of the student's, opened in JupyterLab."""

from argparse import ArgumentParser, Namespace

NAME = "lessons"
HELP = "write the lessons as notebooks into a directory of yours, and open JupyterLab"
EXAMPLE = """examples:
  trigrad lessons
  trigrad lessons ~/gradients --no-open
  trigrad lessons ~/gradients --force
  trigrad lessons --language zh

A notebook that you changed is never overwritten. With --force a fresh one takes its place, and yours stays beside it
as NAME.backup-1.ipynb.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("directory", metavar="DIR", nargs="?", default="trigrad-lessons", help="default: %(default)s")
    parser.add_argument("--no-open", action="store_true", help="only write the notebooks")
    parser.add_argument("--force", action="store_true", help="replace notebooks that you changed; yours become backups")
    parser.add_argument("--language", metavar="zh", default="en", help="of the text: en or zh (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table; opens nothing")


def run(arguments: Namespace) -> int:
    """Write the notebooks, and open them."""
    from lessons.jupyter import lab_command, open_lab
    from lessons.notebooks import write_notebooks
    from trigrad.output import show

    opens = not (arguments.no_open or arguments.json)
    command = lab_command() if opens else ()
    notebooks = write_notebooks(arguments.directory, force=arguments.force, language=arguments.language)
    if arguments.json:
        print(notebooks.to_json())
    else:
        show(notebooks)
    if opens:
        open_lab(command, notebooks.directory, notebooks.files[0].path.name if notebooks.first_time else None)
    return 0

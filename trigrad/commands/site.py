"""`trigrad site`: the course as a static site, with every lesson executed, that needs no network."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

NAME = "site"
HELP = "execute the lessons and write them as a site of static pages that needs no network"
EXAMPLE = """examples:
  trigrad site public
  trigrad site public --lessons 1,3
  trigrad site public --language zh
"""


def numbers(text: str) -> tuple[int, ...]:
    """Numbers of lessons from a list with commas."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no list of lessons; write 1,3") from None


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("directory", metavar="DIR", help="a new directory, or a site that this command wrote")
    parser.add_argument("--lessons", type=numbers, metavar="1,3", help="only these lessons (default: all)")
    parser.add_argument("--language", metavar="zh", default="en", help="of the text: en or zh (default: %(default)s)")


def run(arguments: Namespace) -> int:
    """Build the site."""
    import sys

    from lessons.course import course
    from lessons.site.build import build_site
    from trigrad.output import print_text, progress

    language = arguments.language
    chosen = None if arguments.lessons is None else course(numbers=arguments.lessons, language=language)
    with progress("site") as say:
        site = build_site(arguments.directory, chosen, language=language, progress=say)
    for warning in site.warnings:
        print(f"trigrad: {warning}", file=sys.stderr)
    count = len(site.lessons)
    print_text(f"{count} lesson{'s' * (count != 1)} executed; open {site.directory / 'index.html'}")
    return 0

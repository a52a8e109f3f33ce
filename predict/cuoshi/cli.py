"""The command line: `cuoshi predict`, `cuoshi clean`, and the workshop's commands."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
from typing import Annotated, Any

import typer
import typer.core

from cuoshi.articles import clean_article
from cuoshi.cli_predict import Inputs, articles_of, named, predict
from cuoshi.console import complain
from cuoshi.errors import CuoshiError, InputError, OutputError
from cuoshi.reading import Article, find_inputs


class Commands(typer.core.TyperGroup):
    """Every error that was foreseen becomes one line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except CuoshiError as error:
            complain(error)
            sys.exit(1)
        except KeyboardInterrupt:
            sys.exit(130)
        except BrokenPipeError:
            # The reader of the pipe has gone: nothing more to say, nothing to flush at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except OSError as error:  # a full disk, mostly
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            complain(OutputError(f"{error.filename or 'standard output'}: {error.strerror}"))
            sys.exit(1)


app = typer.Typer(
    name="cuoshi",
    cls=Commands,
    help="措施: which policy measures do the sentences of Chinese articles contain?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(predict)


@app.command()
def clean(
    inputs: Inputs = None,
    audit: Annotated[
        bool, typer.Option("--audit", help="What each rule changed or left out, and where.")
    ] = False,
) -> None:
    """Print the clean text of articles, or what cleaning did to them."""
    failed = False
    for name in find_inputs(named(inputs)):
        for article in articles_of(name):
            if isinstance(article, InputError):
                complain(article)
                failed = True
            elif audit:
                _audit(article)
            else:
                text = clean_article(article).page.text.string
                print(text.encode("utf-8", "replace").decode("utf-8"))
    if failed:
        raise typer.Exit(1)


def _audit(article: Article) -> None:
    page = clean_article(article).page
    print(f"# {article.id}: {len(page.changes)} changes, {len(page.blocks)} blocks")
    for change in page.changes:
        print(f"{change.rule}\t{change.start}\t{change.end}\t{change.before!r}\t{change.after!r}")
    for block in page.blocks:
        if block.dropped:
            start, end = block.text.span(0, len(block.text))
            print(f"left out: {block.dropped}\t{start}\t{end}\t{block.text.string!r}")


def _workshop() -> None:
    """Add the commands of `cuoshi_train` where it is installed."""
    if importlib.util.find_spec("cuoshi_train"):
        importlib.import_module("cuoshi_train.cli").register(app)


def main() -> None:
    """The entry point."""
    logging.basicConfig(format="%(levelname)s: %(message)s", stream=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    _workshop()
    app()

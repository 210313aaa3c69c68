"""The command line: one module per verb; heavy libraries are imported inside the commands, not here.

`mgi --help` must answer at once, so `COMMANDS` names each verb with its help line, and its module
(`pipeline/cli/<verb>.py`, which holds a Typer `app`) is imported only when the verb is called.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Final, NoReturn

from pipeline import __version__

COMMANDS: Final[dict[str, str]] = {
    "run": "Read, segment and tag documents and write the reviewable dataset: the main job.",
    "export": "Write the dataset: csv, xlsx, jsonl, parquet or labelstudio.",
    "find": "Find passages in any language: ranked, with page numbers and references.",
    "similar": "Passages of other documents alike in meaning.",
    "corpus": "The list of public sources: add, list, fetch and verify them.",
    "citations": "Where reviews cite the Migration Governance Indicators, graded.",
    "compare": "What became of each gap of a baseline assessment in its follow-up.",
    "draft": "A draft for the review, with references: Word or Markdown, three layouts, three languages.",
    "report": "One HTML page with pictures: coverage, domains, gaps against actions, progress.",
    "config": "Show or check the options and where each comes from.",
    "read": "Print the blocks of one document in reading order.",
    "review": "Review pages in the browser, and who decided what.",
    "lexicon": "Check and measure the lexicons; keep their changelog.",
    "tag": "Propose categories, targets, goals, objectives and domain for passages.",
    "train": "Fit the models from labelled passages, or improve proposals from reviews.",
    "evaluate": "Measure the proposals against labelled passages; gains and losses between versions.",
    "backup": "Write the whole workspace into one file.",
    "restore": "Make a workspace from a backup.",
    "doctor": "Tell what this installation can and cannot do.",
}
"""Verb -> its line in the help."""

HELP = """Usage: mgi COMMAND [OPTIONS]

From MGI and VNR documents to a dataset that people review.
Example: mgi run reports/ -w my-workspace

Commands (mgi COMMAND --help tells more, with an example):
{commands}

Options:
  --version   Show the version and exit.
  --help      Show this message and exit."""


def main() -> NoReturn:
    """Run the command line; errors are one line on stderr. Exit 0 done, 1 error, 2 usage, 3 some documents failed."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    verb, *arguments = sys.argv[1:] or ["--help"]
    if verb in ("--help", "-h", "help"):
        width = max(map(len, COMMANDS))
        print(HELP.format(commands="\n".join(f"  {name:{width}}  {line}" for name, line in COMMANDS.items())))
        sys.exit(0)
    if verb == "--version":
        print(f"mgi {__version__}")
        sys.exit(0)
    if verb not in COMMANDS:
        fail(f"No command '{verb}'. {_nearest(verb)}See mgi --help.", 2)
    _run(verb, arguments)


def _run(verb: str, arguments: list[str]) -> NoReturn:
    import typer

    from pipeline.errors import ConfigError, PipelineError

    app: typer.Typer = importlib.import_module(f"pipeline.cli.{verb}").app
    try:
        # stands alone: Typer prints usage errors (exit 2) and turns typer.Exit into the exit code
        typer.main.get_command(app).main(args=arguments, prog_name=f"mgi {verb}")
    except ConfigError as error:
        fail(str(error), 2)
    except PipelineError as error:
        fail(str(error), 1)
    except BrokenPipeError:
        # the reader of our output went away (| head): nothing to tell, and the interpreter must not try to flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        fail("Stopped.", 130)
    sys.exit(0)


def _nearest(verb: str) -> str:
    from rapidfuzz import process

    near = process.extractOne(verb, list(COMMANDS), score_cutoff=60)
    return f"Did you mean '{near[0]}'? " if near else ""


def fail(message: str, code: int) -> NoReturn:
    """One line on stderr and the exit code."""
    print(f"mgi: {message}", file=sys.stderr)
    sys.exit(code)

"""The README's commands and the outputs that it shows: `make readme` writes the outputs.

An output stands in a `text` block below a comment that names its command:
`<!-- output of: capstone explain "Suspiria (2018)", 14 lines -->`.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[1]
README = PROJECT / "README.md"
# Every page with commands that a person may type on a laptop.
PAGES = (README, PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").glob("*.md")))
_SHOWN = re.compile(
    r"(?P<mark><!-- output of: (?P<command>.+?)(?:, (?P<lines>\d+) lines)? -->\n)"
    r"```text\n.*?```\n",
    re.DOTALL,
)
_SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def commands(text: str, program: str) -> list[list[str]]:
    """The commands of a program in the `sh` blocks, as arguments without the program."""
    lines = [line for block in _SHELL.findall(text) for line in block.splitlines()]
    split = [shlex.split(line, comments=True) for line in lines]
    # Settings before a command are not part of it, nor is the folder that it lies in.
    called = [[w for i, w in enumerate(ws) if i or "=" not in w] for ws in split]
    return [words[1:] for words in called if words and words[0].split("/")[-1] == program]


def with_outputs(text: str) -> str:
    """The text with every shown output made again, from the lake of the current folder."""

    def made(found: re.Match[str]) -> str:
        _, *arguments = shlex.split(found["command"])
        capstone = str(Path(sys.executable).with_name("capstone"))
        ran = subprocess.run([capstone, *arguments], capture_output=True, text=True, check=True)
        lines = ran.stdout.rstrip().splitlines()[: int(found["lines"] or 1000)]
        shown = "\n".join(line.rstrip() for line in lines)
        return f"{found['mark']}```text\n{shown}\n```\n"

    return _SHOWN.sub(made, text)


if __name__ == "__main__":
    README.write_text(with_outputs(README.read_text(encoding="utf-8")), encoding="utf-8")

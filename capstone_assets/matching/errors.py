"""The errors of files that people provide for matching.

Belongs here: the package's base error, and reporting the faults of a file.
Not here: the rules of each file (files.py, evaluation.py, overrides.py).
"""

from collections.abc import Sequence

_FAULTS_LISTED = 20


class MatchingError(Exception):
    """The matching cannot continue; the message says why and what to do.

    MatchingError
      FaultyFileError
        InvalidCatalogError    a list of films or releases
        InvalidLabelsError     labels to judge links by
        InvalidOverridesError  a person's decisions
    """


class FaultyFileError(MatchingError):
    """A file breaks its rules, so nothing of it was used; lists all faults at once.

    Retrying cannot help until the file is corrected.
    """

    what = "file"
    rules = ""

    def __init__(self, path: str, faults: Sequence[str]) -> None:
        super().__init__(path, faults)
        self.path, self.faults = path, tuple(faults)

    def __str__(self) -> str:
        total = len(self.faults)
        listed = [f"  {fault}" for fault in self.faults[:_FAULTS_LISTED]]
        if total > _FAULTS_LISTED:
            listed.append(f"  and {total - _FAULTS_LISTED:,} more")
        counted = "1 fault" if total == 1 else f"{total:,} faults"
        opening = f"The {self.what} {self.path} has {counted}, so none of it was used:"
        return "\n".join([opening, *listed, f"Correct the file and run again. {self.rules}"])

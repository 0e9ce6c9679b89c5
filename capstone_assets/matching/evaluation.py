"""Evaluate links against labels: precision, recall, F1 and their intervals.

Belongs here: reading labels, judging links, intervals.
Not here: making links (linkage.py), charts (report/).

What is judged. A label names a film and a release: 1 says that the release is that film's, 0 that
it is not; 1 without a film says that the release belongs to no film. A link counts as judged when
- its release has a film by label 1: right if it is that film, wrong if another;
- its release belongs to no film: wrong;
- the very pair has label 0: wrong.
Other links are not judged, because no label applies to them. Recall is over the releases whose
film is known: which share is linked to it. Only strong and probable links count as links, unless
requested by tier.

A release of two films (`A / B`) may be labeled 1 for both. It is one release: a link to either is
right, and it counts once for recall; when one of the two is not in the list, the other is wanted.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from capstone_assets.matching.errors import FaultyFileError
from capstone_assets.percent import percent
from capstone_assets.text_files import numbered_lines, quoted, read_table, whole_number

ACCEPTED_TIERS = ("strong", "probable")
Link = Mapping[str, Any]
LABEL_COLUMNS = ("film_tmdb_id", "release_id", "label", "kind")
_Z = 1.959963984540054
_RESAMPLES = 1000


class InvalidLabelsError(FaultyFileError):
    """The labels file breaks its rules; nothing of it was used."""

    what = "labels file"
    rules = f"Its columns are {', '.join(LABEL_COLUMNS)}."


@dataclass(frozen=True)
class Label:
    """A pair and whether it belongs together; `film_id` None with `is_match` means: to no film."""

    film_id: int | None
    release_id: int
    is_match: bool
    kind: str


@dataclass(frozen=True)
class Share:
    """A share with its 95% interval; `value` is None when nothing was counted."""

    hits: int
    total: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Quality:
    """Precision and recall with Wilson intervals, F1 with a bootstrap one over releases."""

    precision: Share
    recall: Share
    f1: float | None
    f1_low: float | None
    f1_high: float | None


@dataclass(frozen=True)
class Evaluation:
    """The quality of a set of links, overall and by tier, kind of label and decade of the film."""

    links: int
    judged: int
    labels: int
    overall: Quality
    by_tier: dict[str, Quality]
    by_kind: dict[str, Quality]
    by_decade: dict[str, Quality]

    def as_dict(self) -> dict[str, Any]:
        """Return the evaluation as plain values for JSON."""
        return asdict(self)

    def render(self) -> str:
        """Return a table for a terminal; shares in percent, 95% intervals in brackets."""
        groups = [("all", self.overall), *self.by_tier.items()]
        lines = [
            f"{self.links:,} links, {self.judged:,} judged by {self.labels:,} labels",
            f"{'':32} {'precision':>30} {'recall':>30} {'F1':>22}",
            *(_line(name, quality) for name, quality in groups),
        ]
        for title, table in (("by kind", self.by_kind), ("by decade", self.by_decade)):
            if table:
                lines.extend(["", title, *(_line(name, table[name]) for name in table)])
        return "\n".join(lines)


def _line(name: str, quality: Quality) -> str:
    f1 = "-"
    if quality.f1 is not None and quality.f1_low is not None and quality.f1_high is not None:
        f1 = f"{percent(quality.f1)} [{percent(quality.f1_low)}, {percent(quality.f1_high)}]"
    precision, recall = _told(quality.precision), _told(quality.recall)
    return f"{name:32} {precision:>30} {recall:>30} {f1:>22}"


def _told(found: Share) -> str:
    if found.value is None or found.low is None or found.high is None:
        return "-"
    return (
        f"{percent(found.value)} [{percent(found.low)}, {percent(found.high)}] of {found.total:,}"
    )


def read_labels(path: str | Path) -> tuple[Label, ...]:
    """Read and validate labels; InvalidLabelsError lists all faults at once with their lines."""
    path = Path(path)
    faults: list[str] = []
    labels: list[Label] = []
    try:
        with path.open("rb") as file:
            lines = numbered_lines(file, faults)
            for number, row in read_table(lines, LABEL_COLUMNS, faults, optional=1):
                found = _row_faults(row)
                faults.extend(f"line {number}: {fault}" for fault in found)
                if not found:
                    labels.append(_label(row))
    except FileNotFoundError:
        raise InvalidLabelsError(str(path), ["there is no such file"]) from None
    except OSError as error:
        fault = f"it cannot be opened ({error.strerror})"
        raise InvalidLabelsError(str(path), [fault]) from None
    faults.extend(_contradictions(labels))
    if faults:
        raise InvalidLabelsError(str(path), faults)
    return tuple(labels)


def _label(row: Mapping[str, str]) -> Label:
    film, release = whole_number(row["film_tmdb_id"]), whole_number(row["release_id"])
    assert release is not None
    return Label(film, release, row["label"] == "1", row.get("kind") or "unspecified")


def _row_faults(row: Mapping[str, str]) -> list[str]:
    film, release, label = (row[name] for name in LABEL_COLUMNS[:3])
    faults = []
    if film and whole_number(film) is None:
        faults.append(f"film_tmdb_id is {quoted(film)}, it must be an id or empty")
    if whole_number(release) is None:
        faults.append(f"release_id is {quoted(release)}, it must be an id")
    if label not in {"0", "1"}:
        faults.append(f"label is {quoted(label)}, it must be 0 or 1")
    elif label == "0" and not film:
        faults.append("label 0 needs a film")
    return faults


def _contradictions(labels: Iterable[Label]) -> list[str]:
    answers: dict[tuple[int | None, int], bool] = {}
    truths: dict[int, set[int | None]] = defaultdict(set)
    faults = []
    for label in labels:
        pair = (label.film_id, label.release_id)
        if answers.setdefault(pair, label.is_match) != label.is_match:
            faults.append(f"film {pair[0]} and release {pair[1]} are labeled both 0 and 1")
        if label.is_match:
            truths[label.release_id].add(label.film_id)
    faults.extend(
        f"release {release} belongs to a film and to none"
        for release, films in truths.items()
        if None in films and len(films) > 1
    )
    return faults


@dataclass(frozen=True)
class _Case:
    """What one release adds to the counts."""

    release_id: int
    kind: str
    decade: str
    tier: str | None
    right: bool
    judged: bool
    wanted: bool


def evaluate(
    links: Iterable[Link],
    labels: Sequence[Label],
    film_years: Mapping[int, int | None] | None = None,
) -> Evaluation:
    """Judge links (`film_id`, `release_id`, `tier`) by labels; see above for what counts.

    `film_years` gives the decade of a labeled film; without it there is no table by decade. A
    link that a label with several kinds judges counts under the first of them.
    """
    listed = list(links)
    accepted = {row["release_id"]: row for row in listed if row["tier"] in ACCEPTED_TIERS}
    cases = list(_cases(accepted, labels, film_years or {}))
    tiers = [tier for tier in ACCEPTED_TIERS if any(case.tier == tier for case in cases)]
    return Evaluation(
        links=len(accepted),
        judged=sum(case.judged for case in cases),
        labels=len(labels),
        overall=_quality(cases),
        by_tier={tier: _quality_of_tier(cases, tier) for tier in tiers},
        by_kind=_grouped(cases, "kind"),
        by_decade=_grouped(cases, "decade") if film_years else {},
    )


def _cases(
    accepted: Mapping[int, Link],
    labels: Sequence[Label],
    film_years: Mapping[int, int | None],
) -> Iterable[_Case]:
    films_of: dict[int, list[Label]] = defaultdict(list)
    denied: dict[int, list[Label]] = defaultdict(list)
    for label in labels:
        (films_of if label.is_match else denied)[label.release_id].append(label)
    for release_id in dict.fromkeys([*films_of, *denied]):
        link = accepted.get(release_id)
        truths = films_of.get(release_id)
        label, right, judged, wanted = (
            _judged_by_truths(truths, link)
            if truths
            else _judged_by_denials(denied[release_id], link)
        )
        year = film_years.get(label.film_id) if label.film_id is not None else None
        decade = f"{year // 10 * 10}s" if year else "unknown"
        tier = link["tier"] if link else None
        yield _Case(release_id, label.kind, decade, tier, right, judged, wanted)


# The label that decides, and whether the link is right, judged and wanted.
_Verdict = tuple[Label, bool, bool, bool]


def _judged_by_truths(truths: Sequence[Label], link: Link | None) -> _Verdict:
    known = [label for label in truths if label.film_id is not None]
    right = bool(link and link["film_id"] in {label.film_id for label in known})
    return (known or truths)[0], right, link is not None, bool(known)


def _judged_by_denials(denials: Sequence[Label], link: Link | None) -> _Verdict:
    hit = [each for each in denials if link and link["film_id"] == each.film_id]
    return (hit or denials)[0], False, bool(hit), False


@dataclass(frozen=True)
class JudgedLink:
    """A link that a label judges."""

    film_id: int
    release_id: int
    score: float
    right: bool


def judge_links(links: Iterable[Link], labels: Sequence[Label]) -> list[JudgedLink]:
    """The links (`film_id`, `release_id`, `score`) that labels judge, in their order."""
    truths: dict[int, set[int | None]] = defaultdict(set)
    denied = set()
    for label in labels:
        if label.is_match:
            truths[label.release_id].add(label.film_id)
        else:
            denied.add((label.film_id, label.release_id))
    judged = []
    for link in links:
        film_id, release_id = link["film_id"], link["release_id"]
        if release_id in truths:
            right = film_id in truths[release_id]
        elif (film_id, release_id) in denied:
            right = False
        else:
            continue
        judged.append(JudgedLink(film_id, release_id, link["score"], right))
    return judged


def _grouped(cases: Sequence[_Case], attribute: str) -> dict[str, Quality]:
    groups: dict[str, list[_Case]] = defaultdict(list)
    for case in cases:
        groups[getattr(case, attribute)].append(case)
    return {name: _quality(groups[name]) for name in sorted(groups)}


def _quality(cases: Sequence[_Case]) -> Quality:
    right = sum(case.right for case in cases)
    precision = share(right, sum(case.judged for case in cases))
    recall = share(right, sum(case.wanted for case in cases))
    return Quality(precision, recall, *_f1_with_interval(cases))


def _quality_of_tier(cases: Sequence[_Case], tier: str) -> Quality:
    """A tier's precision, and the share of all known films that this tier alone finds."""
    as_if_alone = [
        case
        if case.tier == tier
        else _Case(case.release_id, case.kind, case.decade, None, False, False, case.wanted)
        for case in cases
    ]
    return _quality(as_if_alone)


def share(hits: int, total: int) -> Share:
    """Return the share with its Wilson interval, which holds for small totals, too."""
    if not total:
        return Share(hits, total, None, None, None)
    value = hits / total
    spread = _Z * math.sqrt(value * (1 - value) / total + _Z**2 / (4 * total**2))
    center, scale = value + _Z**2 / (2 * total), 1 + _Z**2 / total
    return Share(
        hits, total, value, max(0.0, (center - spread) / scale), min(1.0, (center + spread) / scale)
    )


def _f1_with_interval(cases: Sequence[_Case]) -> tuple[float | None, float | None, float | None]:
    """F1 and its bootstrap interval over releases; the draws are always the same.

    Cases differ in three bits only, so a resample is one multinomial draw of how often each
    combination occurs, whatever the number of cases.
    """
    counts = Counter((case.right, case.judged, case.wanted) for case in cases)
    outcomes, drawn_from = np.array(list(counts)), np.array(list(counts.values()))
    value = _f1(outcomes, drawn_from[np.newaxis])[0] if counts else np.nan
    if np.isnan(value):
        return None, None, None
    draws = np.random.default_rng(0).multinomial(
        len(cases), drawn_from / len(cases), size=_RESAMPLES
    )
    low, high = np.quantile(np.nan_to_num(_f1(outcomes, draws)), (0.025, 0.975))
    return float(value), float(low), float(high)


def _f1(outcomes: npt.NDArray[np.bool_], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """F1 of each row of counts, a column an outcome; NaN where nothing was to be found."""
    right, judged, wanted = (counts @ outcomes).T
    found = judged + wanted
    return np.divide(2 * right, found, out=np.full(len(counts), np.nan), where=found > 0)

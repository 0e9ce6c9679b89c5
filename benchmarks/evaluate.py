"""The command behind `make evaluate`: every way to link on every catalog, as table and charts.

Belongs here: which catalogs, and where the figures go.
Not here: measuring (compare.py), drawing (capstone_assets/report/plots.py).

    python -m benchmarks.evaluate [--records FOLDER] [--open-world FOLDER]
        [--generated 10000x30000] [--out FOLDER]
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.brittleness import measure_variants, render_variants
from benchmarks.catalogs import (
    LabeledCatalog,
    invented_catalog,
    own_catalog,
    parse_size,
    read_catalog_folder,
)
from benchmarks.compare import LINKERS, OURS, Measured, as_figures, measure, render
from capstone_assets.report.curves import calibration
from capstone_assets.report.plots import (
    groups_plot,
    precision_recall_plot,
    reliability_plot,
    threshold_plot,
    write_plots,
)

OUT = Path("data/evaluation")


def catalogs(
    records: Path | None, open_world: Path | None, generated: tuple[int, int] | None
) -> Iterator[LabeledCatalog]:
    """The requested catalogs; a missing one is reported and skipped."""
    for folder, name in ((records, "records"), (open_world, "open_world")):
        if folder and (folder / "labels.csv").is_file():
            yield read_catalog_folder(folder, name)
        elif folder:
            _report(f"There are no labeled records in {folder}, so {name} is not measured.")
    yield own_catalog()
    if generated:
        yield invented_catalog(*generated)


def charts(measured: Sequence[Measured]) -> dict[str, Figure]:
    """Every chart of one catalog by file name: one for each list of films, and the reliability."""
    figures: dict[str, Figure] = {
        "reliability": reliability_plot(
            {
                each.films: calibration(each.links, each.labels)
                for each in measured
                if each.name == OURS
            }
        )
    }
    for films in dict.fromkeys(each.films for each in measured):
        here = [each for each in measured if each.films == films]
        own = next(each for each in here if each.name == OURS)
        everything = films.startswith("all")
        which = "all_films" if everything else films.replace("%", "_percent").replace(" ", "_")
        scope = (
            f"{films} films" if everything else f"{films.split()[0]} of the labeled films withheld"
        )
        curves = {OURS: own.points} | {e.name: e.points for e in here if e.thresholds}
        single = {e.name: e.evaluation.overall for e in here if e.name not in curves}
        figures |= {
            f"{which}_precision_recall": precision_recall_plot(
                curves, single, f"Precision against recall, {scope}"
            ),
            f"{which}_thresholds": threshold_plot(
                own.points, title=f"What a higher threshold buys and costs, {scope}"
            ),
            f"{which}_by_kind": groups_plot(
                own.evaluation.by_kind, "kind of label", f"Ours by kind of label, {scope}"
            ),
            f"{which}_by_decade": groups_plot(
                own.evaluation.by_decade, "decade", f"Ours by decade of the film, {scope}"
            ),
        }
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table for each catalog; write figures.json and the charts beside it."""
    parser = argparse.ArgumentParser(description="Measure every way to link, ours among them.")
    parser.add_argument("--records", type=Path, help="folder of real records with labels.csv")
    parser.add_argument("--open-world", type=Path, help="another such folder, of harder records")
    parser.add_argument(
        "--generated", type=parse_size, metavar="FILMSxRELEASES", help="measure a generated catalog"
    )
    parser.add_argument("--out", type=Path, default=OUT, help=f"folder to write, default {OUT}")
    given = parser.parse_args(arguments)
    if "Splink" not in LINKERS:
        _report("Splink is not installed, so it is not measured; `make evaluate` installs it.")
    for catalog in catalogs(given.records, given.open_world, given.generated):
        _report(f"Measuring on {catalog.name} ...")
        measured = []
        for each in measure(catalog):
            _report(f"  {each.name}, {each.films}: {each.seconds:.1f} s")
            measured.append(each)
        counts = f"{len(catalog.releases):,} releases, {len(catalog.labels):,} labels"
        sys.stdout.write(f"\n{catalog.name}: {counts}\n{render(measured)}\n")
        variants = []
        for variant in measure_variants(catalog):
            _report(f"  {variant.name}: {variant.seconds:.1f} s")
            variants.append(variant)
        sys.stdout.write(f"\n{render_variants(variants)}\n")
        folder = given.out / catalog.name
        write_plots(charts(measured), folder)
        figures = {
            "catalog": catalog.name,
            "ways": as_figures(measured),
            "variants": {each.name: each.evaluation.as_dict() for each in variants},
        }
        (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
        sys.stdout.write(f"Charts and figures.json are in {folder}\n")
    return 0


def _report(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())

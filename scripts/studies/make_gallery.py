"""Make the pictures of docs/gallery.md from nothing.

    python scripts/studies/make_gallery.py FOLDER              # campaigns, figures, pictures: some 25 minutes of processor time
    python scripts/studies/make_gallery.py FOLDER --only-draw  # of what is in FOLDER already

FOLDER keeps the campaigns of scripts/studies/gallery/*.toml; the same command goes on where it was killed.
The pictures go to docs/images, with a palette of 256 colours to keep them small.
"""

from __future__ import annotations

from pathlib import Path

from folder_arguments import folder_arguments
from small_picture import small_picture

from lmpmeso.cli import main as lmpmeso

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
CAMPAIGNS = {
    "liquids": [str(ROOT / "scripts/studies/gallery/liquids.toml")],
    "planar": [str(ROOT / "scripts/studies/gallery/planar.toml")],
    "vibrations": [str(ROOT / "scripts/studies/gallery/vibrations.toml")],
    "ipl-mini": ["--preset", "ipl-mini"],
}
"""Folder of each campaign, and what `lmpmeso run` makes it from."""
FOUR_MODELS = ["ipl", "mblj", "ss", "sw"]
STICKY = ["ss", "ss-0.70", "ss-0.95"]
DRAWN: tuple[tuple[str, list[str], list[str]], ...] = (
    ("planar", ["soft-mode", "mobility-and-kappa"], []),
    ("vibrations", ["vibrations"], []),
    ("ipl-mini", ["annealing", "reduced-dynamics", "stiffness-distribution"], []),
    ("liquids", ["mesoelastic"], FOUR_MODELS),
    ("liquids", ["granularity", "sampling-interval"], []),
    ("liquids", ["local-correlations", "rank-maps", "densities"], STICKY),
    ("liquids", ["similar-viscosity", "pair-structure"], FOUR_MODELS),
    ("liquids", ["predictors"], FOUR_MODELS[:3]),
    ("liquids", ["kappa-slices"], ["ipl", "mblj"]),
)
"""Campaign, figures, models."""
MOVIE = "ss"


def draw(folder: Path) -> None:
    """All figures, and a movie."""
    for campaign, names, models in DRAWN:
        arguments = [
            "figures",
            str(folder / campaign),
            "-o",
            str(folder / "drawn"),
            "--format",
            "png",
        ]
        arguments += ["--only", *names] + (["--models", *models] if models else [])
        if lmpmeso(arguments):
            raise SystemExit(f"no figures of {campaign}")
        for name in names:
            if (folder / "drawn" / f"{name}.png").is_file():
                small_picture(folder / "drawn" / f"{name}.png", IMAGES / f"gallery-{name}.png")
    # After a change of the campaign file both the old and the new runs are there.
    found = (folder / "liquids" / MOVIE).glob("N*/T*/r0/landscape-*/0000")
    structures = max(found, key=lambda path: path.stat().st_mtime)
    temperature = structures.parents[2].name.removeprefix("T")
    arguments = ["movie", str(structures), "--model", MOVIE, "--temperature", temperature]
    arguments += ["--frames-per-second", "4", "-o", str(IMAGES / "gallery-movie.gif")]
    if lmpmeso(arguments):
        raise SystemExit("no movie")


def main() -> None:
    """Run the campaigns and draw."""
    folder, only_draw = folder_arguments(__doc__)
    if not only_draw:
        for name, source in CAMPAIGNS.items():
            if lmpmeso(["run", *source, "-o", str(folder / name)]):
                raise SystemExit(f"the campaign {name} is not complete: see above")
    draw(folder)


if __name__ == "__main__":
    main()

"""Write the potential files that come with the package into potentials/."""

from pathlib import Path

from lmpmeso.models import PACKAGED, get_model, write_potential

if __name__ == "__main__":
    folder = Path(__file__).resolve().parents[2] / "potentials"
    folder.mkdir(exist_ok=True)
    for name in PACKAGED.values():
        print(write_potential(get_model(name), folder))

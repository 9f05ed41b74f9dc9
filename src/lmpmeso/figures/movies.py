"""Movies of inherent-structure trajectories: particles as they move, U_IHS beside them.

Array suffixes: f frame, n particle, c Cartesian component.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import EllipseCollection
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration, particle_diameters
from lmpmeso.errors import ConfigurationError, ResourceError
from lmpmeso.execution import Progress
from lmpmeso.figures.kappa_map import add_discs, box_frame, with_periodic_images
from lmpmeso.figures.style import GREY, PALETTE, STYLE
from lmpmeso.files.atomic import replacing
from lmpmeso.models import GlassModel

ENDINGS = (".mp4", ".gif")
FRAMES_PER_SECOND = 10
SMALLEST_MOVE = 0.1
"""A particle that moved less [length] since the frame before is drawn as one that rests."""
LARGEST_MOVE = 1.0
"""Upper end of the colour scale [length]."""
RESTING_SIZE = 0.5
"""Drawn diameter of a resting particle of a 3D glass, part of its own: one looks through them."""
RESTING_COLOUR = (0.78, 0.78, 0.78, 0.45)
AFTERGLOW = 3
"""Frames for which a particle that moved stays coloured."""
DOTS_PER_INCH = 110
GIF_COLOURS = 192
"""Of each frame; GIF holds 256 at most."""


def write_movie(
    path: str | os.PathLike[str],
    structures: Sequence[Configuration],
    model: GlassModel,
    times: Sequence[float],
    energies: Sequence[float] | None = None,
    *,
    time_label: str = "t",
    energy_label: str = r"$U_{\rm IHS}$",
    title: str = "",
    frames_per_second: int = FRAMES_PER_SECOND,
    progress: Progress | None = None,
) -> Path:
    """Draw structures one after the other, and write MP4 (H.264) or GIF by the ending of the name.

    Particles that moved by more than 0.1 since the frame before light up, and fade over three frames;
    those that rest are grey and, in 3D, small. The curve beside them grows with time.

    Args:
        path: the file; it appears only when complete.
        structures: the frames, of one box, at least two.
        model: gives the particles' diameters.
        times: of the frames, in the unit of ``time_label``.
        energies: of the frames, in the unit of ``energy_label``; None: particles only.
        time_label: of the time axis, as Matplotlib text.
        energy_label: of the energy axis.
        title: above the particles.
        frames_per_second: speed.
        progress: called as progress(frames done, frames in all).

    Raises:
        ConfigurationError: another ending, fewer than two frames, frames of different boxes, or times
            and energies that are not one a frame.
        ResourceError: MP4 without the package imageio-ffmpeg.
    """
    path = Path(path)
    _check(path, structures, times, energies)
    pictures = _pictures(structures, model, times, energies, (time_label, energy_label, title))
    write = _write_mp4 if path.suffix == ".mp4" else _write_gif
    with replacing(path) as temporary, mpl.rc_context(STYLE):
        write(temporary, _counted(pictures, len(structures), progress), frames_per_second)
    return path


def moved_distances(structures: Sequence[Configuration]) -> FloatArray:
    """How far each particle moved since the frame before [length], shape (F, N); 0 in the first."""
    steps = [np.zeros(structures[0].n_particles)]
    for before, after in itertools.pairwise(structures):
        shift_nc = after.positions_nc - before.positions_nc
        shift_nc = shift_nc - after.box_c * np.rint(shift_nc / after.box_c)
        shift_nc = shift_nc - shift_nc.mean(axis=0)
        steps.append(np.linalg.norm(shift_nc, axis=1))
    return np.array(steps)


def _check(
    path: Path,
    structures: Sequence[Configuration],
    times: Sequence[float],
    energies: Sequence[float] | None,
) -> None:
    """Refuse what cannot become a movie, before anything is drawn."""
    if path.suffix not in ENDINGS:
        raise ConfigurationError(f"{path}: movies are written to files in {' or '.join(ENDINGS)}")
    if len(structures) < 2:
        raise ConfigurationError(f"{len(structures)} frames make no movie: give at least two")
    if len(times) != len(structures) or (energies is not None and len(energies) != len(structures)):
        raise ConfigurationError(
            f"{len(structures)} frames need as many times and energies; got {len(times)} and "
            f"{None if energies is None else len(energies)}"
        )
    first = structures[0]
    for frame in structures:
        same = frame.positions_nc.shape == first.positions_nc.shape
        if not (same and np.allclose(frame.box_c, first.box_c)):
            raise ConfigurationError(
                f"{frame.source}: another box or number of particles than in {first.source}"
            )
    if path.suffix == ".mp4" and importlib.util.find_spec("imageio_ffmpeg") is None:
        raise ResourceError(
            "MP4 needs the package imageio-ffmpeg: pip install 'lmpmeso[movies]', or write a .gif"
        )


def _counted(
    pictures: Iterator[NDArray[np.uint8]], total: int, progress: Progress | None
) -> Iterator[NDArray[np.uint8]]:
    """Tell of each picture."""
    for done, picture in enumerate(pictures, start=1):
        yield picture
        if progress is not None:
            progress(done, total)


def _pictures(
    structures: Sequence[Configuration],
    model: GlassModel,
    times: Sequence[float],
    energies: Sequence[float] | None,
    labels: tuple[str, str, str],
) -> Iterator[NDArray[np.uint8]]:
    """The frames as RGB, shape (height, width, 3), both even."""
    time_label, energy_label, title = labels
    first = structures[0]
    # An even number of pixels each way, as H.264 wants it.
    size = (7.6, 3.8) if energies is not None else (4.2, 4.2)
    figure = Figure(figsize=size, dpi=DOTS_PER_INCH, layout="compressed")
    canvas = FigureCanvasAgg(figure)
    panels = figure.subplots(1, 1 if energies is None else 2, squeeze=False)[0]
    particles = _Particles(panels[0], first, model, figure)
    panels[0].set_title(title)
    curve = None
    if energies is not None:
        ordinate = np.asarray(energies, dtype=np.float64) - float(np.max(energies))
        curve = _EnergyCurve(panels[1], np.asarray(times, dtype=np.float64), ordinate)
        panels[1].set_xlabel(time_label)
        panels[1].set_ylabel(f"{energy_label}  (shifted)")
    moved_fn = moved_distances(structures)
    for f, structure in enumerate(structures):
        recent_n = moved_fn[max(0, f - AFTERGLOW) : f + 1].max(axis=0)
        particles.show(structure, recent_n)
        if curve is not None:
            curve.show(f)
        canvas.draw()
        picture = np.asarray(canvas.buffer_rgba())[:, :, :3]
        height, width = (2 * (length // 2) for length in picture.shape[:2])
        yield np.ascontiguousarray(picture[:height, :width])


class _Particles:
    """Discs that follow the particles, from back to front."""

    def __init__(self, ax: Axes, first: Configuration, model: GlassModel, figure: Figure):
        self._ax = ax
        self._model = model
        self._flat = first.dimension == 2
        self._colours = mpl.colormaps["plasma"]
        self._norm = LogNorm(SMALLEST_MOVE, LARGEST_MOVE, clip=True)
        self._discs: EllipseCollection | None = None
        self._box = (float(first.box_c[0]), float(first.box_c[1]))
        box_frame(ax, self._box)
        scale = mpl.cm.ScalarMappable(self._norm, self._colours)
        bar = figure.colorbar(scale, ax=ax, location="bottom", aspect=30, pad=0.02)
        bar.set_label(r"moved since the frame before  $[\sigma]$")

    def show(self, structure: Configuration, moved_n: FloatArray) -> None:
        """Draw one frame."""
        position_nc = structure.wrapped_positions()
        moves_n = moved_n > SMALLEST_MOVE
        size_n = particle_diameters(structure, self._model)
        if not self._flat:
            size_n = np.where(moves_n, 0.9, RESTING_SIZE) * size_n
        depth_n = np.zeros(len(position_nc)) if self._flat else position_nc[:, 2]
        particles = pd.DataFrame(
            {"x": position_nc[:, 0], "y": position_nc[:, 1], "diameter": size_n, "moved": moved_n}
        ).iloc[np.lexsort((depth_n, moves_n))]
        drawn = with_periodic_images(particles, self._box)
        colour_nc = np.asarray(self._colours(self._norm(drawn["moved"])))
        colour_nc[drawn["moved"] <= SMALLEST_MOVE] = RESTING_COLOUR
        if self._discs is not None:
            self._discs.remove()
        looks = {"facecolors": colour_nc, "edgecolors": "white", "linewidths": 0.2}
        self._discs = add_discs(self._ax, drawn, **looks)


class _EnergyCurve:
    """U_IHS up to now, over the pale whole."""

    def __init__(self, ax: Axes, times: FloatArray, energies: FloatArray):
        self._times, self._energies = times, energies
        ax.step(times, energies, where="post", color=GREY, alpha=0.25, linewidth=0.8)
        (self._line,) = ax.step([], [], where="post", color=PALETTE[0], linewidth=1.2)
        (self._now,) = ax.plot([], [], "o", color=PALETTE[1], markersize=5)
        ax.set_box_aspect(1)

    def show(self, f: int) -> None:
        """Go on to one frame."""
        self._line.set_data(self._times[: f + 1], self._energies[: f + 1])
        self._now.set_data([self._times[f]], [self._energies[f]])


def _write_mp4(path: Path, pictures: Iterator[NDArray[np.uint8]], frames_per_second: int) -> None:
    """H.264 in the pixel format that every player knows."""
    import imageio_ffmpeg

    first = next(pictures)
    height, width, _ = first.shape
    writer = imageio_ffmpeg.write_frames(
        str(path), (width, height), fps=frames_per_second, codec="libx264", macro_block_size=2
    )
    writer.send(None)
    try:
        writer.send(first)
        for picture in pictures:
            writer.send(picture)
    finally:
        writer.close()


def _write_gif(path: Path, pictures: Iterator[NDArray[np.uint8]], frames_per_second: int) -> None:
    """GIF that repeats."""
    frames = [Image.fromarray(p).quantize(GIF_COLOURS, dither=Image.Dither.NONE) for p in pictures]
    frames[0].save(
        path,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=round(1000 / frames_per_second),
        loop=0,
    )

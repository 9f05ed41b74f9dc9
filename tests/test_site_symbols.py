"""The site sets symbols of its text with their indices, and leaves code as it is typed."""

import sys
from pathlib import Path

import pytest

EXTENSIONS = Path(__file__).parents[1] / "docs" / "_extensions"


@pytest.mark.parametrize(
    ("text", "set_as"),
    [
        (
            "τ_α/t0 of κ_ij",
            "<em>τ</em><sub>α</sub>/<em>t</em><sub>0</sub> of <em>κ</em><sub>ij</sub>",
        ),
        ("a0²/T, U_IHS", "<em>a</em><sub>0</sub>²/T, <em>U</em><sub>IHS</sub>"),
        ("of `tau_alpha`, `κ_ij`", "of <code>tau_alpha</code>, <code>κ_ij</code>"),
        ("kappa_infinity and 0.10", "kappa_infinity and 0.10"),
    ],
)
def test_indices_stand_below_the_line_and_code_as_it_is(text, set_as, tmp_path, monkeypatch):
    pytest.importorskip("myst_parser", reason="needs the tools of the site")
    from sphinx.testing.util import SphinxTestApp

    monkeypatch.syspath_prepend(EXTENSIONS)
    (tmp_path / "index.md").write_text(f"# Title\n\n{text}\n")
    (tmp_path / "conf.py").write_text(
        'extensions = ["myst_parser", "symbols_with_indices"]\nhtml_theme = "basic"\n'
    )
    site = SphinxTestApp(srcdir=tmp_path)
    site.build()
    page = (site.outdir / "index.html").read_text(encoding="utf-8")
    site.cleanup()
    sys.modules.pop("symbols_with_indices", None)
    for typed in (
        '<code class="docutils literal notranslate"><span class="pre">',
        "</span></code>",
    ):
        page = page.replace(typed, "<code>" if "class" in typed else "</code>")
    assert f"<p>{set_as}</p>" in page

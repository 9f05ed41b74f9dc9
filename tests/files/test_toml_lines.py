"""Lines of keys against a TOML text whose lines are counted by hand."""

import tomllib

from lmpmeso.files.toml_lines import key_lines

TEXT = '''\
name = "x" # a = 1
a.b = 3
since = 1979-05-27T07:32:00Z
[[liquids]]
model = "ipl]" # ]
temperatures = [
  2.0, # hot ]
  1.0,
]
"odd key" = """
model = "no key" # "
"""
[liquids.sub]
z = { p = [1, { q = 'x,}' }], r.s = 2 }
[[liquids]]
model = \'k\'
[glasses]
number = 3'''


def paths(value, path=()):
    """Every key and item of what tomllib read, with its path."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items if isinstance(value, (dict, list)) else ():
        if isinstance(item, (dict, list)):
            yield from paths(item, (*path, key))
        else:
            yield (*path, key)


def test_every_key_that_tomllib_reads_has_a_line_and_no_other_one():
    assert set(key_lines(TEXT)) == set(paths(tomllib.loads(TEXT)))


def test_lines_are_those_where_the_keys_stand():
    lines = key_lines(TEXT)
    expected = {
        ("name",): 1,
        ("a", "b"): 2,
        ("liquids",): 4,
        ("liquids", 0, "model"): 5,
        ("liquids", 0, "temperatures"): 6,
        ("liquids", 0, "temperatures", 0): 7,
        ("liquids", 0, "temperatures", 1): 8,
        ("liquids", 0, "odd key"): 10,
        ("liquids", 0, "sub"): 13,
        ("liquids", 0, "sub", "z", "p", 1, "q"): 14,
        ("liquids", 0, "sub", "z", "r", "s"): 14,
        ("liquids", 1): 15,
        ("glasses", "number"): 18,
    }
    assert {path: lines[path] for path in expected} == expected


def test_an_empty_text_has_no_keys():
    assert key_lines("# nothing\n\n") == {}

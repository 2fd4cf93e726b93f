"""The colors of the theme can be told apart in gray, and without seeing red or green."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from helpers.report import theme

# IEC 61966-2-1: linear sRGB to CIE XYZ, white D65
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
# Machado, Oliveira and Fernandes (2009), doi.org/10.1109/TVCG.2009.113, table 1, severity 1.0,
# on linear sRGB
SIGHT = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}


def _linear(color):
    c = np.array(to_rgb(color))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _lab(linear):
    relative = TO_XYZ @ np.clip(linear, 0, 1) / TO_XYZ.sum(axis=1)
    f = np.where(relative > (6 / 29) ** 3, np.cbrt(relative), relative * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_the_measure_of_colors_is_cielab():
    # closed form: white is 100, 0, 0; sRGB red is 53.24, 80.09, 67.20 (Lindbloom)
    np.testing.assert_allclose(_lab(_linear("#ffffff")), [100, 0, 0], atol=1e-4)
    np.testing.assert_allclose(_lab(_linear("#ff0000")), [53.24, 80.09, 67.20], atol=0.01)


@pytest.mark.parametrize("sight", SIGHT)
def test_colors_differ_whatever_a_reader_sees(sight):
    seen = [_lab(SIGHT[sight] @ _linear(color)) for color in theme.CYCLE]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 10


def test_colors_differ_in_gray():
    lightness = sorted(_lab(_linear(color))[0] for color in theme.CYCLE)
    assert np.diff(lightness).min() > 6


def test_marks_and_type_stand_out_from_paper():
    def contrast(color):  # WCAG 2.2
        return (TO_XYZ[1] @ _linear(theme.PAPER) + 0.05) / (TO_XYZ[1] @ _linear(color) + 0.05)

    assert min(map(contrast, theme.CYCLE)) >= 3
    assert min(map(contrast, (theme.INK, theme.MUTED))) >= 4.5

#!/usr/bin/env bash
# Guess: two careful libraries give the same CIEDE2000 to many digits, and a
#   change of a color by a millionth changes it by about as much.
# Happens: they agree to 1e-9 on random colors. For two colors of opposite hue
#   scikit-image 0.26.0 gives 51.9 and colour-science 0.4.7 gives 79.3: the
#   formula takes the mean of two hues, which turns around where they lie 180
#   degrees apart, and the last bit decides. A millionth of a* to either side
#   gives the one or the other in both.
# Means: the formula is made for small differences. A mean over photos hides
#   the jump; a bound on one pixel, or a loss, does not. Here bounds are on
#   means.
# Seen:
#   scikit-image 0.26.0 colour-science 0.4.7
#   random colors agree to 1e-9: True
#   opposite, a* -1e-06: 51.90 51.90
#   opposite, a* +0e+00: 51.90 79.33
#   opposite, a* +1e-06: 79.33 79.33

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    scikit-image==0.26.0 colour-science==0.4.7 numpy==2.4.6 scipy==1.17.1
cd "$work"
"$work/venv/bin/python" - 2>/dev/null <<'PY' | tee seen.txt
from importlib.metadata import version

import colour
import numpy as np
from skimage.color import deltaE_ciede2000

print("scikit-image", version("scikit-image"), "colour-science",
      version("colour-science"))


def both(one, other):
    return (deltaE_ciede2000(one, other),
            colour.delta_E(one, other, method="CIE 2000"))


rng = np.random.default_rng(0)
low, high = [0, -100, -100], [100, 100, 100]
random = [rng.uniform(low, high, (20_000, 3)) for _ in range(2)]
first, second = both(*random)
print("random colors agree to 1e-9:", bool(np.allclose(first, second,
                                                       rtol=0, atol=1e-9)))
color, opposite = [80.0, -49.0, 43.0], [80.0, 49.0, -43.0]
for shift in (-1e-6, 0.0, 1e-6):
    moved = np.array(opposite) + [0, shift, 0]
    values = both(np.array(color), moved)
    print(f"opposite, a* {shift:+.0e}:", *(f"{v:.2f}" for v in values))
PY
# Opposite to the last bit, another processor may fall on the other side.
grep -v '+0e+00' seen.txt >sure.txt
diff - sure.txt <<'TXT' || { echo "Changed: other differences."; exit 1; }
scikit-image 0.26.0 colour-science 0.4.7
random colors agree to 1e-9: True
opposite, a* -1e-06: 51.90 51.90
opposite, a* +1e-06: 79.33 79.33
TXT

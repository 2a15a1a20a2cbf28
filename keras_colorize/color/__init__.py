"""Color science on tensors and arrays; knows no network and no file.

| concept | module |
| --- | --- |
| formulas sRGB <-> CIELAB, once for all | `lab_formulas` |
| the same on tensors, and on NumPy arrays | `cielab`, `cielab_numpy` |
| luminance of photos, and color on it | `luminance` |
| YUV; photos with more color | `yuv`, `vividness` |
| the 313 ab bins; the 529 of SIGGRAPH17 | `gamut`, `grid` |
| ab <-> distributions over bins | `quantization`, with `neighbors` |
| CIEDE2000 as a loss (reports: `metrics.fidelity`) | `difference` |

`checks` says what arguments must be. Nothing is imported here, so that
`cielab_numpy` and `luminance` stay usable where Keras is not installed.
"""

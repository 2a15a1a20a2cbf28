#!/usr/bin/env bash
# Guess: `cv2.VideoCapture` gives the values of the film as they are, in BGR,
#   and knows no primaries and no transfer function; PyAV, also by FFmpeg,
#   gives the same but for rounding.
# Happens: OpenCV 5.0.0 maps frames that are tagged BT.2020 to BT.709: (150,
#   100, 100) becomes (176, 95, 98), and (255, 97, 104) when tagged PQ.
#   PyAV 18.1.0 gives the stored color for each. Frames tagged BT.709 agree.
#   OpenCV takes 2 s of CPU for the first frame of such a file.
# Means: two readers of one HDR film feed a network other pictures. Here films
#   are read by PyAV alone, and a result has the tags of its film.
# Seen:
#   PyAV 18.1.0 FFmpeg 8.1.2 OpenCV 5.0.0
#   BT.709: PyAV [150, 100, 100], OpenCV [150, 100, 100]
#   BT.2020: PyAV [150, 100, 100], OpenCV [176, 95, 98]
#   BT.2020 PQ: PyAV [150, 100, 100], OpenCV [255, 97, 104]

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    av==18.1.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - 2>/dev/null <<'PY' | tee seen.txt
import av
import cv2
import numpy as np

COLOR = np.array([150, 100, 100]) / 255


def write(path, matrix, primaries, transfer, weights):
    """Writes 2 frames of 8 bits, 4:4:4, limited range, of one color."""
    red, blue = weights
    luma = COLOR @ [red, 1 - red - blue, blue]
    values = (
        16 + 219 * luma,
        128 + 112 * (COLOR[2] - luma) / (1 - blue),
        128 + 112 * (COLOR[0] - luma) / (1 - red),
    )
    with av.open(path, "w") as film:
        stream = film.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv444p"
        context = stream.codec_context
        context.colorspace, context.color_range = matrix, 1
        context.color_primaries, context.color_trc = primaries, transfer
        for pts in range(2):
            frame = av.VideoFrame(64, 48, "yuv444p")
            for plane, value in zip(frame.planes, values):
                plane.update(bytes([round(value)]) * plane.buffer_size)
            frame.colorspace, frame.color_range, frame.pts = matrix, 1, pts
            film.mux(stream.encode(frame))
        film.mux(stream.encode())


print("PyAV", av.__version__, "FFmpeg", av.ffmpeg_version_info,
      "OpenCV", cv2.__version__)
for name, *tags in (
    ("BT.709", 1, 1, 1, (0.2126, 0.0722)),
    ("BT.2020", 9, 9, 14, (0.2627, 0.0593)),
    ("BT.2020 PQ", 9, 9, 16, (0.2627, 0.0593)),
):
    write("film.mkv", *tags)
    with av.open("film.mkv") as film:
        ours = next(film.decode(video=0)).to_ndarray(format="rgb24")
    _, theirs = cv2.VideoCapture("film.mkv").read()
    print(f"{name}: PyAV {ours[20, 20].tolist()},",
          f"OpenCV {theirs[20, 20, ::-1].tolist()}")
PY
diff - seen.txt <<'TXT' || { echo "Changed: other colors."; exit 1; }
PyAV 18.1.0 FFmpeg 8.1.2 OpenCV 5.0.0
BT.709: PyAV [150, 100, 100], OpenCV [150, 100, 100]
BT.2020: PyAV [150, 100, 100], OpenCV [176, 95, 98]
BT.2020 PQ: PyAV [150, 100, 100], OpenCV [255, 97, 104]
TXT

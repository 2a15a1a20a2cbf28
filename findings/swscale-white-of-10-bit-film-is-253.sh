#!/usr/bin/env bash
# Guess: a film of 10 bits gives at least as good an RGB as one of 8 bits;
#   white, 940 of 1023 in limited range, is 255.
# Happens: swscale of FFmpeg 8.1.2 (through PyAV 18.1.0) gives 253 for white of
#   4:2:0 and 4:2:2 with 10 or 12 bits, 98 for gray 100; 8 bits and 4:4:4 are
#   right. OpenCV 5.0.0, with swscale of the same version, gives (255, 253,
#   255) for 4:2:0: white and grays have a tint.
# Means: a gray film is no longer gray, and a test "is it gray" by equal
#   channels fails. Here luma is taken from the planes, in NumPy.
# Seen:
#   PyAV 18.1.0 FFmpeg 8.1.2 OpenCV 5.0.0
#   yuv420p, PyAV: gray 100 is [100, 100, 100], white is [255, 255, 255]
#   yuv420p, OpenCV: gray 100 is [100, 100, 100], white is [255, 255, 255]
#   yuv420p10le, PyAV: gray 100 is [98, 98, 98], white is [253, 253, 253]
#   yuv420p10le, OpenCV: gray 100 is [100, 98, 100], white is [255, 253, 255]
#   yuv420p12le, PyAV: gray 100 is [98, 98, 98], white is [253, 253, 253]
#   yuv420p12le, OpenCV: gray 100 is [100, 98, 100], white is [255, 253, 255]
#   yuv422p10le, PyAV: gray 100 is [98, 98, 98], white is [253, 253, 253]
#   yuv422p10le, OpenCV: gray 100 is [100, 100, 100], white is [255, 255, 255]
#   yuv444p10le, PyAV: gray 100 is [100, 100, 100], white is [255, 255, 255]
#   yuv444p10le, OpenCV: gray 100 is [100, 100, 100], white is [255, 255, 255]

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    av==18.1.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY' | tee seen.txt
import av
import cv2
import numpy as np


def write(path, kind, bits, level):
    """Writes 2 frames of one gray in limited range of BT.709."""
    step = 2 ** (bits - 8)
    values = round((16 + 219 * level / 255) * step), 128 * step, 128 * step
    with av.open(path, "w") as film:
        stream = film.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, kind
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = 1
        context.color_range = 1
        for pts in range(2):
            frame = av.VideoFrame(64, 48, kind)
            for plane, value in zip(frame.planes, values):
                dtype = np.uint8 if bits == 8 else np.uint16
                count = plane.buffer_size // np.dtype(dtype).itemsize
                plane.update(np.full(count, value, dtype).tobytes())
            frame.colorspace = frame.color_range = 1
            frame.pts = pts
            film.mux(stream.encode(frame))
        film.mux(stream.encode())


print("PyAV", av.__version__, "FFmpeg", av.ffmpeg_version_info,
      "OpenCV", cv2.__version__)
for kind, bits in (("yuv420p", 8), ("yuv420p10le", 10), ("yuv420p12le", 12),
                   ("yuv422p10le", 10), ("yuv444p10le", 10)):
    seen = []
    for level in (100, 255):
        write("film.mkv", kind, bits, level)
        with av.open("film.mkv") as film:
            frame = next(film.decode(video=0))
        seen.append(frame.to_ndarray(format="rgb24")[20, 20].tolist())
        _, picture = cv2.VideoCapture("film.mkv").read()
        seen.append(picture[20, 20, ::-1].tolist())
    for index, reader in enumerate(("PyAV", "OpenCV")):
        gray, white = seen[index], seen[index + 2]
        print(f"{kind}, {reader}: gray 100 is {gray}, white is {white}")
PY
diff - seen.txt <<'TXT' || { echo "Changed: other grays."; exit 1; }
PyAV 18.1.0 FFmpeg 8.1.2 OpenCV 5.0.0
yuv420p, PyAV: gray 100 is [100, 100, 100], white is [255, 255, 255]
yuv420p, OpenCV: gray 100 is [100, 100, 100], white is [255, 255, 255]
yuv420p10le, PyAV: gray 100 is [98, 98, 98], white is [253, 253, 253]
yuv420p10le, OpenCV: gray 100 is [100, 98, 100], white is [255, 253, 255]
yuv420p12le, PyAV: gray 100 is [98, 98, 98], white is [253, 253, 253]
yuv420p12le, OpenCV: gray 100 is [100, 98, 100], white is [255, 253, 255]
yuv422p10le, PyAV: gray 100 is [98, 98, 98], white is [253, 253, 253]
yuv422p10le, OpenCV: gray 100 is [100, 100, 100], white is [255, 255, 255]
yuv444p10le, PyAV: gray 100 is [100, 100, 100], white is [255, 255, 255]
yuv444p10le, OpenCV: gray 100 is [100, 100, 100], white is [255, 255, 255]
TXT

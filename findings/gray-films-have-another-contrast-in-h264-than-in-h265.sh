#!/usr/bin/env bash
# Guess: encoders that take gray frames give the same grays back, whatever the
#   codec is.
# Happens: FFmpeg 8.1.2 (through PyAV 18.1.0) decodes H.264 without chroma as
#   yuv420p, and H.265 and FFV1 as gray, which its scaler takes for full range,
#   whatever the tag says. Untagged gray frames gain contrast in H.264 alone: 64
#   becomes 55, all below 16 is black, all above 235 is white. Limited luma that
#   is tagged so is right in H.264 alone: elsewhere black is 16. OpenCV 5.0.0
#   sees the same. Luma in the files is that of the frames, to the bit; libx265
#   tags it as limited even where nothing was said. All agree on full range that
#   frame and encoder are told of.
# Means: a gray film changes its contrast with its codec. Here the range of gray
#   is that of its tag, luma does not go through the scaler, and films are
#   written with chroma.
# Seen:
#   PyAV 18.1.0 FFmpeg 8.1.2 OpenCV 5.0.0
#   untagged: 0 64 128 192 255
#     libx264: yuv420p, range 0
#       PyAV: 0 55 130 204 255
#       OpenCV: 0 55 130 204 255
#     libx265: gray, range 1
#       PyAV: 0 64 128 192 255
#       OpenCV: 0 64 128 192 255
#     ffv1: gray, range 0
#       PyAV: 0 64 128 192 255
#       OpenCV: 0 64 128 192 255
#   limited: 16 71 126 180 235
#     libx264: yuv420p, range 1
#       PyAV: 0 64 128 190 255
#       OpenCV: 0 64 128 190 255
#     libx265: gray, range 1
#       PyAV: 16 71 126 180 235
#       OpenCV: 16 71 126 180 235
#     ffv1: gray, range 1
#       PyAV: 16 71 126 180 235
#       OpenCV: 16 71 126 180 235
#   full: 0 64 128 192 255
#     libx264: yuvj420p, range 2
#       PyAV: 0 64 128 192 255
#       OpenCV: 0 64 128 192 255
#     libx265: gray, range 2
#       PyAV: 0 64 128 192 255
#       OpenCV: 0 64 128 192 255
#     ffv1: gray, range 2
#       PyAV: 0 64 128 192 255
#       OpenCV: 0 64 128 192 255

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

LOSSLESS = {
    "libx264": {"qp": "0"},
    "libx265": {"x265-params": "lossless=1:log-level=none"},
    "ffv1": {},
}


def show(title, grays, color_range):
    """Writes and reads five flat grays; a range is 1, limited, or 2, full."""
    print(f"{title}:", *grays)
    picture = np.kron(grays, np.ones((64, 32))).astype(np.uint8)
    for codec, options in LOSSLESS.items():
        name = f"{title}-{codec}.mkv"
        with av.open(name, "w") as file:
            stream = file.add_stream(codec, rate=25, options=options)
            stream.height, stream.width = picture.shape
            stream.pix_fmt = "gray"
            stream.codec_context.color_range = color_range
            for _ in range(2):
                frame = av.VideoFrame.from_ndarray(picture, format="gray")
                frame.color_range = color_range
                file.mux(stream.encode(frame))
            file.mux(stream.encode())
        with av.open(name) as file:
            frame = next(file.decode(video=0))
        luma = np.frombuffer(frame.planes[0], np.uint8)
        luma = luma.reshape(-1, frame.planes[0].line_size)
        assert (luma[:64, :160] == picture).all()  # in the file all is well
        rgb = frame.to_ndarray(format="rgb24")
        bgr = cv2.VideoCapture(name).read()[1]
        print(f"  {codec}: {frame.format.name}, range", int(frame.color_range))
        for reader, pixels in ("PyAV", rgb), ("OpenCV", bgr):
            print(f"    {reader}:", *pixels[32, 16::32, 1])


print("PyAV", av.__version__, "FFmpeg", av.ffmpeg_version_info,
      "OpenCV", cv2.__version__)
show("untagged", [0, 64, 128, 192, 255], 0)
show("limited", [16, 71, 126, 180, 235], 1)
show("full", [0, 64, 128, 192, 255], 2)
PY
diff - seen.txt <<'TXT' || { echo "Changed: other grays."; exit 1; }
PyAV 18.1.0 FFmpeg 8.1.2 OpenCV 5.0.0
untagged: 0 64 128 192 255
  libx264: yuv420p, range 0
    PyAV: 0 55 130 204 255
    OpenCV: 0 55 130 204 255
  libx265: gray, range 1
    PyAV: 0 64 128 192 255
    OpenCV: 0 64 128 192 255
  ffv1: gray, range 0
    PyAV: 0 64 128 192 255
    OpenCV: 0 64 128 192 255
limited: 16 71 126 180 235
  libx264: yuv420p, range 1
    PyAV: 0 64 128 190 255
    OpenCV: 0 64 128 190 255
  libx265: gray, range 1
    PyAV: 16 71 126 180 235
    OpenCV: 16 71 126 180 235
  ffv1: gray, range 1
    PyAV: 16 71 126 180 235
    OpenCV: 16 71 126 180 235
full: 0 64 128 192 255
  libx264: yuvj420p, range 2
    PyAV: 0 64 128 192 255
    OpenCV: 0 64 128 192 255
  libx265: gray, range 2
    PyAV: 0 64 128 192 255
    OpenCV: 0 64 128 192 255
  ffv1: gray, range 2
    PyAV: 0 64 128 192 255
    OpenCV: 0 64 128 192 255
TXT

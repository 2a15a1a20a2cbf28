#!/usr/bin/env bash
# Guess: whether Matroska holds a codec does not depend on the suffix of the
#   file: .mka and .mkv are one format.
# Happens: PyAV 18.1.0 (FFmpeg 8.1.2) names both "matroska", refuses WMA 2 and
#   MS ADPCM in .mkv as not supported, and writes them as .mka, from where they
#   are read in full, also after renaming to .mkv.
# Means: the sound of an old film in ASF or AVI cannot be copied into an .mkv
#   though FFmpeg reads it there. Here sound that the container refuses is left
#   out and named in a note.
# Seen:
#   PyAV 18.1.0 FFmpeg 8.1.2
#   as .mkv: 'matroska' format does not support 'wmav2' codec
#   as .mka, renamed to .mkv: wmav2, 45056 samples of 44100
#   as .mkv: 'matroska' format does not support 'adpcm_ms' codec
#   as .mka, renamed to .mkv: adpcm_ms, 44792 samples of 44100

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    av==18.1.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import os

import av
import numpy as np

av.logging.set_level(av.logging.ERROR)
print("PyAV", av.__version__, "FFmpeg", av.ffmpeg_version_info)


def write_sound(name, codec):
    with av.open(name, "w") as output:
        if output.format.name != "matroska":
            raise SystemExit("Changed: the format has another name.")
        audio = output.add_stream(codec, rate=44100, layout="mono")
        audio.codec_context.bit_rate = 64000
        kind = audio.codec_context.format.name
        tone = np.sin(np.arange(44100) * 0.05) / 3
        is_integer = kind.startswith("s16")
        samples = (
            (tone * 32767).astype(np.int16)
            if is_integer
            else tone.astype(np.float32)
        )
        sound = av.AudioFrame.from_ndarray(
            samples[None], format=kind, layout="mono"
        )
        sound.sample_rate, sound.pts = 44100, 0
        output.mux(audio.encode(sound))
        output.mux(audio.encode())


for codec in ("wmav2", "adpcm_ms"):
    try:
        write_sound("sound.mkv", codec)
    except ValueError as error:
        print("as .mkv:", error)
    else:
        raise SystemExit("Changed: .mkv takes the codec now.")
    write_sound("sound.mka", codec)
    os.replace("sound.mka", "renamed.mkv")
    with av.open("renamed.mkv") as source:
        back = source.streams.audio[0].codec_context.name
        heard = sum(frame.samples for frame in source.decode(audio=0))
    print(f"as .mka, renamed to .mkv: {back}, {heard} samples of 44100")
    if back != codec or heard < 44100:
        raise SystemExit("Changed: .mka gives the sound back otherwise.")
PY

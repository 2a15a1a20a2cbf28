"""`keras-colorize video`: a film in, the same film in color out."""

from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.cli import options
from keras_colorize.cli.errors import echo_path
from keras_colorize.cli.errors import errors_in_one_sentence
from keras_colorize.cli.errors import fail
from keras_colorize.cli.errors import say
from keras_colorize.cli.interruption import ended_by_second_signal
from keras_colorize.presets import DEFAULT_MODEL

EXAMPLES = """\b
Examples:
  keras-colorize video old.mp4 color.mp4
  keras-colorize video tape.avi color.mkv --codec ffv1 --strength 0.8
  keras-colorize video old.mp4 color.mp4 --hints hints.json
"""
_INTERRUPTED = 130  # what shells return after Ctrl-C


def video(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="The film to colorize.")
    ],
    output: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="File to write; .mp4, .m4v, .mov, .mkv, .webm, .avi, .ts "
            "or .nut.",
        ),
    ],
    model: options.Model = DEFAULT_MODEL,
    look: options.Look = "natural",
    strength: options.Strength = 1.0,
    temperature: options.Temperature = None,
    smooth_frames: Annotated[
        int,
        typer.Option(
            help="Frames whose mean color is shown where nothing moves; 1 "
            "turns smoothing off."
        ),
    ] = 12,
    codec: Annotated[
        str | None,
        typer.Option(
            help="h264, h265, vp9, av1, ffv1 (lossless) or mpeg4; by default "
            "what is usual in the container."
        ),
    ] = None,
    quality: Annotated[
        int | None,
        typer.Option(
            "--quality",
            "--crf",
            help="Number of the codec; smaller is better and larger. By "
            "default 17 for h264.",
        ),
    ] = None,
    skip_color: Annotated[
        bool,
        typer.Option(
            "--skip-color",
            help="Leave scenes that are in color already as they are.",
        ),
    ] = False,
    hints: Annotated[
        Path | None,
        typer.Option(
            help="JSON file of colors at places of frames: a list of "
            '{"time": "00:01:23.400", "x": 120, "y": 80, "radius": 12, '
            '"color": "#3366cc"}; time also in seconds, or "frame": 2000 in '
            "its place. Each holds in the scene around its frame and follows "
            "what it is on. For models that take hints."
        ),
    ] = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Colorize a film; sound, subtitles and times stay as they are.

    If it is interrupted, the same command goes on where it was. Of a damaged
    film, what can be read is written; the exit code is 1 then.
    """
    with errors_in_one_sentence(), ended_by_second_signal():
        from keras_colorize.cli.progress import frame_progress
        from keras_colorize.hints import load_film_hints
        from keras_colorize.serving.options import ColorizeOptions
        from keras_colorize.serving.session import ColorizeSession
        from keras_colorize.serving.video.job import VideoOptions
        from keras_colorize.serving.video.job import colorize_video

        video_options = VideoOptions(
            ColorizeOptions(strength, temperature, look=look),
            smooth_frames,
            codec,
            quality,
            skip_color,
            tuple(load_film_hints(hints) if hints else ()),
        )
        try:
            with frame_progress() as on_progress:
                result = colorize_video(
                    source,
                    output,
                    ColorizeSession(model),
                    video_options,
                    overwrite,
                    on_progress,
                )
        except KeyboardInterrupt:
            fail("Stopped. The same command goes on from here.", _INTERRUPTED)
    for note in result.notes:
        say(f"Note: {note}")
    echo_path(result.path)
    if result.damage:
        fail(
            f"{source}: {result.damage}. What could be read is in {output}.", 1
        )

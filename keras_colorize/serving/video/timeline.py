"""Times of a film that begin at 0 and go on, whatever those of its file do.

Recordings that were joined by copy (titles of a DVD, pieces of a transport
stream) begin their times anew in the middle; broadcasts begin at any hour;
one packet may carry a wrong time. The packets are read once, without decoding
them, to find where times jump, and each gets the ticks that set it right.
"""

import bisect
import dataclasses
from array import array
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from av.format import Flags
from av.stream import Disposition

# Times that go back by more than this are another recording: FFmpeg's rule.
_BACK_SECONDS = 0.1
# So are times that leap ahead by more than this, in formats that are made to
# be joined and cut: FFmpeg's rule (`dts_delta_threshold`).
_AHEAD_SECONDS = 10.0
# Packets after a jump that must agree with it; else one time was wrong.
_WITNESSES = 3
# Streams whose new times are this close jumped together.
_TOGETHER_SECONDS = 5.0
# Both picture and sound lack for this long where something is missing.
_PAUSE_SECONDS = 0.2
# MPEG counts 90,000 ticks a second in 33 bits: 26.5 hours.
_WRAP_SECONDS = Fraction(2**33, 90_000)


@dataclasses.dataclass(frozen=True)
class Timeline:
    """What to add to the times of the packets of a file.

    Attributes:
        shifts: Of each stream, by index: pairs of the number of a packet,
            counted in that stream, and the ticks to add from there on.
        start: Seconds of the file at which the film begins.
        end: Seconds that the film lasts, as its packets say.
        jumps: Seconds of the film at which another recording begins.
        pauses: Pairs of seconds between which the file has neither picture
            nor sound, though it has both.
        longest_steps: Of each stream, by index, the seconds from a packet to
            the next, at most.
        lags: Of each stream, by index, the seconds by which its packets come
            late, at most, if none may come sooner after another than usual.
        end_byte: Where the last packet ends in the file; 0 if unknown.
        num_packets: Of each stream, by index, that are shown or heard.
        primers: Of each stream that begins with packets that only prime its
            decoder, by index, the number of the last of them.
    """

    shifts: dict[int, list[tuple[int, int]]]
    start: Fraction
    end: float
    jumps: tuple[float, ...]
    pauses: list[tuple[float, float]]
    longest_steps: dict[int, float]
    lags: dict[int, float]
    end_byte: int
    num_packets: Counter[int]
    primers: dict[int, int]

    def is_steady(self, stream: int) -> bool:
        """Tells whether one shift holds for all packets of a stream."""
        return len(self.shifts.get(stream, [])) <= 1

    def shift(self, stream: int, number: int) -> int:
        """Returns the ticks to add to the times of a packet.

        Args:
            stream: Index of its stream.
            number: How many packets of the stream were before it.
        """
        shifts = self.shifts.get(stream)
        if not shifts:
            return 0
        place = bisect.bisect_right(shifts, number, key=lambda pair: pair[0])
        return shifts[max(place - 1, 0)][1]


class _Packets:
    """Times of the packets of one stream, in seconds of the file."""

    def __init__(self, stream: Any):
        is_cover = stream.disposition & Disposition.attached_pic
        self.stream = stream
        self.time_base = stream.time_base
        self.is_guide = stream.type in ("video", "audio") and not is_cover
        self.places = array("q")  # among the packets of all streams
        self.primer: int | None = None
        self._is_heard = False
        self._rows = array("d")

    def add(self, place: int, packet: Any) -> None:
        """Notes a packet: time of decoding, start and end of showing."""
        time_base = float(packet.time_base)
        pts = packet.dts if packet.pts is None else packet.pts
        dts = np.nan if packet.dts is None else packet.dts * time_base
        shown = np.nan
        if pts is not None and not packet.is_discard:
            shown = pts * time_base
        skipped = self._skipped(packet)
        if packet.is_discard or skipped:
            if not self._is_heard:
                self.primer = len(self.places)
        else:
            self._is_heard = True
        end = shown + (packet.duration or 0) * time_base
        self.places.append(place)
        self._rows.extend((dts, shown + skipped, end))

    def _skipped(self, packet: Any) -> float:
        """Seconds at the start of a packet that are decoded and not heard."""
        if self._is_heard or not packet.has_sidedata("skip_samples"):
            return 0.0
        samples = bytes(packet.get_sidedata("skip_samples"))[:4]
        rate = self.stream.codec_context.sample_rate or 1
        return int.from_bytes(samples, "little") / rate

    def finish(self) -> None:
        """Puts the times into arrays."""
        rows = np.array(self._rows, np.float64).reshape(-1, 3)
        self.dts, self.shown, self.ends = rows.T
        if np.isnan(self.dts).all():
            self.dts = self.shown.copy()
        known = np.where(np.isnan(self.dts), 0, np.arange(len(rows)))
        self.dts = self.dts[np.maximum.accumulate(known)]
        self.epochs = np.zeros(len(rows), int)
        # Seconds by which single packets are wrong.
        self.errors = np.zeros(len(rows))

    def times(self, offsets: list[Fraction]) -> np.ndarray:
        """Times of decoding, in seconds of the film; finite ones only."""
        times = self.dts + np.array(offsets, np.float64)[self.epochs]
        return times[np.isfinite(times)]

    def longest_step(self, offsets: list[Fraction]) -> float:
        """Seconds from one packet to the next, at most."""
        return float(np.diff(self.times(offsets)).max(initial=0.0))

    def lag(self, offsets: list[Fraction]) -> float:
        """Seconds that packets come late at the usual rate, at most."""
        times = self.times(offsets)
        if not self.stream.average_rate or not len(times):
            return 0.0
        usual = np.arange(len(times)) / float(self.stream.average_rate)
        ahead = usual - times
        return float((ahead - np.minimum.accumulate(ahead)).max())

    def pauses(self, offsets: list[Fraction]) -> list[tuple[float, float]]:
        """Pairs of seconds between which there is no packet."""
        times = self.times(offsets)
        steps = np.diff(times)
        if not len(steps):
            return []
        usual = float(np.median(steps))
        is_long = steps > 2 * usual + _PAUSE_SECONDS
        return [
            (float(times[i]) + usual, float(times[i + 1]))
            for i in np.flatnonzero(is_long)
        ]


def known_packets(container: Any) -> Iterator[Any]:
    """Reads packets from here on, and errors in between.

    Yields:
        Packets that are not empty, of streams that were there at the start;
        an exception where something could not be read. What comes after a
        stream that appears in the middle is still read.
    """
    packets = container.demux()
    while True:
        try:
            packet = next(packets, None)
        except FFmpegError as error:
            yield error
            return
        except IndexError:  # PyAV 18.1 knows only the streams of the start
            yield ValueError("a stream appears that was not there before")
            packets = container.demux()
            continue
        if packet is None:
            return
        if packet.size:
            yield packet


def read_timeline(container: Any) -> Timeline:
    """Reads all packets of a file and finds where its times jump.

    Args:
        container: `av.container.InputContainer`, just opened.
    """
    table = {stream.index: _Packets(stream) for stream in container.streams}
    num_packets: Counter[int] = Counter()
    place = end_byte = 0
    for packet in known_packets(container):
        if isinstance(packet, Exception):
            continue  # told when the frames are read
        table[packet.stream_index].add(place, packet)
        num_packets[packet.stream_index] += not packet.is_discard
        place += 1
        if packet.pos is not None:
            end_byte = max(end_byte, packet.pos + packet.size)
    may_leap = bool(container.format.flags & Flags.ts_discont.value)
    events = []
    for packets_of_stream in table.values():
        packets_of_stream.finish()
        if packets_of_stream.is_guide:
            events += [
                (packets_of_stream.places[i], packets_of_stream, i)
                for i in _jumps(packets_of_stream, may_leap)
            ]
    guides = [row for row in table.values() if row.is_guide]
    num_epochs = _assign_epochs(guides, sorted(events, key=lambda e: e[0]))
    offsets, ends = _offsets(guides, num_epochs, container.start_time)
    _follow_guides(table, guides, offsets)
    return Timeline(
        {index: _shifts(row, offsets) for index, row in table.items()},
        -offsets[0],
        ends[-1],
        tuple(ends[:-1]),
        _pauses(guides, offsets),
        {row.stream.index: row.longest_step(offsets) for row in guides},
        {
            row.stream.index: row.lag(offsets)
            for row in guides
            if row.stream.type == "video"
        },
        end_byte,
        num_packets,
        {i: row.primer for i, row in table.items() if row.primer is not None},
    )


def _jumps(packets: _Packets, may_leap: bool) -> list[int]:
    """Numbers of the packets that begin anew; sets wrong times right."""
    dts = packets.dts
    steps = np.diff(dts)
    usual = float(np.nanmedian(steps)) if np.isfinite(steps).any() else 0.0
    is_odd = steps < -_BACK_SECONDS
    if may_leap:
        is_odd |= steps > _AHEAD_SECONDS
    else:  # ahead and back again: one wrong time
        is_odd[:-1] |= steps[1:] < -_BACK_SECONDS
    jumps = []
    for i in (np.flatnonzero(is_odd) + 1).tolist():
        step = dts[i] - dts[i - 1]  # as the packet before was set right
        leaps = step > (_AHEAD_SECONDS if may_leap else _BACK_SECONDS)
        if step >= -_BACK_SECONDS and not leaps:
            continue
        after = dts[i + 1 : i + 1 + _WITNESSES]
        agree = np.abs(after - dts[i]) < np.abs(after - dts[i - 1])
        if agree.sum() * 2 > len(after):
            if may_leap or step < 0:
                jumps.append(i)
        else:
            packets.errors[i] = dts[i - 1] + usual - dts[i]
            dts[i] += packets.errors[i]
            packets.shown[i] += packets.errors[i]
            packets.ends[i] += packets.errors[i]
    return jumps


def _assign_epochs(guides: list[_Packets], events: list) -> int:
    """Says of each packet in which recording it is; returns their number.

    The streams of a file jump one by one, as their packets are interleaved:
    the first one begins a new recording, and the others join it if their
    times fit.
    """
    offsets = [0.0]
    for _, packets, i in events:
        now = max(
            float(np.nanmax(row.dts[:n] + np.array(offsets)[row.epochs[:n]]))
            for row in guides
            if (n := bisect.bisect_left(row.places, packets.places[i]))
            and np.isfinite(row.dts[:n]).any()
        )
        time = packets.dts[i]
        later = range(packets.epochs[i - 1] + 1, len(offsets))
        fits = [
            e for e in later if abs(time + offsets[e] - now) < _TOGETHER_SECONDS
        ]
        if not fits:
            offsets.append(now - time)
        packets.epochs[i:] = fits[0] if fits else len(offsets) - 1
    return len(offsets)


def _offsets(
    guides: list[_Packets], num_epochs: int, start_time: int | None
) -> tuple[list[Fraction], list[float]]:
    """Seconds to add to each recording, and where each ends then."""
    offsets: list[Fraction] = []
    ends: list[float] = []
    stop_before, wrap = 0.0, float(_WRAP_SECONDS)
    for epoch in range(num_epochs):
        starts, stops = [], []
        for row in guides:
            shown = row.shown[row.epochs == epoch]
            if np.isfinite(shown).any():
                starts.append(float(np.nanmin(shown)))
                stops.append(float(np.nanmax(row.ends[row.epochs == epoch])))
        start, stop = min(starts, default=0.0), max(stops, default=0.0)
        if not offsets:
            # A packet of sound may begin some milliseconds before the film.
            told = start if start_time is None else start_time / av.time_base
            if 0 < told - start < _BACK_SECONDS:
                start = told
            # In microseconds, which hold the times of all usual clocks.
            offset = -Fraction(round(start * 1_000_000), 1_000_000)
        elif abs(stop_before - start - wrap) < _TOGETHER_SECONDS:
            offset = offsets[-1] + _WRAP_SECONDS
        else:
            offset = Fraction(round((ends[-1] - start) * 1e6), 1_000_000)
        offsets.append(offset)
        ends.append(stop + float(offset))
        stop_before = stop
    return offsets, ends


def _pauses(
    guides: list[_Packets], offsets: list[Fraction]
) -> list[tuple[float, float]]:
    """Finds where all pictures and all sounds pause together."""
    common: list[tuple[float, float]] = []
    if {row.stream.type for row in guides} == {"video", "audio"}:
        common = [(-np.inf, np.inf)]
    for row in guides:
        common = [
            (max(start, other_start), min(end, other_end))
            for start, end in common
            for other_start, other_end in row.pauses(offsets)
            if min(end, other_end) - max(start, other_start) > _PAUSE_SECONDS
        ]
    return common


def _follow_guides(
    table: dict[int, _Packets], guides: list[_Packets], offsets: list
) -> None:
    """Puts subtitles and the like in the recording they are read with."""
    if len(offsets) == 1:
        return
    for row in table.values():
        if row.is_guide:
            continue
        for i, place in enumerate(row.places):
            epochs = [
                guide.epochs[n - 1]
                for guide in guides
                if (n := bisect.bisect_left(guide.places, place))
            ]
            row.epochs[i] = max(epochs, default=0)


def _shifts(packets: _Packets, offsets: list) -> list[tuple[int, int]]:
    """Runs of equal shifts, in ticks of the stream."""
    ticks = np.array([round(o / packets.time_base) for o in offsets], np.int64)
    shifts = ticks[packets.epochs]
    shifts += np.rint(packets.errors / float(packets.time_base)).astype(int)
    begins = np.flatnonzero(np.diff(shifts, prepend=shifts[:1] - 1))
    return [(int(i), int(shifts[i])) for i in begins]

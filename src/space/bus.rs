//! One bus on its way to a pair of microphones: air, first reflections and the way into the tail.
//!
//! Owns the running filters of a [`BusSpec`]. Does not own the tail. Units: pascals, frames.
//!
//! Real-time: a bus costs one pass of eight sections side by side, one pass of eight one-pole filters and
//! up to 27 reads of a delay line; a silent bus whose memory has run empty costs nothing.

use super::delay::DelayLine;
use super::early::{LONGEST_S, ORDERS, TAPS, Tap};
use super::filter::{Cascade, flush};
use super::layout::{BusSpec, SENDS, Send};
use super::wander::Wander;
use crate::math;
use crate::units::{Block, QUANTUM, SampleRate, Stereo};

/// Corner of the low-pass that each further reflection passes, hertz: order 1 to 4.
const HIT_HZ: [f64; ORDERS] = [8000.0, 6000.0, 4000.0, 3000.0];

/// Quanta over which moved reflections are cross-faded: 5 ms at 48 kHz.
const FADE_QUANTA: u32 = 4;

/// What every way to the listener begins with: air, turbulence, a memory to read from, and the way into the tail.
#[derive(Clone, Debug)]
pub(crate) struct Front {
    air: Cascade,
    flat: f32,
    wander: Option<Wander>,
    line: DelayLine,
    sends: [Send; SENDS],
    quiet_quanta: usize,
}

/// What a quantum means for the filters behind a [`Front`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// There is sound in the memory.
    Sound,
    /// It has just run empty: forget what is left far below hearing.
    End,
    /// There is nothing.
    Silence,
}

impl Front {
    pub fn new(spec: &BusSpec, seed: u64, rate: SampleRate) -> Self {
        let longest_send = spec.sends.iter().map(|s| s.delay_frames as usize).max().unwrap_or(0);
        // A place that moves may meet any reflection up to the longest.
        let longest = longest_send.max(rate.frames(LONGEST_S + 0.001) as usize);
        Self {
            air: Cascade::new(&spec.sections),
            flat: spec.flat as f32,
            wander: (spec.wander_db > 0.0)
                .then(|| Wander::new(seed, u64::from(spec.index), spec.wander_db, spec.wander_hz, rate)),
            line: DelayLine::build(longest),
            sends: spec.sends,
            quiet_quanta: usize::MAX,
        }
    }

    pub fn reset(&mut self) {
        self.air.reset();
        if let Some(wander) = &mut self.wander {
            wander.reset();
        }
        self.line.reset();
        self.quiet_quanta = usize::MAX;
    }

    /// Takes a quantum into the memory.
    pub fn take(&mut self, input: &Block) -> Flow {
        if input.iter().all(|x| *x == 0.0) {
            self.quiet_quanta = self.quiet_quanta.saturating_add(1);
        } else {
            self.quiet_quanta = 0;
        }
        if let Some(wander) = &mut self.wander {
            wander.advance();
        }
        // Once around the delay line plus 400 dB of every filter (at most 0.1 s): nothing is left.
        if self.quiet_quanta > self.line.frames() / QUANTUM + 80 {
            if self.quiet_quanta == usize::MAX {
                return Flow::Silence;
            }
            self.air.reset();
            self.line.reset();
            self.quiet_quanta = usize::MAX;
            return Flow::End;
        }
        let mut x = *input;
        self.air.process(&mut x);
        match &mut self.wander {
            Some(wander) => wander.apply(&mut x, self.flat),
            None => x.iter_mut().for_each(|v| *v *= self.flat),
        }
        x.iter_mut().for_each(|v| *v = flush(*v));
        self.line.push(&x);
        Flow::Sound
    }

    /// The quantum that was taken last, `frames` earlier.
    pub fn read(&self, frames: usize) -> &Block {
        self.line.read(frames)
    }

    /// Adds what feeds the tail.
    pub fn send(&self, sends: &mut [Block; SENDS]) {
        for (send, target) in self.sends.iter().zip(sends.iter_mut()) {
            if send.gain != 0.0 {
                let source = self.line.read(send.delay_frames as usize);
                for (t, s) in target.iter_mut().zip(source) {
                    *t += send.gain * s;
                }
            }
        }
    }
}

/// Coefficients of the low-pass that a reflection of each order passes last.
pub(crate) fn hit_coefficients(rate: SampleRate) -> [[f32; 2]; ORDERS] {
    HIT_HZ.map(|hz| {
        let b = math::exp(-math::TAU * hz / rate.hz_f64());
        [(1.0 - b) as f32, b as f32]
    })
}

/// The filters of one bus.
#[derive(Clone, Debug)]
pub struct BusFilter {
    front: Front,
    direct: [f32; 2],
    taps: [Tap; TAPS],
    next_taps: [Tap; TAPS],
    fade: u32,
    hit: [[f32; 2]; ORDERS],
    hit_state: [[f32; 2]; ORDERS],
}

impl BusFilter {
    /// Frames that every bus is late against its people's own delay.
    pub const LATENCY_FRAMES: usize = Cascade::LATENCY_FRAMES;

    /// Makes the filters. `seed` and the bus index key the turbulence.
    pub fn new(spec: &BusSpec, seed: u64, rate: SampleRate) -> Self {
        Self {
            front: Front::new(spec, seed, rate),
            direct: spec.pair.gain,
            taps: spec.taps,
            next_taps: spec.taps,
            fade: 0,
            hit: hit_coefficients(rate),
            hit_state: [[0.0; 2]; ORDERS],
        }
    }

    /// Forgets all sound and starts again as if new.
    pub fn reset(&mut self) {
        self.front.reset();
        self.forget();
        self.finish_fade();
    }

    /// Takes over the reflections of a listener that has moved, with a short cross-fade.
    ///
    /// Ignored while the last change is still fading. Real-time: no allocation.
    pub fn retune(&mut self, spec: &BusSpec) {
        if self.fade == 0 && self.taps != spec.taps {
            self.next_taps = spec.taps;
            self.fade = FADE_QUANTA;
        }
    }

    /// Filters one quantum: adds to `out` what the microphones get directly and from first reflections, and to
    /// `sends` what feeds the tail.
    ///
    /// Real-time: no allocation; cost as in the module's head.
    pub fn process(&mut self, input: &Block, out: &mut Stereo, sends: &mut [Block; SENDS]) {
        self.process_into(input, [&mut out.left, &mut out.right], sends);
    }

    /// The same into two blocks.
    pub(crate) fn process_into(&mut self, input: &Block, out: [&mut Block; 2], sends: &mut [Block; SENDS]) {
        match self.front.take(input) {
            Flow::Sound => {}
            flow => {
                if flow == Flow::End {
                    self.forget();
                }
                self.finish_fade();
                return;
            }
        }
        let mut early = [[[0.0; QUANTUM]; 2]; ORDERS];
        let steps = FADE_QUANTA as f32;
        if self.fade == 0 {
            add_taps(&self.front, &self.taps, &mut early, (1.0, 0.0));
        } else {
            let start = self.fade as f32 / steps;
            add_taps(&self.front, &self.taps, &mut early, (start, -1.0 / (steps * QUANTUM as f32)));
            add_taps(&self.front, &self.next_taps, &mut early, (1.0 - start, 1.0 / (steps * QUANTUM as f32)));
            self.fade -= 1;
            if self.fade == 0 {
                self.taps = self.next_taps;
            }
        }
        self.hear(&early, out);
        self.front.send(sends);
    }

    /// The direct sound, and one low-pass per hit: the fourth order passes all four.
    fn hear(&mut self, early: &[[Block; 2]; ORDERS], out: [&mut Block; 2]) {
        for (side, out) in out.into_iter().enumerate() {
            let (direct, gain) = (self.front.read(0), self.direct[side]);
            let mut hits: [f32; ORDERS] = std::array::from_fn(|k| self.hit_state[k][side]);
            let hit = self.hit;
            for n in 0..QUANTUM {
                let mut r = 0.0;
                for k in (0..ORDERS).rev() {
                    hits[k] = hit[k][0] * (early[k][side][n] + r) + hit[k][1] * hits[k];
                    r = hits[k];
                }
                out[n] += flush(gain * direct[n] + r);
            }
            for k in 0..ORDERS {
                math::snap(&mut hits[k]);
                self.hit_state[k][side] = hits[k];
            }
        }
    }

    /// Clears what is left far below hearing, so that waking up is the same as starting.
    fn forget(&mut self) {
        self.hit_state = [[0.0; 2]; ORDERS];
    }

    fn finish_fade(&mut self) {
        (self.taps, self.fade) = (self.next_taps, 0);
    }
}

/// Adds the taps to the sum of their order, with a gain that starts at `ramp.0` and grows by `ramp.1`.
fn add_taps(front: &Front, taps: &[Tap; TAPS], sums: &mut [[Block; 2]; ORDERS], ramp: (f32, f32)) {
    for tap in taps {
        let Some(sums) = usize::from(tap.order).checked_sub(1).and_then(|k| sums.get_mut(k)) else {
            continue;
        };
        let source = front.read(tap.delay_frames as usize);
        for (gain, sum) in tap.gain.into_iter().zip(sums.iter_mut()) {
            if ramp.1 == 0.0 {
                for (t, s) in sum.iter_mut().zip(source) {
                    *t += gain * s;
                }
            } else {
                for (n, (t, s)) in sum.iter_mut().zip(source).enumerate() {
                    *t += gain * (ramp.0 + ramp.1 * n as f32) * s;
                }
            }
        }
    }
}

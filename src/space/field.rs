//! One bus on its way into the channels of a layout: air, direct sound, first reflections from where they come.
//!
//! Owns the running filters of a [`BusSpec`] for layouts other than a stereo pair (see `bus` for those). Does not own
//! the gains' law (see `pan`) or the tail. Units: pascals, frames.
//!
//! Real-time: a bus costs the same front as for a pair, one pass of the reflections' low-passes side by side, and
//! an addition per gain; a silent bus costs nothing.

use super::bus::{Flow, Front, hit_coefficients};
use super::early::{ORDERS, TAPS};
use super::layout::{BusSpec, SENDS};
use super::pan::{Gains, Panner, in_head_frame};
use crate::math;
use crate::units::{Block, QUANTUM, SampleRate};

/// Reflections side by side, a whole number of vectors.
const LANES: usize = 16;

/// One reflection.
#[derive(Clone, Debug)]
struct Reflection {
    delay_frames: usize,
    gain: f32,
    gains: Gains,
}

/// The filters of one bus for the channels of a layout.
#[derive(Clone, Debug)]
pub struct FieldFilter {
    front: Front,
    direct: Gains,
    reflections: Vec<Reflection>,
    /// For each pass: how much of the new and of the old a lane takes.
    pass: [[[f32; LANES]; 2]; ORDERS],
    state: [[f32; LANES]; ORDERS],
}

impl FieldFilter {
    /// Makes the filters for a listener who looks to `facing_deg`. `seed` and the bus index key the turbulence.
    pub fn new(spec: &BusSpec, panner: &Panner, facing_deg: f64, seed: u64, rate: SampleRate) -> Self {
        let hit = hit_coefficients(rate);
        let used = spec.images.iter().filter(|image| image.order > 0).take(TAPS.min(LANES));
        // A lane that has not hit so often lets everything through.
        let mut pass = [[[1.0; LANES], [0.0; LANES]]; ORDERS];
        let mut reflections = Vec::new();
        for (lane, image) in used.enumerate() {
            for k in 0..usize::from(image.order).min(ORDERS) {
                (pass[k][0][lane], pass[k][1][lane]) = (hit[k][0], hit[k][1]);
            }
            reflections.push(Reflection {
                delay_frames: rate.frames(image.late_s.max(0.0)) as usize,
                gain: image.gain as f32,
                gains: panner.gains(in_head_frame(image.direction, facing_deg)),
            });
        }
        Self {
            front: Front::new(spec, seed, rate),
            direct: panner.gains(in_head_frame(spec.offset, facing_deg)),
            reflections,
            pass,
            state: [[0.0; LANES]; ORDERS],
        }
    }

    /// Forgets all sound and starts again as if new.
    pub fn reset(&mut self) {
        self.front.reset();
        self.state = [[0.0; LANES]; ORDERS];
    }

    /// Filters one quantum: adds to `out`, a block per channel, what arrives directly and from first
    /// reflections, and to `sends` what feeds the tail.
    ///
    /// Real-time: no allocation; cost as in the module's head.
    pub fn process(&mut self, input: &Block, out: &mut [Block], sends: &mut [Block; SENDS]) {
        match self.front.take(input) {
            Flow::Sound => {}
            Flow::End => {
                self.state = [[0.0; LANES]; ORDERS];
                return;
            }
            Flow::Silence => return,
        }
        add(out, &self.direct, self.front.read(0));
        if !self.reflections.is_empty() {
            self.reflect(out);
        }
        self.front.send(sends);
    }

    fn reflect(&mut self, out: &mut [Block]) {
        let mut lanes = [[0.0f32; LANES]; QUANTUM];
        for (lane, reflection) in self.reflections.iter().enumerate() {
            let source = self.front.read(reflection.delay_frames);
            for (row, x) in lanes.iter_mut().zip(source) {
                row[lane] = reflection.gain * x;
            }
        }
        for (pass, state) in self.pass.iter().zip(&mut self.state) {
            let [new, old] = pass;
            let mut s = *state;
            for row in &mut lanes {
                for lane in 0..LANES {
                    s[lane] = new[lane] * row[lane] + old[lane] * s[lane];
                }
                *row = s;
            }
            s.iter_mut().for_each(math::snap);
            *state = s;
        }
        let mut heard = [0.0; QUANTUM];
        for (lane, reflection) in self.reflections.iter().enumerate() {
            for (h, row) in heard.iter_mut().zip(&lanes) {
                *h = row[lane];
            }
            add(out, &reflection.gains, &heard);
        }
    }
}

/// Adds a block to the channels that it is heard in.
pub(crate) fn add(out: &mut [Block], gains: &Gains, block: &Block) {
    for (channel, gain) in gains {
        if let Some(out) = out.get_mut(usize::from(*channel)) {
            for (o, x) in out.iter_mut().zip(block) {
                *o += gain * x;
            }
        }
    }
}

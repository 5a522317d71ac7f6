//! The tail: late reverberation and single far echoes of a place.
//!
//! Owns a feedback delay network of 16 lines with a decay per octave, and echoes from side streets and
//! far stands. Does not own first reflections. Units: pascals, frames, seconds.
//!
//! Sources: Jot and Chaigne (1991) for absorbent feedback delay networks; Rocchesso and Smith (1997)
//! for orthogonal feedback; the lengths are distinct primes, so no two lines share a period.
//! Every bus enters each line at a time of its own, so each has a response of its own.

use super::config::{Kind, SpaceConfig};
use super::delay::DelayLine;
use super::field::add;
use super::filter::{Filter, Section, fit_shelves, flush};
use super::layout::SENDS;
use super::pair::Pair;
use super::pan::{Gains, Panner, direction};
use super::reverb::{OCTAVES_HZ, Reverb};
use crate::math;
use crate::rng::{self, Domain};
use crate::units::{Block, QUANTUM, SampleRate, Stereo, gain_from_db};

/// Corners of the absorbent shelves, hertz.
const CORNERS_HZ: [f64; SHELVES] = [160.0, 380.0, 900.0, 2200.0, 5500.0];
const SHELVES: usize = 5;
/// Shortest and longest line of a street 20 m wide, seconds.
const LINES_S: [f64; 2] = [0.031, 0.097];
/// The walls do not depend on the scene's seed.
const WALL_SEED: u64 = 0x0005_7233_7377_616c;
const ECHOES: usize = 4;
/// Quieter than this a tail has ended, pascals: -86 dB SPL, which no programme lifts above -180 dBFS. Without
/// it a church would go on computing for minutes before it fell into digital silence.
const GONE_PA: f32 = 1e-9;

type Lanes = [f32; SENDS];

/// The tail of a place.
#[derive(Clone, Debug)]
pub struct Room {
    tail: Option<Tail>,
    echoes: Option<Echoes>,
    quiet_quanta: usize,
}

impl Room {
    /// How long a place goes on after the last sound in it, seconds: its reverberation, and echoes that come late.
    pub fn rings_s(space: &SpaceConfig) -> f64 {
        let reverb_s = Reverb::of(space).map_or(0.0, |r| r.rt_s.into_iter().fold(0.0, f64::max));
        // The last echo may be a little late, as chance says.
        let echo_s = echoes_of(space).map_or(0.0, |(_, last_s, ..)| 1.1 * last_s);
        1.5 * reverb_s + echo_s.max(1.0)
    }

    /// Makes the tail of `space`; its level at a place is in the sends of the buses. Where nothing rings, it costs
    /// nothing.
    pub fn new(space: &SpaceConfig, rate: SampleRate) -> Self {
        Self::build(space, None, rate)
    }

    /// The same for the channels of a layout: the tail from all around, each line from a direction of its own,
    /// so that channels are decorrelated; echoes from where they come.
    pub fn surround(space: &SpaceConfig, panner: &Panner, rate: SampleRate) -> Self {
        Self::build(space, Some(panner), rate)
    }

    fn build(space: &SpaceConfig, panner: Option<&Panner>, rate: SampleRate) -> Self {
        Self {
            tail: Reverb::of(space).map(|reverb| Tail::build(space, &reverb, panner, rate)),
            echoes: Echoes::build(space, panner, rate),
            quiet_quanta: usize::MAX,
        }
    }

    /// Forgets all sound.
    pub fn reset(&mut self) {
        if let Some(tail) = &mut self.tail {
            tail.reset();
        }
        if let Some(echoes) = &mut self.echoes {
            echoes.reset();
        }
        self.quiet_quanta = usize::MAX;
    }

    /// Adds one quantum of the tail to `out`.
    ///
    /// Real-time: no allocation; about 6 microseconds; nothing after the tail has died away.
    pub fn process(&mut self, sends: &[Block; SENDS], out: &mut Stereo) {
        let mut channels = [out.left, out.right];
        self.process_into(sends, &mut channels);
        [out.left, out.right] = channels;
    }

    /// The same into the channels that the room was made for.
    pub fn process_into(&mut self, sends: &[Block; SENDS], out: &mut [Block]) {
        let silent = sends.iter().flatten().all(|x| *x == 0.0);
        if silent && self.quiet_quanta == usize::MAX {
            return;
        }
        let mut ended = silent;
        if let Some(echoes) = &mut self.echoes {
            ended &= echoes.process(sends, out);
        }
        if let Some(tail) = &mut self.tail {
            ended &= tail.process(sends, out);
        }
        self.quiet_quanta = if ended { self.quiet_quanta.saturating_add(1) } else { 0 };
        let longest =
            self.tail.as_ref().map_or(0, |t| t.longest()) + self.echoes.as_ref().map_or(0, |e| e.frames());
        if self.quiet_quanta > longest / QUANTUM + 2 {
            self.reset();
        }
    }
}

#[derive(Clone, Debug)]
struct Tail {
    lines: Vec<DelayLine>,
    lengths: [usize; SENDS],
    /// Coefficients of first-order shelves, one lane per line.
    shelves: [[Lanes; 3]; SHELVES],
    states: [Lanes; SHELVES],
    flat: Lanes,
    outlet: Outlet,
}

/// How the lines of a tail are heard.
#[allow(clippy::large_enum_variant, reason = "one per place")]
#[derive(Clone, Debug)]
enum Outlet {
    /// Signed levels at both microphones.
    Pair { out: [Lanes; 2], low_cut: [Filter; 2] },
    /// Each line from a direction of its own.
    Around { level: Lanes, gains: Vec<Gains>, low_cut: [Filter; SENDS] },
}

impl Outlet {
    fn reset(&mut self) {
        match self {
            Self::Pair { low_cut, .. } => low_cut.iter_mut().for_each(Filter::reset),
            Self::Around { low_cut, .. } => low_cut.iter_mut().for_each(Filter::reset),
        }
    }

    /// Adds what the lines give; true if that is nothing.
    fn process(&mut self, x: &[Block; SENDS], out: &mut [Block]) -> bool {
        match self {
            Self::Pair { out: levels, low_cut } => {
                let mut wet = [[0.0; QUANTUM]; 2];
                let [left, right] = &mut wet;
                for (line, block) in x.iter().enumerate() {
                    let (l, r) = (levels[0][line], levels[1][line]);
                    for n in 0..QUANTUM {
                        left[n] += l * block[n];
                        right[n] += r * block[n];
                    }
                }
                for (filter, wet) in low_cut.iter_mut().zip(&mut wet) {
                    filter.process(wet);
                }
                add_flushed(out, &wet);
                is_gone(&wet)
            }
            Self::Around { level, gains, low_cut } => {
                let mut gone = true;
                for (line, block) in x.iter().enumerate() {
                    let mut wet = block.map(|v| level[line] * v);
                    low_cut[line].process(&mut wet);
                    wet.iter_mut().for_each(|v| *v = flush(*v));
                    gone &= wet.iter().all(|v| v.abs() < GONE_PA);
                    add(out, &gains[line], &wet);
                }
                gone
            }
        }
    }
}

/// Where the lines of a tail come from, in the head's frame: evenly around, from the height of the fronts, and
/// where there is a roof from above too. Neighbours in length lie far apart.
fn around(space: &SpaceConfig, panner: &Panner) -> Vec<Gains> {
    let roofed = matches!(space.kind, Kind::Arena | Kind::Hall | Kind::Gym);
    let heights_deg = if roofed { [0.0, 50.0, 8.0, 30.0] } else { [0.0, 20.0, -5.0, 10.0] };
    let turn_deg = 360.0 / SENDS as f64;
    (0..SENDS)
        .map(|line| {
            let azimuth_deg = turn_deg * ((line * 7) % SENDS) as f64 + 0.5 * turn_deg;
            panner.apart(direction(azimuth_deg, heights_deg[(line * 7) % SENDS % 4]))
        })
        .collect()
}

impl Tail {
    fn build(space: &SpaceConfig, reverb: &Reverb, panner: Option<&Panner>, rate: SampleRate) -> Self {
        let [w, ..] = space.dimensions_m();
        // Very short lines ring and very long ones flutter, whatever the width.
        let scale = (w / 20.0).clamp(0.75, 1.2);
        let mut lengths = [0; SENDS];
        let mut last = 0;
        for (i, length) in lengths.iter_mut().enumerate() {
            let s = LINES_S[0] * math::pow(LINES_S[1] / LINES_S[0], i as f64 / (SENDS - 1) as f64) * scale;
            last = next_prime((rate.frames(s) as usize).max(last + 1));
            *length = last;
        }
        let mut shelves = [[[0.0; SENDS]; 3]; SHELVES];
        let mut flat = [0.0; SENDS];
        for line in 0..SENDS {
            let (gains, gain) = absorbent(lengths[line], reverb, space, rate);
            for (k, shelf) in shelves.iter_mut().enumerate() {
                let s = Section::high_shelf(CORNERS_HZ[k], gains[k], rate);
                shelf[0][line] = s.b[0] as f32;
                shelf[1][line] = s.b[1] as f32;
                shelf[2][line] = s.a[0] as f32;
            }
            flat[line] = gain as f32;
        }
        // Unit energy in, unit energy out at each microphone: energy decays by 13.8 per reverberation time and
        // passes an output once per mean length.
        let mean = lengths.iter().sum::<usize>() as f64 / SENDS as f64;
        let mid_s = (reverb.rt_s[2] + reverb.rt_s[3]) / 2.0;
        let level = (mean * 13.8155 / (mid_s * rate.hz_f64())).sqrt();
        let mut stream = rng::stream(WALL_SEED, Domain::Space, 1 << 32, 1);
        let mut out = [[0.0; SENDS]; 2];
        // Half of the lines in phase, half against: as alike as the microphones are in a diffuse field.
        let alike = Pair::coherence();
        let (same, against) = ((1.0 + alike).sqrt() * level, (1.0 - alike).sqrt() * level);
        let signs: [f64; SENDS] = std::array::from_fn(|_| if stream.chance(0.5) { 1.0 } else { -1.0 });
        for (line, sign) in signs.into_iter().enumerate() {
            let (left, right) = if (line * 7 + 3) % 16 < 8 { (same, same) } else { (against, -against) };
            (out[0][line], out[1][line]) = ((sign * left) as f32, (sign * right) as f32);
        }
        let mono = signs.map(|sign| (sign * level) as f32);
        let low_cut = Filter::new(Section::high_pass(space.reverb_low_cut_hz, 0.6, rate));
        let outlet = match panner {
            None => Outlet::Pair { out, low_cut: [low_cut; 2] },
            Some(panner) => {
                Outlet::Around { level: mono, gains: around(space, panner), low_cut: [low_cut; SENDS] }
            }
        };
        Self {
            lines: lengths.iter().map(|&frames| DelayLine::build(frames)).collect(),
            lengths,
            shelves,
            states: [[0.0; SENDS]; SHELVES],
            flat,
            outlet,
        }
    }

    fn longest(&self) -> usize {
        self.lengths[SENDS - 1]
    }

    fn reset(&mut self) {
        self.lines.iter_mut().for_each(DelayLine::reset);
        self.states = [[0.0; SENDS]; SHELVES];
        self.outlet.reset();
    }

    /// True if nothing is left in this quantum.
    fn process(&mut self, sends: &[Block; SENDS], out: &mut [Block]) -> bool {
        let mut x: [Block; SENDS] = std::array::from_fn(|i| *self.lines[i].read(self.lengths[i] - QUANTUM));
        self.absorb(&mut x);
        let gone = self.outlet.process(&x, out);
        hadamard(&mut x);
        let mut peak = 0.0f32;
        for ((block, input), line) in x.iter_mut().zip(sends).zip(&mut self.lines) {
            for (v, i) in block.iter_mut().zip(input) {
                let sum = 0.25 * *v + i;
                *v = flush(sum);
                peak = peak.max(v.abs());
            }
            line.push(block);
        }
        peak < GONE_PA && gone
    }

    /// The shelves and a gain on all lines at once.
    fn absorb(&mut self, x: &mut [Block; SENDS]) {
        let mut states = self.states;
        for n in 0..QUANTUM {
            let mut v: Lanes = std::array::from_fn(|i| x[i][n]);
            for (shelf, state) in self.shelves.iter().zip(&mut states) {
                for i in 0..SENDS {
                    let y = shelf[0][i] * v[i] + state[i];
                    state[i] = shelf[1][i] * v[i] - shelf[2][i] * y;
                    v[i] = y;
                }
            }
            for i in 0..SENDS {
                x[i][n] = v[i] * self.flat[i];
            }
        }
        states.iter_mut().flatten().for_each(math::snap);
        self.states = states;
    }
}

/// Shelf gains in decibels and a linear gain that make a line of `frames` decay as `reverb` says.
fn absorbent(frames: usize, reverb: &Reverb, space: &SpaceConfig, rate: SampleRate) -> ([f64; SHELVES], f64) {
    const POINTS: usize = 22;
    let air = space.air();
    let seconds = frames as f64 / rate.hz_f64();
    let points: [(f64, f64); 6] = std::array::from_fn(|i| (math::log2(OCTAVES_HZ[i]), reverb.rt_s[i]));
    let mut at = [0.0; POINTS];
    let mut target = [0.0; POINTS];
    for i in 0..POINTS {
        at[i] = (88.0 * math::pow(2.0, i as f64 / 3.0)).min(0.42 * rate.hz_f64());
        let mut rt = math::interpolate(&points, math::log2(at[i]));
        if at[i] > 4000.0 {
            // Above the table the air rules: decay rates add.
            let more = air.absorption_db_per_m(at[i]) - air.absorption_db_per_m(4000.0);
            rt = 1.0 / (1.0 / rt + more * air.speed_m_s() / 60.0);
        }
        target[i] = (-60.0 * seconds / rt).max(-40.0);
    }
    // A decay time is as wrong as its loss is in proportion: small losses count more.
    let mean = target.iter().sum::<f64>() / POINTS as f64;
    let mut weights = target.map(|loss| (mean / loss) * (mean / loss));
    for (weight, hz) in weights.iter_mut().zip(at) {
        if hz > 5700.0 {
            *weight *= 0.1;
        }
    }
    let (gains, mut flat) = fit_shelves(CORNERS_HZ, &at, &target, &weights, 24.0, rate);
    // No frequency may live much longer than the longest time asked for.
    let longest = reverb.rt_s.iter().fold(0.0f64, |a, &b| a.max(b));
    let allowed = -60.0 * seconds / (1.1 * longest);
    for i in 0..64 {
        let hz = 20.0 * math::pow(2.0, f64::from(i) / 6.4);
        let gain: f64 = CORNERS_HZ
            .iter()
            .zip(gains)
            .map(|(&c, g)| Section::high_shelf(c, g, rate).gain_db(hz.min(0.49 * rate.hz_f64()), rate))
            .sum();
        flat = flat.min(allowed - gain);
    }
    (gains, gain_from_db(flat))
}

fn is_gone(wet: &[Block; 2]) -> bool {
    wet.iter().flatten().all(|v| v.abs() < GONE_PA)
}

fn add_flushed(out: &mut [Block], wet: &[Block; 2]) {
    for (out, wet) in out.iter_mut().zip(wet) {
        for (o, w) in out.iter_mut().zip(wet) {
            *o += flush(*w);
        }
    }
}

/// Unnormalised Hadamard transform across the lines.
fn hadamard(x: &mut [Block; SENDS]) {
    let mut span = 1;
    while span < SENDS {
        for pair in x.chunks_exact_mut(2 * span) {
            let (low, high) = pair.split_at_mut(span);
            for (a, b) in low.iter_mut().zip(high) {
                for (p, q) in a.iter_mut().zip(b) {
                    (*p, *q) = (*p + *q, *p - *q);
                }
            }
        }
        span *= 2;
    }
}

fn next_prime(from: usize) -> usize {
    let prime = |n: usize| n > 1 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
    (from..).find(|&n| prime(n)).unwrap_or(from)
}

/// Single echoes from side streets, block ends or the far stand.
#[derive(Clone, Debug)]
struct Echoes {
    line: DelayLine,
    taps: [(usize, f32, f32); ECHOES],
    soft: [Filter; 2],
    /// Where each comes from; without, the taps' own left and right.
    around: Option<[Gains; ECHOES]>,
}

/// When the echoes of a place come, first and last, seconds; level of the first and the last, decibels.
fn echoes_of(space: &SpaceConfig) -> Option<(f64, f64, f64, f64)> {
    let [w, _, l] = space.dimensions_m();
    let speed = space.air().speed_m_s();
    match space.kind {
        Kind::Street => Some((0.25, (l / speed).clamp(0.5, 1.2), -14.0, -26.0)),
        Kind::Stadium => Some((0.9 * w / speed, 2.0 * l / speed, -8.0, -16.0)),
        Kind::City => Some((0.3, 2.0, -4.0, -12.0)),
        Kind::Arena => Some((0.6 * w / speed, 1.5 * l / speed, -12.0, -20.0)),
        Kind::Hall | Kind::Gym | Kind::Field | Kind::Dry => None,
    }
}

impl Echoes {
    fn build(space: &SpaceConfig, panner: Option<&Panner>, rate: SampleRate) -> Option<Self> {
        let (first_s, last_s, first_db, last_db) = echoes_of(space)?;
        let mut stream = rng::stream(WALL_SEED, Domain::Space, 1 << 32, 2);
        let taps = std::array::from_fn(|i| {
            let t = (i as f64 + stream.range(-0.2, 0.2)).max(0.0) / (ECHOES - 1) as f64;
            let gain = gain_from_db(math::lerp(first_db, last_db, t) + space.echo_db);
            let side = if i % 2 == 0 { stream.range(0.1, 0.35) } else { stream.range(0.65, 0.9) };
            let frames = rate.frames(first_s * math::pow(last_s / first_s, t)) as usize;
            (frames, (gain * (1.0 - side).sqrt()) as f32, (gain * side.sqrt()) as f32)
        });
        let longest = taps.iter().map(|t: &(usize, f32, f32)| t.0).max().unwrap_or(0);
        let soft = Filter::new(Section::low_pass(2000.0, 0.6, rate));
        let around = panner.map(|panner| {
            taps.map(|(_, left, right): (usize, f32, f32)| {
                // From its level at both sides back to the side: 90 degrees left to 90 right.
                let side = f64::from(right * right / (left * left + right * right).max(f32::MIN_POSITIVE));
                panner.gains(direction(180.0 * (side - 0.5), 5.0))
            })
        });
        Some(Self { line: DelayLine::build(longest), taps, soft: [soft; 2], around })
    }

    fn frames(&self) -> usize {
        self.line.frames()
    }

    fn reset(&mut self) {
        self.line.reset();
        self.soft.iter_mut().for_each(Filter::reset);
    }

    fn process(&mut self, sends: &[Block; SENDS], out: &mut [Block]) -> bool {
        let mut sum = [0.0; QUANTUM];
        for (i, send) in sends.iter().enumerate().take(4) {
            let sign = if i % 2 == 0 { 1.0 } else { -1.0 };
            for (a, b) in sum.iter_mut().zip(send) {
                // Four of sixteen lines carry a quarter of the energy.
                *a += 2.0 * sign * b;
            }
        }
        if let Some(around) = &self.around {
            self.soft[0].process(&mut sum);
            sum.iter_mut().for_each(|v| *v = flush(*v));
            self.line.push(&sum);
            let mut gone = true;
            for (gains, &(frames, left, right)) in around.iter().zip(&self.taps) {
                let gain = (left * left + right * right).sqrt();
                let wet = self.line.read(frames).map(|x| gain * x);
                gone &= wet.iter().all(|v| v.abs() < GONE_PA);
                add(out, gains, &wet);
            }
            return gone;
        }
        self.line.push(&sum);
        let mut wet = [[0.0; QUANTUM]; 2];
        let [left_out, right_out] = &mut wet;
        for &(frames, left, right) in &self.taps {
            for (n, x) in self.line.read(frames).iter().enumerate() {
                left_out[n] += left * x;
                right_out[n] += right * x;
            }
        }
        for (filter, wet) in self.soft.iter_mut().zip(&mut wet) {
            filter.process(wet);
        }
        add_flushed(out, &wet);
        is_gone(&wet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_rings_until_its_last_echo_has_come() {
        let rate = SampleRate::DEFAULT;
        for kind in [Kind::Street, Kind::Stadium, Kind::City, Kind::Arena] {
            for length_m in [40.0, 400.0] {
                let space = SpaceConfig { kind, length_m: Some(length_m), ..SpaceConfig::default() };
                let echoes = Echoes::build(&space, None, rate).expect("echoes");
                let last = echoes.taps.iter().map(|tap| tap.0).max().expect("taps");
                let rings_s = Room::rings_s(&space);
                assert!(rings_s > rate.seconds(last as u64), "{kind:?} of {length_m} m: {rings_s} s");
            }
        }
    }
}

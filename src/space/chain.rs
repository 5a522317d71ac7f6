//! What a loudspeaker or a broadcast does to sound: band, peaks, levelling, distortion.
//!
//! Owns named chains and their settings. Does not own where loudspeakers stand (see `speaker`).
//! Units: hertz, decibels, milliseconds; pascals in and out.
//!
//! Source: bands and time constants from trade practice of public address and broadcasting; band edges
//! are those where 6 dB are lost.

use serde::{Deserialize, Serialize};

use super::error::{SpaceError, within};
use super::filter::{Filter, Section, butterworth_q};
use super::saturator::{Saturator, Shape};
use crate::math;
use crate::units::{Block, QUANTUM, SPL_REFERENCE_PA, SampleRate, Stereo, db_from_gain, gain_from_db};

/// Chains by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChainKind {
    /// Nothing in between.
    #[default]
    None,
    /// A hand megaphone: 400 Hz to 4.5 kHz, two sharp peaks, hard clipping.
    Megaphone,
    /// A re-entrant public-address horn: 300 Hz to 6 kHz, soft clipping.
    Horn,
    /// The line arrays of a street screen: 90 Hz to 12 kHz, a limiter.
    StreetScreen,
    /// Television sound of the place: 80 Hz to 15 kHz, pumping gain control, narrow stereo.
    Television,
    /// The same through the loudspeaker of a television set: 180 Hz to 10 kHz, mono.
    TelevisionSet,
    /// A mobile telephone's clip: 150 Hz to 8 kHz, limited and clipped, mono.
    Phone,
    /// A helicopter crew's headset: 300 Hz to 3.4 kHz.
    Headset,
}

/// A chain: a name or a table of settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ChainConfig {
    /// One of the built-in chains.
    Named(ChainKind),
    /// Own settings.
    Custom(ChainSettings),
}

impl Default for ChainConfig {
    fn default() -> Self {
        Self::Named(ChainKind::None)
    }
}

/// A peak or dip of a chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peak {
    /// Centre, hertz.
    pub hz: f64,
    /// Height, decibels.
    pub gain_db: f64,
    /// Quality: centre over bandwidth.
    pub q: f64,
}

/// Settings of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChainSettings {
    /// Lower band edge (-6 dB), hertz, 20 to 2000.
    pub low_hz: f64,
    /// Upper band edge (-6 dB), hertz, 1000 to 20000.
    pub high_hz: f64,
    /// Three peaks or dips.
    pub peaks: [Peak; 3],
    /// Sound pressure at which the electronics are full, decibels SPL, 80 to 150.
    pub full_scale_db_spl: f64,
    /// Compressor threshold, decibels below full scale, -60 to 0.
    pub threshold_db: f64,
    /// Compressor ratio, 1 (off) to 20.
    pub ratio: f64,
    /// Attack, milliseconds, 1 to 100.
    pub attack_ms: f64,
    /// Release, milliseconds, 10 to 5000.
    pub release_ms: f64,
    /// Drive into the distortion, decibels, -20 to 40.
    pub drive_db: f64,
    /// True for a hard edge, false for a soft one.
    pub hard: bool,
    /// Stereo width, 0 (mono) to 1.
    pub width: f64,
    /// Level afterwards, decibels, -60 to 60.
    pub level_db: f64,
}

impl Default for ChainSettings {
    fn default() -> Self {
        Self {
            low_hz: 80.0,
            high_hz: 15_000.0,
            peaks: [Peak { hz: 1000.0, gain_db: 0.0, q: 1.0 }; 3],
            full_scale_db_spl: 120.0,
            threshold_db: -30.0,
            ratio: 4.0,
            attack_ms: 10.0,
            release_ms: 800.0,
            drive_db: 0.0,
            hard: false,
            width: 1.0,
            level_db: 0.0,
        }
    }
}

impl ChainKind {
    /// The settings behind the name; `None` for no chain.
    pub fn settings(self) -> Option<ChainSettings> {
        let base = ChainSettings::default();
        let peak = |hz, gain_db, q| Peak { hz, gain_db, q };
        let flat = peak(1000.0, 0.0, 1.0);
        Some(match self {
            Self::None => return None,
            Self::Megaphone => ChainSettings {
                low_hz: 400.0,
                high_hz: 4500.0,
                peaks: [peak(1200.0, 8.0, 3.0), peak(2500.0, 8.0, 3.0), flat],
                full_scale_db_spl: 104.0,
                threshold_db: -20.0,
                ratio: 4.0,
                release_ms: 300.0,
                drive_db: 12.0,
                hard: true,
                width: 0.0,
                ..base
            },
            Self::Horn => ChainSettings {
                low_hz: 300.0,
                high_hz: 6000.0,
                peaks: [peak(900.0, 4.0, 2.0), peak(2200.0, 5.0, 2.5), flat],
                full_scale_db_spl: 108.0,
                threshold_db: -14.0,
                ratio: 3.0,
                release_ms: 300.0,
                drive_db: 8.0,
                width: 0.0,
                ..base
            },
            Self::StreetScreen => ChainSettings {
                low_hz: 90.0,
                high_hz: 12_000.0,
                peaks: [peak(160.0, 2.0, 1.0), peak(3000.0, 3.0, 0.9), flat],
                full_scale_db_spl: 116.0,
                threshold_db: -8.0,
                ratio: 4.0,
                attack_ms: 3.0,
                release_ms: 120.0,
                width: 0.0,
                ..base
            },
            Self::Television => ChainSettings {
                peaks: [peak(200.0, -2.0, 0.8), peak(3500.0, 3.0, 0.8), flat],
                width: 0.4,
                ..base
            },
            Self::TelevisionSet => ChainSettings {
                low_hz: 180.0,
                high_hz: 10_000.0,
                peaks: [peak(400.0, 3.0, 1.2), peak(2500.0, -5.0, 1.5), peak(5000.0, 3.0, 1.5)],
                drive_db: 3.0,
                width: 0.0,
                ..base
            },
            Self::Phone => ChainSettings {
                low_hz: 150.0,
                high_hz: 8000.0,
                peaks: [peak(2800.0, 5.0, 1.2), flat, flat],
                full_scale_db_spl: 110.0,
                threshold_db: -20.0,
                ratio: 8.0,
                attack_ms: 3.0,
                release_ms: 250.0,
                drive_db: 6.0,
                hard: true,
                width: 0.0,
                ..base
            },
            Self::Headset => ChainSettings {
                low_hz: 300.0,
                high_hz: 3400.0,
                peaks: [peak(1600.0, 4.0, 1.5), flat, flat],
                threshold_db: -24.0,
                ratio: 6.0,
                release_ms: 400.0,
                drive_db: 6.0,
                width: 0.0,
                ..base
            },
        })
    }
}

impl ChainConfig {
    /// The settings, if there is a chain at all.
    pub fn settings(&self) -> Option<ChainSettings> {
        match self {
            Self::Named(kind) => kind.settings(),
            Self::Custom(settings) => Some(*settings),
        }
    }

    /// Checks every number; `table` names the owner in messages.
    ///
    /// # Errors
    /// [`SpaceError::OutOfRange`] for the first number outside its range.
    pub fn validate(&self, table: &str) -> Result<(), SpaceError> {
        let Some(s) = self.settings() else { return Ok(()) };
        within(table, "chain.low_hz", s.low_hz, 20.0, 2000.0)?;
        within(table, "chain.high_hz", s.high_hz, 1000.0, 20_000.0)?;
        for p in s.peaks {
            within(table, "chain.peaks.hz", p.hz, 20.0, 20_000.0)?;
            within(table, "chain.peaks.gain_db", p.gain_db, -24.0, 24.0)?;
            within(table, "chain.peaks.q", p.q, 0.1, 20.0)?;
        }
        within(table, "chain.full_scale_db_spl", s.full_scale_db_spl, 80.0, 150.0)?;
        within(table, "chain.threshold_db", s.threshold_db, -60.0, 0.0)?;
        within(table, "chain.ratio", s.ratio, 1.0, 20.0)?;
        within(table, "chain.attack_ms", s.attack_ms, 1.0, 100.0)?;
        within(table, "chain.release_ms", s.release_ms, 10.0, 5000.0)?;
        within(table, "chain.drive_db", s.drive_db, -20.0, 40.0)?;
        within(table, "chain.width", s.width, 0.0, 1.0)?;
        within(table, "chain.level_db", s.level_db, -60.0, 60.0)
    }
}

/// Sections per channel: one high-pass, two low-passes, three peaks.
pub(super) const FILTERS: usize = 6;

/// A running chain, stereo in and out.
#[derive(Clone, Debug)]
pub struct Chain {
    on: Option<Running>,
}

/// A chain that does something.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) before: [[Filter; FILTERS]; 2],
    pub(super) saturators: [Saturator; 2],
    pub(super) after: [[Filter; 2]; 2],
    width: f32,
    pub(super) into: f32,
    pub(super) out_of: f32,
    pub(super) level: Levelling,
}

impl Chain {
    /// Frames by which a chain (other than none) delays.
    pub const LATENCY_FRAMES: usize = Saturator::LATENCY_FRAMES;

    /// Makes the chain.
    pub fn new(config: &ChainConfig, rate: SampleRate) -> Self {
        Self { on: config.settings().map(|s| Running::build(&s, rate)) }
    }

    /// True if the chain does nothing.
    pub fn is_none(&self) -> bool {
        self.on.is_none()
    }

    /// Forgets all sound.
    pub fn reset(&mut self) {
        if let Some(on) = &mut self.on {
            on.reset();
        }
    }

    /// Sends one quantum through the chain, in place.
    ///
    /// Real-time: no allocation; about 5 microseconds.
    pub fn process(&mut self, io: &mut Stereo) {
        if let Some(on) = &mut self.on {
            on.process(io);
        }
    }
}

impl Running {
    pub(super) fn build(s: &ChainSettings, rate: SampleRate) -> Self {
        // -6 dB of a Butterworth filter of order n lies at corner * 3^(1 / 2n).
        let high_pass = Section::high_pass(s.low_hz * math::pow(3.0, 0.25), butterworth_q(2, 0), rate);
        // On the warped axis of the bilinear transform, for the upper edge may be near half the rate.
        let edge = math::tan(math::PI * s.high_hz.min(0.45 * rate.hz_f64()) / rate.hz_f64());
        let low_hz = math::atan2(edge / math::pow(3.0, 0.125), 1.0) * rate.hz_f64() / math::PI;
        let low = |i| Section::low_pass(low_hz, butterworth_q(4, i), rate);
        let peak = |i: usize| Section::peak(s.peaks[i].hz, s.peaks[i].gain_db, s.peaks[i].q, rate);
        let before = [high_pass, low(0), low(1), peak(0), peak(1), peak(2)].map(Filter::new);
        // What the distortion makes above the band does not pass the loudspeaker or the codec either.
        let after = [0, 1].map(|i| Filter::new(Section::low_pass(1.8 * low_hz, butterworth_q(4, i), rate)));
        let full = SPL_REFERENCE_PA * gain_from_db(s.full_scale_db_spl) * std::f64::consts::SQRT_2;
        let drive = gain_from_db(s.drive_db);
        Self {
            before: [before; 2],
            saturators: [Saturator::build(if s.hard { Shape::Hard } else { Shape::Soft }); 2],
            after: [after; 2],
            width: s.width as f32,
            into: (drive / full) as f32,
            out_of: (full / drive * gain_from_db(s.level_db)) as f32,
            level: Levelling::build(s, full, rate),
        }
    }

    /// Forgets all sound.
    pub(super) fn reset(&mut self) {
        self.before.iter_mut().flatten().for_each(Filter::reset);
        self.after.iter_mut().flatten().for_each(Filter::reset);
        self.saturators.iter_mut().for_each(Saturator::reset);
        self.level.reset();
    }

    /// Brings left and right as close as the chain's width says.
    pub(super) fn narrow(&self, left: &mut Block, right: &mut Block) {
        for (l, r) in left.iter_mut().zip(right) {
            let (mid, side) = (0.5 * (*l + *r), 0.5 * self.width * (*l - *r));
            (*l, *r) = (mid + side, mid - side);
        }
    }

    fn process(&mut self, io: &mut Stereo) {
        self.narrow(&mut io.left, &mut io.right);
        for (block, filters) in [&mut io.left, &mut io.right].into_iter().zip(&mut self.before) {
            filters.iter_mut().for_each(|f| f.process(block));
        }
        self.level.process(io);
        for (channel, block) in [&mut io.left, &mut io.right].into_iter().enumerate() {
            block.iter_mut().for_each(|x| *x *= self.into);
            self.saturators[channel].process(block);
            self.after[channel].iter_mut().for_each(|f| f.process(block));
            block.iter_mut().for_each(|x| *x *= self.out_of);
        }
    }
}

/// A compressor with an RMS detector of 10 ms, both channels alike; it works once per quantum.
#[derive(Clone, Debug)]
pub(super) struct Levelling {
    threshold_db: f64,
    slope: f64,
    full: f64,
    detect: f64,
    attack: f64,
    release: f64,
    power: f64,
    gain_db: f64,
    gain: f32,
}

impl Levelling {
    fn build(s: &ChainSettings, full: f64, rate: SampleRate) -> Self {
        let quantum_ms = 1000.0 * QUANTUM as f64 / rate.hz_f64();
        let pole = |ms: f64| math::exp(-quantum_ms / ms);
        Self {
            threshold_db: s.threshold_db,
            slope: 1.0 - 1.0 / s.ratio,
            full,
            detect: pole(10.0),
            attack: pole(s.attack_ms),
            release: pole(s.release_ms),
            power: 0.0,
            gain_db: 0.0,
            gain: 1.0,
        }
    }

    fn reset(&mut self) {
        (self.power, self.gain_db, self.gain) = (0.0, 0.0, 1.0);
    }

    fn process(&mut self, io: &mut Stereo) {
        let [start, end] = self.follow(io);
        let step = (end - start) / QUANTUM as f32;
        for n in 0..QUANTUM {
            let g = start + step * (n + 1) as f32;
            io.left[n] *= g;
            io.right[n] *= g;
        }
    }

    /// Hears a quantum; the gain before it and at its end.
    pub(super) fn follow(&mut self, io: &Stereo) -> [f32; 2] {
        let sum: f32 = io.left.iter().zip(&io.right).map(|(l, r)| 0.5 * (l * l + r * r)).sum();
        let now = f64::from(sum) / QUANTUM as f64;
        self.power = self.detect * self.power + (1.0 - self.detect) * now;
        if self.power < 1e-30 {
            self.power = 0.0;
        }
        // Full scale is the RMS of a full sine.
        let level_db = db_from_gain((2.0 * self.power).sqrt() / self.full).max(-200.0);
        let want = -(level_db - self.threshold_db).max(0.0) * self.slope;
        let pole = if want < self.gain_db { self.attack } else { self.release };
        self.gain_db = pole * self.gain_db + (1.0 - pole) * want;
        let gain = gain_from_db(self.gain_db) as f32;
        let start = self.gain;
        self.gain = gain;
        [start, gain]
    }
}

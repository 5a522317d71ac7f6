//! Source and vocal tract of one person, driven by a frame of parameters every 5 ms.
//!
//! Owns the cascade synthesizer: LF source with jitter, shimmer and roughness, aspiration, nasal pole
//! and zero, eight formants, a floor of breath, hiss and bursts. Does not own what is said: words
//! ([`super::gesture`]) and sounds without words both arrive here as [`Frame`]s.
//! Units: a vowel's closure peak of 1 in the source; the caller scales to pascals.
//!
//! The tract runs at a rate of its own, chosen per person so that eight poles fill its band exactly:
//! a digital cascade then needs no correction for the poles that are missing above. Source: Klatt 1980;
//! aspiration in step with the glottis after Lu and Smith 1999.

use super::{friction, friction::Friction, noise::Noise, resample, source, source::Pulse};
use crate::{math, units::SampleRate};

/// Seconds from one frame to the next.
pub(crate) const FRAME_S: f64 = 0.005;
/// Formants that move with every frame.
pub(crate) const MOVING: usize = 4;
/// Formants that belong to the person.
pub(crate) const FIXED: usize = 4;
/// Aspiration falls off below this frequency, hertz.
const BREATH_CORNER_HZ: f64 = 1200.0;
/// Rise of [`Presence`], dB.
const PRESENCE_DB: f64 = 3.0;
/// Samples between updates of interpolated coefficients.
const STEP: usize = 24;

/// What the synthesizer does at one moment; between frames everything glides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    /// Pitch, hertz.
    pub f0_hz: f32,
    /// Strength of the source: peak of its closure.
    pub voice: f32,
    /// Shape of the source, 0.28 tense to 2.7 breathy.
    pub rd: f32,
    /// Extra loss of the source at 3 kHz, dB.
    pub tilt_db: f32,
    /// RMS of the noise at the glottis: it passes through the tract.
    pub aspiration: f32,
    /// RMS of the breath around the voice: it does not.
    pub floor: f32,
    /// F1..F4, hertz.
    pub formants_hz: [f32; MOVING],
    /// B1..B4, hertz.
    pub bandwidths_hz: [f32; MOVING],
    /// Opening of the velum, 0..1.
    pub nasality: f32,
    /// Frequency of the nasal zero when fully open, hertz.
    pub nasal_zero_hz: f32,
    /// Depth of the roughness, 0..1.
    pub rough: f32,
    /// Rate of the roughness, hertz, 30..150.
    pub rough_hz: f32,
    /// Attenuation of every other period, 0..1: a creaking or breaking voice.
    pub double: f32,
    /// Scatter of periods, relative.
    pub jitter: f32,
    /// Scatter of amplitudes, dB.
    pub shimmer_db: f32,
    /// Hiss or burst.
    pub friction: Friction,
    /// The hiss starts at once instead of gliding: a burst.
    pub burst: bool,
}

impl Frame {
    /// Silence with the mouth at rest.
    pub(crate) const REST: Self = Self {
        f0_hz: 150.0,
        voice: 0.0,
        rd: 1.0,
        tilt_db: 0.0,
        aspiration: 0.0,
        floor: 0.0,
        formants_hz: [500.0, 1500.0, 2500.0, 3500.0],
        bandwidths_hz: [80.0, 100.0, 150.0, 220.0],
        nasality: 0.0,
        nasal_zero_hz: 450.0,
        rough: 0.0,
        rough_hz: 70.0,
        double: 0.0,
        jitter: 0.0,
        shimmer_db: 0.0,
        friction: Friction {
            level: 0.0,
            peaks_hz: [5000.0, 7000.0],
            widths_hz: [2000.0, 3000.0],
            second: 0.0,
            gated: 0.0,
        },
        burst: false,
    };
}

/// What stays the same for a person while the frames move.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Throat {
    /// Rate of the tract, hertz: its band holds exactly eight formants.
    pub rate_hz: f64,
    /// F5..F8, hertz.
    pub fixed_hz: [f64; FIXED],
    /// B5..B8, hertz.
    pub fixed_bandwidths_hz: [f64; FIXED],
    /// Resonance of the nose, hertz.
    pub nasal_pole_hz: f64,
}

impl Throat {
    /// A throat `scale` times as small as the average man's (1 man, 1.17 woman, 1.28 child).
    pub(crate) fn new(scale: f64) -> Self {
        let scale = scale.clamp(0.75, 1.6);
        let spacing = 1000.0 * scale;
        Self {
            rate_hz: 16.0 * spacing,
            fixed_hz: [4.45, 5.45, 6.45, 7.45].map(|n| n * spacing),
            fixed_bandwidths_hz: [280.0, 400.0, 550.0, 700.0],
            nasal_pole_hz: 270.0 * scale.sqrt(),
        }
    }

    /// Squared magnitude of the tract at a frequency, nose closed.
    fn power_at(&self, hz: f64, formants_hz: &[f32; MOVING], bandwidths_hz: &[f32; MOVING]) -> f64 {
        let moving = formants_hz.iter().zip(bandwidths_hz).map(|(&f, &b)| (f64::from(f), f64::from(b)));
        let fixed = self.fixed_hz.iter().zip(&self.fixed_bandwidths_hz).map(|(&f, &b)| (f, b));
        moving.chain(fixed).map(|(f, b)| Resonator::power_at(f, b, hz, self.rate_hz)).product()
    }

    /// RMS of a vowel at a steady pitch for a source of strength 1.
    pub(crate) fn voiced_rms(&self, frame: &Frame) -> f64 {
        let f0 = f64::from(frame.f0_hz).max(30.0);
        let count = ((self.rate_hz * 0.48 / f0) as usize).min(40);
        (1..=count)
            .map(|k| {
                let hz = f0 * k as f64;
                source::harmonic_power(f64::from(frame.rd), k)
                    * tilt_power(f64::from(frame.tilt_db), hz, self.rate_hz)
                    * self.power_at(hz, &frame.formants_hz, &frame.bandwidths_hz)
            })
            .sum::<f64>()
            .sqrt()
    }

    /// RMS that unit noise at the glottis has at the lips.
    pub(crate) fn breath_rms(&self, frame: &Frame) -> f64 {
        let n = 64;
        let mean = (0..n)
            .map(|i| {
                let hz = self.rate_hz * 0.5 * (i as f64 + 0.5) / n as f64;
                let r = hz / BREATH_CORNER_HZ;
                self.power_at(hz, &frame.formants_hz, &frame.bandwidths_hz) * r * r / (1.0 + r * r)
            })
            .sum::<f64>()
            / n as f64;
        mean.sqrt()
    }
}

/// Coefficient of a one-pole low-pass that loses `db` at 3 kHz.
fn tilt_pole(db: f64, rate_hz: f64) -> f64 {
    if db < 0.05 {
        return 0.0;
    }
    // (1-p)^2 / (1 - 2 p cos w + p^2) = 10^(-db/10), solved for p.
    let w = math::TAU * 3000.0 / rate_hz;
    let g = math::exp(-db * std::f64::consts::LN_10 / 10.0);
    let a = 1.0 - g;
    let b = 1.0 - g * math::cos(w);
    let p = (b - (b * b - a * a).max(0.0).sqrt()) / a;
    p.clamp(0.0, 0.98)
}

fn tilt_power(db: f64, hz: f64, rate_hz: f64) -> f64 {
    let p = tilt_pole(db, rate_hz);
    (1.0 - p) * (1.0 - p) / (1.0 - 2.0 * p * math::cos(math::TAU * hz / rate_hz) + p * p)
}

/// Coefficients of a second-order resonator, gain 1 at DC: y = (1-b-c) x + b y1 + c y2.
#[derive(Clone, Copy, Debug, Default)]
struct Resonator {
    b: f32,
    c: f32,
}

impl Resonator {
    fn new(hz: f64, bandwidth_hz: f64, rate_hz: f64) -> Self {
        let r = math::exp(-math::PI * bandwidth_hz / rate_hz);
        Self { b: (2.0 * r * math::cos(math::TAU * hz / rate_hz)) as f32, c: (-r * r) as f32 }
    }

    fn power_at(hz: f64, bandwidth_hz: f64, at_hz: f64, rate_hz: f64) -> f64 {
        let r = math::exp(-math::PI * bandwidth_hz / rate_hz);
        let b = 2.0 * r * math::cos(math::TAU * hz / rate_hz);
        let c = -r * r;
        let w = math::TAU * at_hz / rate_hz;
        let (c1, s1) = (math::cos(w), math::sin(w));
        let (c2, s2) = (2.0 * c1 * c1 - 1.0, 2.0 * s1 * c1);
        let (re, im) = (1.0 - b * c1 - c * c2, b * s1 + c * s2);
        (1.0 - b - c) * (1.0 - b - c) / (re * re + im * im)
    }
}

/// A gentle rise around 2 kHz: the tube above the larynx and the flare of an open mouth, which a chain of
/// simple resonators lacks; with it the octave at 2 kHz has its share of ANSI S3.5's speech.
struct Presence {
    b: [f32; 3],
    a: [f32; 2],
    s1: f32,
    s2: f32,
}

impl Presence {
    /// Centre, hertz, and width of the rise.
    const CENTRE_HZ: f64 = 2300.0;
    const Q: f64 = 0.8;

    fn new(gain_db: f64, rate_hz: f64) -> Self {
        let w = math::TAU * Self::CENTRE_HZ / rate_hz;
        let root = math::exp(gain_db * std::f64::consts::LN_10 / 40.0);
        let alpha = math::sin(w) / (2.0 * Self::Q);
        let a0 = 1.0 + alpha / root;
        let cos = math::cos(w);
        Self {
            b: [(1.0 + alpha * root) / a0, -2.0 * cos / a0, (1.0 - alpha * root) / a0].map(|v| v as f32),
            a: [-2.0 * cos / a0, (1.0 - alpha / root) / a0].map(|v| v as f32),
            s1: 0.0,
            s2: 0.0,
        }
    }

    #[inline]
    fn process(&mut self, x: f32) -> f32 {
        let y = self.b[0] * x + self.s1;
        self.s1 = self.b[1] * x - self.a[0] * y + self.s2;
        self.s2 = self.b[2] * x - self.a[1] * y;
        y
    }
}

/// Resonators in the order of the cascade: nasal zero, nasal pole, F8..F5, F4..F1.
const STAGES: usize = 2 + FIXED + MOVING;

/// Everything that is interpolated, as one row of numbers.
#[derive(Clone, Copy)]
struct Controls {
    stages: [Resonator; STAGES],
    voice: f32,
    aspiration: f32,
    floor: f32,
    turn: f32,
    tilt: f32,
}

impl Controls {
    fn new(frame: &Frame, throat: &Throat) -> Self {
        let rate = throat.rate_hz;
        let mut stages = [Resonator::default(); STAGES];
        // Pole and zero on top of each other cancel: the nose is shut.
        let open = f64::from(frame.nasality.clamp(0.0, 1.0));
        let zero = math::lerp(throat.nasal_pole_hz, f64::from(frame.nasal_zero_hz), open);
        stages[0] = Resonator::new(zero, 100.0, rate);
        stages[1] = Resonator::new(throat.nasal_pole_hz, 100.0, rate);
        for i in 0..FIXED {
            stages[2 + i] = Resonator::new(
                throat.fixed_hz[FIXED - 1 - i],
                throat.fixed_bandwidths_hz[FIXED - 1 - i],
                rate,
            );
        }
        for i in 0..MOVING {
            let hz = f64::from(frame.formants_hz[MOVING - 1 - i]).clamp(100.0, rate * 0.47);
            let width = f64::from(frame.bandwidths_hz[MOVING - 1 - i]).clamp(30.0, 2000.0);
            stages[2 + FIXED + i] = Resonator::new(hz, width, rate);
        }
        Self {
            stages,
            voice: frame.voice,
            aspiration: frame.aspiration,
            floor: frame.floor,
            turn: (f64::from(frame.f0_hz).clamp(20.0, 3000.0) / rate) as f32,
            tilt: tilt_pole(f64::from(frame.tilt_db), rate) as f32,
        }
    }

    fn mix(&self, other: &Self, t: f32) -> Self {
        let m = |a: f32, b: f32| a + (b - a) * t;
        let mut stages = self.stages;
        for (s, o) in stages.iter_mut().zip(&other.stages) {
            s.b = m(s.b, o.b);
            s.c = m(s.c, o.c);
        }
        Self {
            stages,
            voice: m(self.voice, other.voice),
            aspiration: m(self.aspiration, other.aspiration),
            floor: m(self.floor, other.floor),
            turn: m(self.turn, other.turn),
            tilt: m(self.tilt, other.tilt),
        }
    }
}

/// State of the glottis from period to period.
struct Glottis {
    pulse: Pulse,
    phase: f32,
    /// This period's factor on the pitch and on the amplitude.
    pace: f32,
    gain: f32,
    odd: bool,
    rough_phase: f32,
    rate_hz: f32,
    noise: Noise,
}

impl Glottis {
    fn new(key: u64, rate_hz: f64) -> Self {
        Self {
            pulse: Pulse::new(1.0, 30.0),
            phase: 0.0,
            pace: 1.0,
            gain: 1.0,
            odd: false,
            rough_phase: 0.0,
            rate_hz: rate_hz as f32,
            noise: Noise::new(key),
        }
    }

    /// Starts a period: draws its length and strength.
    fn next_period(&mut self, frame: &Frame, turn: f32) {
        let scatter = |noise: &mut Noise| {
            let sum = noise.sample() + noise.sample() + noise.sample();
            sum * 0.577_35
        };
        self.pulse = Pulse::new(frame.rd, 0.485 / turn.max(1e-6));
        self.pace = (1.0 + frame.jitter * scatter(&mut self.noise)).clamp(0.7, 1.4);
        // 0.1151 = ln(10)/20; for a few tenths of a dB the straight line is exact enough.
        self.gain = (1.0 + 0.1151 * frame.shimmer_db * scatter(&mut self.noise)).clamp(0.2, 2.0);
        self.odd = !self.odd;
        if self.odd {
            self.gain *= 1.0 - frame.double.clamp(0.0, 1.0);
        }
        if frame.rough > 0.0 {
            let period = 1.0 / (turn * self.pace).max(1e-6);
            let wander = 1.0 + 0.25 * self.noise.sample();
            self.rough_phase += frame.rough_hz * wander * period / self.rate_hz;
            self.rough_phase -= self.rough_phase.floor();
            // A triangle: one period of the fold's slow motion.
            let wave = (2.0 * self.rough_phase - 1.0).abs();
            self.gain *= 1.0 - frame.rough.clamp(0.0, 1.0) * wave;
        }
    }
}

/// Synthesizes frames into samples at `rate`: `frames.len() - 1` steps of [`FRAME_S`].
///
/// `key` seeds all noise and irregularity. The result is unscaled (a closure peak of 1) and as long as
/// the frames; it is finite for any finite frame.
pub(crate) fn render(frames: &[Frame], throat: &Throat, key: u64, rate: SampleRate) -> Vec<f32> {
    let seconds = frames.len().saturating_sub(1) as f64 * FRAME_S;
    let mut output = vec![0.0f32; (seconds * rate.hz_f64()).round() as usize];
    let tract = voiced(frames, throat, key);
    resample::add(&tract, throat.rate_hz, &mut output, rate.hz_f64());
    let noises = frames.iter().skip(1).map(|f| (&f.friction, f.f0_hz, f.burst));
    friction::add(noises, FRAME_S, key.rotate_left(21) ^ 0x5bd1_e995, &mut output, rate.hz_f64());
    output
}

/// The part that passes through the tract, at the tract's rate.
fn voiced(frames: &[Frame], throat: &Throat, key: u64) -> Vec<f32> {
    let Some(first) = frames.first() else { return Vec::new() };
    let total = ((frames.len() - 1) as f64 * FRAME_S * throat.rate_hz) as usize;
    let mut out = Vec::with_capacity(total);
    let mut glottis = Glottis::new(key, throat.rate_hz);
    let mut breath = Noise::new(key.rotate_left(7) ^ 0x9e37_79b9);
    let mut around = Noise::new(key.rotate_left(43) ^ 0x85eb_ca6b);
    let mut states = [[0.0f32; 2]; STAGES];
    let mut tilted = 0.0f32;
    // The floor is breath in the open: up from 300 Hz, down over 6 kHz.
    let low = (1.0 - math::exp(-math::TAU * 6000.0 / throat.rate_hz)) as f32;
    let high = (1.0 - math::exp(-math::TAU * 250.0 / throat.rate_hz)) as f32;
    // Turbulence at the glottis is weak at low frequencies (Lu and Smith 1999).
    let hush = (1.0 - math::exp(-math::TAU * BREATH_CORNER_HZ / throat.rate_hz)) as f32;
    let mut hushed = 0.0f32;
    let (mut floor_low, mut floor_high) = (0.0f32, 0.0f32);
    let mut presence = Presence::new(PRESENCE_DB, throat.rate_hz);
    let mut before = Controls::new(first, throat);
    for (index, frame) in frames.iter().enumerate().skip(1) {
        let now = Controls::new(frame, throat);
        let end = ((index as f64 * FRAME_S * throat.rate_hz) as usize).min(total);
        let length = end.saturating_sub(out.len());
        if length == 0 {
            before = now;
            continue;
        }
        let silent = before.voice + now.voice + before.aspiration + now.aspiration + before.floor + now.floor;
        let ringing: f32 = states.iter().map(|s| s[0].abs() + s[1].abs()).sum();
        if silent == 0.0 && ringing < 1e-9 {
            out.resize(end, 0.0);
            states = [[0.0; 2]; STAGES];
            before = now;
            continue;
        }
        let mut done = 0;
        while done < length {
            let count = STEP.min(length - done);
            let middle = (done as f32 + 0.5 * count as f32) / length as f32;
            let c = before.mix(&now, middle);
            let slope = 1.0 / length as f32;
            let mut gains = [0.0f32; STAGES];
            for (g, s) in gains.iter_mut().zip(&c.stages) {
                *g = 1.0 - s.b - s.c;
            }
            let zero_gain = 1.0 / gains[0].max(1e-6);
            for i in 0..count {
                let t = (done + i) as f32 * slope;
                glottis.phase += c.turn * glottis.pace;
                if glottis.phase >= 1.0 {
                    glottis.phase -= 1.0;
                    glottis.next_period(frame, c.turn);
                }
                let strength = (before.voice + (now.voice - before.voice) * t) * glottis.gain;
                let pulse = glottis.pulse.read(glottis.phase);
                // Turbulence is strongest while the folds close.
                let near = glottis.phase - glottis.pulse.closure;
                let gate = if near > -0.25 && near < 0.2 { 1.25 } else { 0.7 };
                let mut x = pulse * strength;
                tilted += (1.0 - c.tilt) * (x - tilted);
                let wind = before.aspiration + (now.aspiration - before.aspiration) * t;
                let raw = breath.sample();
                hushed += hush * (raw - hushed);
                x = tilted + (raw - hushed) * wind * gate;
                // Nasal zero: the inverse of a resonator.
                let z = (x - c.stages[0].b * states[0][0] - c.stages[0].c * states[0][1]) * zero_gain;
                states[0][1] = states[0][0];
                states[0][0] = x;
                x = z;
                for k in 1..STAGES {
                    let s = &mut states[k];
                    let y = gains[k] * x + c.stages[k].b * s[0] + c.stages[k].c * s[1];
                    s[1] = s[0];
                    s[0] = y;
                    x = y;
                }
                x = presence.process(x);
                let air = around.sample();
                floor_low += low * (air - floor_low);
                floor_high += high * (floor_low - floor_high);
                x += (floor_low - floor_high) * (before.floor + (now.floor - before.floor) * t);
                out.push(x);
            }
            done += count;
        }
        for s in &mut states {
            math::snap(&mut s[0]);
            math::snap(&mut s[1]);
        }
        math::snap(&mut tilted);
        math::snap(&mut presence.s1);
        math::snap(&mut presence.s2);
        before = now;
    }
    out
}

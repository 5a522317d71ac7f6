//! Two hands.
//!
//! Owns the eight hand shapes of Repp (1987, JASA 81): hands parallel or at an angle, palm on palm, halfway,
//! or fingers on palm, and the angled palms cupped or flat. The enclosed air rings as a Helmholtz resonator
//! (low for cupped palms, high for fingers on a palm), the escaping air and the skin make a burst of noise
//! (structure after Peltola, Erkut, Cook and Välimäki 2007). Centre frequencies are chosen inside the 0.6 to
//! 3 kHz that Repp reports.

use super::filter::{LowPass, Resonance};
use super::perform::{LEAD_S, noise, set_level};
use crate::math;
use crate::rng::Stream;
use crate::units::{SampleRate, gain_from_db};

/// What a hand shape sounds like.
struct Shape {
    /// Ring of the air between the hands, hertz.
    air_hz: f64,
    /// Its bandwidth over its frequency.
    width: f64,
    /// Burst of noise against the ring, dB.
    burst_db: f64,
    /// Centre of the burst, hertz.
    burst_hz: f64,
    /// Level against the loudest shape, dB.
    level_db: f64,
    /// How many people clap like this, relative.
    share: f64,
}

const fn shape(air_hz: f64, width: f64, burst_db: f64, burst_hz: f64, level_db: f64, share: f64) -> Shape {
    Shape { air_hz, width, burst_db, burst_hz, level_db, share }
}

/// Repp's P1, P2, P3, A1, A2, A3, A1+ (cupped), A1- (flat). Shares by ear on applause.
#[rustfmt::skip]
const SHAPES: [Shape; 8] = [
    shape( 900.0, 0.40, -1.0, 2100.0, -1.0, 0.10),
    shape(1250.0, 0.42,  1.0, 2500.0, -1.5, 0.14),
    shape(2300.0, 0.38,  1.0, 3200.0, -3.0, 0.10),
    shape( 780.0, 0.36, -2.0, 2000.0,  0.0, 0.20),
    shape(1050.0, 0.40,  0.0, 2400.0, -0.5, 0.18),
    shape(1900.0, 0.38,  1.0, 2900.0, -2.0, 0.12),
    shape( 640.0, 0.30, -4.0, 1700.0,  0.0, 0.10),
    shape(1150.0, 0.55,  4.0, 2700.0, -2.0, 0.06),
];

/// How one person claps.
pub(super) struct Hands {
    shape: &'static Shape,
    /// Size of the hands: divides all frequencies.
    size: f64,
    /// Softness of skin and palms: longer contact, duller.
    soft: f64,
    /// Seconds between the first touch and the full contact.
    roll_s: f64,
    /// Probability that a clap has a second contact.
    double: f64,
    /// Loudness habit, dB.
    level_db: f64,
}

impl Hands {
    pub(super) fn of(random: &mut Stream) -> Self {
        let shares = SHAPES.each_ref().map(|s| s.share);
        Self {
            shape: &SHAPES[random.weighted(&shares).unwrap_or(0)],
            size: math::exp(0.09 * random.normal_within(2.5)),
            soft: random.range(0.6, 1.6),
            roll_s: random.range(0.0003, 0.0022),
            double: random.range(0.02, 0.25),
            level_db: 1.8 * random.normal_within(2.0),
        }
    }

    /// One clap, pascals at 1 m.
    pub(super) fn clap(
        &self,
        effort: f64,
        random: &mut Stream,
        grit: &mut Stream,
        rate: SampleRate,
    ) -> Vec<f64> {
        let mut out = vec![0.0; rate.frames(LEAD_S + 0.070) as usize];
        let lead = rate.frames(LEAD_S) as usize;
        // Hands never meet twice in the same place.
        let place = math::exp(0.07 * random.normal_within(2.5)) / self.size;
        self.contact(&mut out[lead..], effort, place, 1.0, random, grit, rate);
        // Fingers follow the palms (or the heel of the hand the fingers).
        let follow = self.roll_s * math::exp(0.35 * random.normal_within(2.0));
        let after = gain_from_db(random.range(-12.0, -4.0));
        let from = lead + rate.frames(follow) as usize;
        self.contact(&mut out[from..], effort, place * random.range(1.1, 1.7), after, random, grit, rate);
        if random.chance(self.double) {
            let from = lead + rate.frames(random.range(0.006, 0.018)) as usize;
            let gain = gain_from_db(random.range(-18.0, -8.0));
            self.contact(&mut out[from..], effort, place * random.range(0.9, 1.3), gain, random, grit, rate);
        }
        // 75 dB for a light clap to 90 dB for a hard one (RMS of the loudest 10 ms).
        let level =
            73.5 + 16.5 * effort + self.shape.level_db + self.level_db + 1.4 * random.normal_within(2.5);
        set_level(&mut out, level, rate);
        out
    }

    /// Adds one contact of the hands at the start of `out`.
    #[allow(clippy::too_many_arguments, reason = "one private helper, all of them differ per contact")]
    fn contact(
        &self,
        out: &mut [f64],
        effort: f64,
        place: f64,
        gain: f64,
        random: &mut Stream,
        grit: &mut Stream,
        rate: SampleRate,
    ) {
        let hz = rate.hz_f64();
        let air_hz = self.shape.air_hz * place;
        // Looser hands leak more: wider ring. A hard clap closes the hands more tightly.
        let width = self.shape.width * random.range(0.6, 1.1) * (1.15 - 0.25 * effort);
        let mut air = Resonance::new(air_hz, air_hz * width, hz);
        let mut second = Resonance::new(air_hz * random.range(2.3, 3.1), air_hz * 1.2, hz);
        let burst_hz = self.shape.burst_hz * place * (0.85 + 0.3 * effort);
        let mut burst = Resonance::new(burst_hz, burst_hz * 1.3, hz);
        // Softer and slower contacts have longer pulses: less above 1 / length.
        let corner = 4200.0 * (0.45 + 0.75 * effort) / self.soft * random.range(0.85, 1.15);
        let mut slope = [LowPass::new(corner, hz), LowPass::new(corner * 1.6, hz)];
        let burst_gain = gain_from_db(self.shape.burst_db - 2.5 + random.range(-2.0, 2.0));
        let decay_s = random.range(0.0016, 0.0034) * (0.8 + 0.4 * self.soft.min(1.3));
        let pulse_s = 0.00022 * self.soft / (0.6 + 0.6 * effort);
        for (i, y) in out.iter_mut().enumerate() {
            let t = (i as f64 + 0.5) / hz;
            // Half a sine of compressed air.
            let push = if t < pulse_s { math::sin(math::PI * t / pulse_s) } else { 0.0 };
            let rough = noise(grit, rate);
            let jet = rough * math::exp(-t / decay_s) * (1.0 - math::exp(-t / 0.0001));
            let rings = air.next(3.2 * push + 0.5 * jet) + 0.35 * second.next(3.2 * push + 0.5 * jet);
            let wet = rings + burst_gain * 0.42 * (burst.next(jet) + 0.12 * push);
            let dull = slope[0].next(wet);
            *y += gain * slope[1].next(dull);
        }
    }
}

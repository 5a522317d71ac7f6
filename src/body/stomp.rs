//! A foot on the ground.
//!
//! Owns the low thump of a damped ground mode, the knock of heel and toe and the noise of the sole.
//! Levels and modes are plausible values for shoes on asphalt and on a wooden stand, chosen by ear.

use serde::{Deserialize, Serialize};

use super::filter::{LowPass, Resonance};
use super::perform::{LEAD_S, noise, set_level};
use crate::math;
use crate::rng::Stream;
use crate::units::{SampleRate, gain_from_db};

/// What is stomped on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Floor {
    /// Asphalt or stone: short and dull.
    #[default]
    Street,
    /// A wooden stand or a gym floor: longer, with board modes.
    Wood,
}

/// How one person stomps.
pub(super) struct Foot {
    /// Lowest mode of leg, shoe and ground, hertz.
    thump_hz: f64,
    /// Hardness of the sole: 0 rubber, 1 leather.
    hard: f64,
    /// Seconds from heel to toe.
    roll_s: f64,
    level_db: f64,
}

impl Foot {
    pub(super) fn of(random: &mut Stream) -> Self {
        Self {
            thump_hz: random.range(68.0, 125.0),
            hard: random.unit(),
            roll_s: random.range(0.0, 0.045),
            level_db: 2.0 * random.normal_within(2.0),
        }
    }

    /// One stomp, pascals at 1 m.
    pub(super) fn stomp(
        &self,
        floor: Floor,
        effort: f64,
        random: &mut Stream,
        grit: &mut Stream,
        rate: SampleRate,
    ) -> Vec<f64> {
        let wood = floor == Floor::Wood;
        let mut out = vec![0.0; rate.frames(LEAD_S + if wood { 0.38 } else { 0.24 }) as usize];
        let lead = rate.frames(LEAD_S) as usize;
        let hz = self.thump_hz * math::exp(0.05 * random.normal_within(2.0));
        self.contact(&mut out[lead..], floor, effort, hz, 1.0, random, grit, rate);
        // A flat stomp has one contact; others roll from heel to toe.
        let roll = self.roll_s * random.range(0.6, 1.3);
        if roll > 0.008 {
            let from = lead + rate.frames(roll) as usize;
            let gain = gain_from_db(random.range(-10.0, -3.0));
            self.contact(
                &mut out[from..],
                floor,
                effort,
                hz * random.range(1.05, 1.35),
                gain,
                random,
                grit,
                rate,
            );
        }
        let level = 73.0
            + 14.0 * effort
            + if wood { 3.0 } else { 0.0 }
            + self.level_db
            + 1.5 * random.normal_within(2.5);
        set_level(&mut out, level, rate);
        out
    }

    #[allow(clippy::too_many_arguments, reason = "one private helper, all of them differ per contact")]
    fn contact(
        &self,
        out: &mut [f64],
        floor: Floor,
        effort: f64,
        hz: f64,
        gain: f64,
        random: &mut Stream,
        grit: &mut Stream,
        rate: SampleRate,
    ) {
        let rate_hz = rate.hz_f64();
        let wood = floor == Floor::Wood;
        let ring_s = if wood { random.range(0.045, 0.075) } else { random.range(0.018, 0.030) };
        let boards = [random.range(1.9, 2.4), random.range(3.1, 4.2)].map(|k| {
            let center = hz * k;
            Resonance::new(center, if wood { 22.0 } else { 90.0 }, rate_hz)
        });
        let mut boards = boards;
        let mut sole = Resonance::new(random.range(900.0, 1500.0) + 900.0 * self.hard, 1600.0, rate_hz);
        let mut slope = LowPass::new(1500.0 + 3000.0 * self.hard * effort, rate_hz);
        let sole_gain = gain_from_db(-17.0 + 8.0 * self.hard + 4.0 * effort);
        let board_gain = if wood { 7.0 } else { 1.6 };
        let sole_s = random.range(0.003, 0.008);
        let glide = random.range(0.15, 0.4);
        let mut phase = 0.0;
        for (i, y) in out.iter_mut().enumerate() {
            let t = i as f64 / rate_hz;
            // The mode starts sharp and sinks as the foot settles.
            phase += math::TAU * hz * (1.0 + glide * math::exp(-t / 0.015)) / rate_hz;
            let attack = 1.0 - math::exp(-t / 0.0012);
            let thump = attack * math::exp(-t / ring_s) * math::sin(phase);
            let gravel = noise(grit, rate) * math::exp(-t / sole_s) * (1.0 - math::exp(-t / 0.0002));
            let knock = boards.iter_mut().map(|b| b.next(gravel)).sum::<f64>();
            *y += gain * (thump + board_gain * knock + slope.next(sole_gain * sole.next(gravel)));
        }
    }
}

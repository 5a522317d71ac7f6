//! What is heard without a crowd: wind at the ears and the city's own murmur.
//!
//! Owns two noise sources of a place. Both are off by default, which is digital silence.
//! Units: pascals, hertz, decibels SPL.

use super::config::SpaceConfig;
use super::field::add;
use super::filter::{Filter, Section};
use super::pan::{Gains, Panner, direction};
use super::place::PlaceConfig;
use super::wander::SmoothNoise;
use crate::math;
use crate::rng::{self, Domain, Stream};
use crate::units::{Block, QUANTUM, SPL_REFERENCE_PA, SampleRate, Stereo, gain_from_db};

/// Wind and city floor of one place.
#[derive(Clone, Debug)]
pub struct Ambience {
    wind: Option<Noise>,
    floor: Option<Noise>,
}

/// Wind and city floor of one place from all around: four pairs of sources, each pair a quarter turn further.
#[derive(Clone, Debug)]
pub struct AmbienceAround {
    pairs: Vec<(Ambience, [Gains; 2])>,
}

/// Pairs of sources around the listener.
const PAIRS: usize = 4;

impl AmbienceAround {
    /// Makes the sources that `place` asks for.
    pub fn new(
        space: &SpaceConfig,
        place: &PlaceConfig,
        panner: &Panner,
        seed: u64,
        rate: SampleRate,
    ) -> Self {
        if place.wind_db_spl.is_none() && place.floor_db_spl.is_none() {
            return Self { pairs: Vec::new() };
        }
        // Eight sources of an eighth of the power each.
        let share_db = -10.0 * math::log10(2.0 * PAIRS as f64);
        let pairs = (0..PAIRS).map(|n| {
            let turn_deg = 22.5 + 45.0 * n as f64;
            let gains = [0.0, 180.0].map(|half| panner.gains(direction(turn_deg + half, 0.0)));
            (Ambience::nth(space, place, 1000 * n as u64, share_db, seed, rate), gains)
        });
        Self { pairs: pairs.collect() }
    }

    /// Starts from the beginning.
    pub fn reset(&mut self) {
        self.pairs.iter_mut().for_each(|(ambience, _)| ambience.reset());
    }

    /// Adds one quantum to `out`, a block per channel. Real-time: no allocation.
    pub fn process(&mut self, out: &mut [Block]) {
        for (ambience, gains) in &mut self.pairs {
            let mut both = Stereo::SILENCE;
            ambience.process(&mut both);
            for (gains, block) in gains.iter().zip([&both.left, &both.right]) {
                add(out, gains, block);
            }
        }
    }
}

impl Ambience {
    /// Makes the sources that `place` asks for.
    pub fn new(space: &SpaceConfig, place: &PlaceConfig, seed: u64, rate: SampleRate) -> Self {
        Self::nth(space, place, 0, 0.0, seed, rate)
    }

    /// Independent sources of the same colour; `who` keeps them apart.
    fn nth(
        space: &SpaceConfig,
        place: &PlaceConfig,
        who: u64,
        level_db: f64,
        seed: u64,
        rate: SampleRate,
    ) -> Self {
        let pa = |db: f64| SPL_REFERENCE_PA * gain_from_db(db + level_db);
        let speed = space.wind_m_s.max(1.0);
        let wind = |db| {
            // Pressure fluctuations fall by about 12 dB per octave above a corner that grows with speed.
            let colour = [
                Section::high_pass_1(25.0, rate),
                Section::one_pole(60.0 + 12.0 * speed, rate),
                Section::one_pole(300.0 + 40.0 * speed, rate),
            ];
            Noise::build(pa(db), colour, 5.0, 0.35, 0.5, seed, 100 + who, rate)
        };
        let floor = |db| {
            let colour = [
                Section::high_pass_1(40.0, rate),
                Section::one_pole(180.0, rate),
                Section::one_pole(2500.0, rate),
            ];
            Noise::build(pa(db), colour, 1.2, 0.15, 0.25, seed, 200 + who, rate)
        };
        Self { wind: place.wind_db_spl.map(wind), floor: place.floor_db_spl.map(floor) }
    }

    /// Starts again from the first sample.
    pub fn reset(&mut self) {
        self.wind.iter_mut().chain(&mut self.floor).for_each(Noise::reset);
    }

    /// Adds one quantum to `out`. Real-time: no allocation; about 1 microsecond per source.
    pub fn process(&mut self, out: &mut Stereo) {
        self.wind.iter_mut().chain(&mut self.floor).for_each(|n| n.process(out));
    }
}

/// Coloured noise with gusts, partly the same in both channels.
#[derive(Clone, Debug)]
struct Noise {
    seed: u64,
    who: u64,
    streams: [Stream; 3],
    colour: [[Filter; 3]; 2],
    gusts: [SmoothNoise; 2],
    gust_db: f64,
    common: f32,
    level: f64,
    gain: f32,
}

impl Noise {
    #[allow(clippy::too_many_arguments)] // eight numbers of one private source, named at both calls
    fn build(
        level_pa: f64,
        colour: [Section; 3],
        gust_db: f64,
        gust_hz: f64,
        common: f64,
        seed: u64,
        who: u64,
        rate: SampleRate,
    ) -> Self {
        // Power of the colour: the mean of |H|^2 over the band; uniform noise has a variance of 1/3.
        let points = 4096;
        let mean: f64 = (0..points)
            .map(|i| {
                let hz = (f64::from(i) + 0.5) / f64::from(points) * rate.hz_f64() / 2.0;
                let db: f64 = colour.iter().map(|s| s.gain_db(hz, rate)).sum();
                math::exp(db * std::f64::consts::LN_10 / 10.0)
            })
            .sum::<f64>()
            / f64::from(points);
        let calls_hz = rate.hz_f64() / QUANTUM as f64;
        let mut noise = Self {
            seed,
            who,
            streams: std::array::from_fn(|i| rng::stream(seed, Domain::Space, who, i as u64)),
            colour: [colour.map(Filter::new); 2],
            gusts: [
                SmoothNoise::new(seed, who, 10, gust_hz, calls_hz),
                SmoothNoise::new(seed, who, 11, 3.7 * gust_hz, calls_hz),
            ],
            gust_db,
            common: common as f32,
            level: level_pa / (mean / 3.0).sqrt(),
            gain: 0.0,
        };
        noise.reset();
        noise
    }

    fn reset(&mut self) {
        self.streams = std::array::from_fn(|i| rng::stream(self.seed, Domain::Space, self.who, i as u64));
        self.colour.iter_mut().flatten().for_each(Filter::reset);
        self.gusts.iter_mut().for_each(SmoothNoise::reset);
        // Fades in over the first quantum.
        self.gain = 0.0;
    }

    fn process(&mut self, out: &mut Stereo) {
        let gust = 0.8 * self.gusts[0].next() + 0.6 * self.gusts[1].next();
        let rms = self.gust_db;
        let next = (self.level * gain_from_db(rms * gust - 0.115 * rms * rms)) as f32;
        let step = (next - self.gain) / QUANTUM as f32;
        let [common, left, right] = &mut self.streams;
        let (shared, own) = (self.common.sqrt(), (1.0 - self.common).sqrt());
        let mut blocks: [Block; 2] = [[0.0; QUANTUM]; 2];
        for n in 0..QUANTUM {
            let both = shared * common.noise();
            let gain = self.gain + step * n as f32;
            blocks[0][n] = gain * (both + own * left.noise());
            blocks[1][n] = gain * (both + own * right.noise());
        }
        self.gain = next;
        let [l, r] = &mut blocks;
        for (block, filters) in [&mut *l, &mut *r].into_iter().zip(&mut self.colour) {
            filters.iter_mut().for_each(|f| f.process(block));
        }
        out.add(&Stereo { left: blocks[0], right: blocks[1] });
    }
}

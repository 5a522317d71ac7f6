//! How the fire spreads when nobody draws it: thresholds, neighbours and what comes down the street.
//!
//! Owns who is lit. Perceived activity is a weighted sum of the neighbours (cells of about the reach), of what comes
//! down the street from the leader (rings, delayed by the speed of the front) and of the leader's call. Joining is a
//! hazard h = h0 + b z A H(A - q) that a person's own exponential draw meets (Mann et al. 2013; thresholds after
//! Granovetter 1978); leaving is d0 + d1 (1 - A). Units: metres, seconds.

use super::CrowdConfig;
use super::people::People;
use super::world::audibility;
use crate::math;
use crate::rng::{self, Domain};
use crate::units::{SampleRate, Vec3};

/// Weights of neighbours, of the street and of the leader. The street's reaches people before their neighbours do.
const WEIGHTS: (f32, f32, f32) = (0.62, 0.80, 0.2);
/// Spontaneous joining, per second.
const SPONTANEOUS: f32 = 0.00003;
/// Leaving, per second: always, and more when nobody else is active.
const LEAVING: (f32, f32) = (0.004, 0.10);
/// Width of the soft step that begins at a person's threshold.
const SOFT: f32 = 0.05;
/// How long a call works on people, seconds.
const CALL_S: f64 = 5.0;
/// Most cells and rings.
const MAX_CELLS: usize = 4096;
const MAX_RINGS: usize = 96;
/// Steps of the past that are kept.
const PAST: usize = 128;

/// Who is lit, and what each place perceives.
pub(crate) struct Contagion {
    /// Per person.
    pub lit: Vec<bool>,
    fuel: Vec<f32>,
    cell: Vec<u16>,
    ring: Vec<u8>,
    join: Vec<f32>,
    threshold: Vec<f32>,
    draws: Vec<u16>,
    /// Per cell.
    cell_people: Vec<u32>,
    cell_lit: Vec<u32>,
    cell_activity: Vec<f32>,
    columns: usize,
    side_m: f64,
    reach_m: f64,
    /// Per ring.
    ring_people: Vec<u32>,
    ring_lit: Vec<u32>,
    ring_mid_m: Vec<f64>,
    street: Vec<f32>,
    call: Vec<f32>,
    past: Vec<[f32; PAST]>,
    tick: usize,
    delay: usize,
    step_s: f32,
    seed: u64,
}

impl Contagion {
    /// `step_s`: time between two visits of a person.
    pub fn new(config: &CrowdConfig, people: &People, step_s: f64, seed: u64) -> Self {
        let n = people.mouths.len();
        let (mut low, mut high) = (people.origin, people.origin);
        for p in &people.mouths {
            low = Vec3::new(low.x.min(p.x), low.y.min(p.y), 0.0);
            high = Vec3::new(high.x.max(p.x), high.y.max(p.y), 0.0);
        }
        let (wide, deep) = (high.x - low.x, high.y - low.y);
        let mut side_m = config.reach_m;
        while ((wide / side_m).floor() + 1.0) * ((deep / side_m).floor() + 1.0) > MAX_CELLS as f64 {
            side_m *= 1.25;
        }
        let (columns, rows) = ((wide / side_m) as usize + 1, (deep / side_m) as usize + 1);
        let furthest = people.traits.iter().map(|t| f64::from(t.away_m)).fold(0.0, f64::max);
        // A ring's delay must fit into the memory of the past.
        let ring_m = (furthest / (MAX_RINGS - 1) as f64).max(4.0);
        let rings = (furthest / ring_m) as usize + 1;
        let delay = ((ring_m / config.front_m_s / step_s).round() as usize).clamp(1, PAST - 1);
        let mut c = Self {
            lit: vec![false; n],
            fuel: Vec::with_capacity(n),
            cell: Vec::with_capacity(n),
            ring: Vec::with_capacity(n),
            join: Vec::with_capacity(n),
            threshold: Vec::with_capacity(n),
            draws: vec![0; n],
            cell_people: vec![0; columns * rows],
            cell_lit: vec![0; columns * rows],
            cell_activity: vec![0.0; columns * rows],
            columns,
            side_m,
            reach_m: config.reach_m,
            ring_people: vec![0; rings],
            ring_lit: vec![0; rings],
            ring_mid_m: (0..rings).map(|r| (r as f64 + 0.5) * ring_m).collect(),
            street: vec![0.0; rings],
            call: vec![0.0; rings],
            past: vec![[0.0; PAST]; rings],
            tick: 0,
            delay,
            step_s: step_s as f32,
            seed,
        };
        for (i, (mouth, traits)) in people.mouths.iter().zip(&people.traits).enumerate() {
            let (x, y) = (((mouth.x - low.x) / side_m) as usize, ((mouth.y - low.y) / side_m) as usize);
            let cell = y.min(rows - 1) * columns + x.min(columns - 1);
            let ring = ((f64::from(traits.away_m) / ring_m) as usize).min(rings - 1);
            c.cell.push(cell as u16);
            c.ring.push(ring as u8);
            c.cell_people[cell] += 1;
            c.ring_people[ring] += 1;
            c.join.push(config.rate_per_s as f32 * traits.zeal);
            c.threshold.push(traits.threshold);
            let fuel = c.draw(i);
            c.fuel.push(fuel);
        }
        c
    }

    fn draw(&mut self, person: usize) -> f32 {
        let index = 1 << 40 | u64::from(self.draws[person]);
        self.draws[person] = self.draws[person].wrapping_add(1);
        rng::stream(self.seed, Domain::Decision, person as u64, index).exponential(1.0) as f32
    }

    /// Renews what the cells perceive, one part of `parts` at a time; rings once per round.
    pub fn tick(&mut self, part: usize, parts: usize, now: u64, call: Option<(u64, f32)>, rate: SampleRate) {
        let cells = self.cell_people.len();
        for cell in (part * cells / parts)..((part + 1) * cells / parts) {
            self.cell_activity[cell] = self.around(cell);
        }
        if part != 0 {
            return;
        }
        self.tick = (self.tick + 1) % PAST;
        let then = (self.tick + PAST - self.delay) % PAST;
        let since = call.map(|(at, amp)| (rate.seconds(now.saturating_sub(at)), f64::from(amp)));
        for ring in 0..self.street.len() {
            let people = self.ring_people[ring].max(1);
            self.past[ring][self.tick] = self.ring_lit[ring] as f32 / people as f32;
            let upstream = ring.saturating_sub(1);
            self.street[ring] = self.past[upstream][if ring == 0 { self.tick } else { then }];
            self.call[ring] = match since {
                Some((s, amp)) if s < CALL_S => {
                    let active = f64::from(self.past[ring][self.tick]);
                    (audibility(self.ring_mid_m[ring], amp, active) * (1.0 - s / CALL_S)) as f32
                }
                _ => 0.0,
            };
        }
    }

    fn around(&self, cell: usize) -> f32 {
        let (row, column) = (cell / self.columns, cell % self.columns);
        let rows = self.cell_people.len() / self.columns;
        let (mut lit, mut all) = (0.0, 0.0);
        for y in row.saturating_sub(1)..(row + 2).min(rows) {
            for x in column.saturating_sub(1)..(column + 2).min(self.columns) {
                let apart =
                    ((y.abs_diff(row).pow(2) + x.abs_diff(column).pow(2)) as f64).sqrt() * self.side_m;
                let k = math::exp(-apart / self.reach_m);
                let other = y * self.columns + x;
                lit += k * f64::from(self.cell_lit[other]);
                all += k * f64::from(self.cell_people[other]);
            }
        }
        if all > 0.0 { (lit / all) as f32 } else { 0.0 }
    }

    /// Lets one person's time pass; returns whether the person is lit.
    pub fn visit(&mut self, person: usize) -> bool {
        let (cell, ring) = (usize::from(self.cell[person]), usize::from(self.ring[person]));
        let around = (WEIGHTS.0 * self.cell_activity[cell] + WEIGHTS.1 * self.street[ring]).min(1.0);
        let lit = self.lit[person];
        let rate = if lit {
            LEAVING.0 + LEAVING.1 * (1.0 - around).max(0.0)
        } else {
            let perceived = around + WEIGHTS.2 * self.call[ring];
            let step = ((perceived - self.threshold[person]) / SOFT).clamp(0.0, 1.0);
            SPONTANEOUS + self.join[person] * perceived * step
        };
        self.fuel[person] -= rate * self.step_s;
        if self.fuel[person] > 0.0 {
            return lit;
        }
        self.fuel[person] = self.draw(person);
        self.lit[person] = !lit;
        if lit {
            self.cell_lit[cell] -= 1;
            self.ring_lit[ring] -= 1;
        } else {
            self.cell_lit[cell] += 1;
            self.ring_lit[ring] += 1;
        }
        !lit
    }

    /// Back to the start.
    pub fn reset(&mut self) {
        self.lit.fill(false);
        self.draws.fill(0);
        self.cell_lit.fill(0);
        self.ring_lit.fill(0);
        self.cell_activity.fill(0.0);
        self.street.fill(0.0);
        self.call.fill(0.0);
        self.past.fill([0.0; PAST]);
        self.tick = 0;
        for person in 0..self.lit.len() {
            self.fuel[person] = self.draw(person);
        }
    }
}

//! Who does what, how far from the leader, over time: the picture of a crowd that catches fire.
//!
//! Owns counting people by distance and conduct, offline, from a running engine. Memory is bounded: long scenes get
//! wider columns. Units: metres, seconds, shares of people.

use crate::analysis::{Columns, Merge};
use crate::units::SampleRate;

use super::runner::Engine;

/// Rows from the leader to the farthest person.
pub const SPREADING_ROWS: usize = 120;
/// Most columns.
const COLUMNS: usize = 2400;

/// How often anybody in a row was seen at something: silent, murmuring, chanting, roaring.
type Row = [u32; 4];

#[derive(Clone, Debug)]
struct Column {
    rows: Vec<Row>,
}

impl Merge for Column {
    fn merge(&mut self, next: Self) {
        for (row, other) in self.rows.iter_mut().zip(next.rows) {
            for (count, more) in row.iter_mut().zip(other) {
                // A million people at ten looks a second for a day are 3.6e8 a column.
                *count = count.saturating_add(more);
            }
        }
    }
}

/// Collects who does what where, look by look. Not real-time.
#[derive(Clone, Debug)]
pub struct Spreading {
    rate: SampleRate,
    step_frames: u64,
    looks: u64,
    farthest_m: f64,
    columns: Columns<Column>,
}

impl Spreading {
    /// Starts one that looks every 100 ms.
    pub fn new(rate: SampleRate) -> Self {
        let step_frames = u64::from(rate.hz() / 10);
        Self { rate, step_frames, looks: 0, farthest_m: 0.0, columns: Columns::new(COLUMNS) }
    }

    /// Looks at the crowd if another 100 ms have begun; `frames`: how many have been heard so far.
    pub fn follow(&mut self, engine: &Engine, frames: u64) {
        while self.looks * self.step_frames < frames {
            self.look(engine);
            self.looks += 1;
        }
    }

    /// Looks at everybody once. O(people).
    fn look(&mut self, engine: &Engine) {
        if self.columns.list().is_empty() {
            let farthest = engine.conducts().map(|(away_m, _)| away_m).fold(0.0, f32::max);
            self.farthest_m = f64::from(farthest.max(1.0));
        }
        let scale = (SPREADING_ROWS as f64 / self.farthest_m) as f32;
        let mut rows = vec![[0; 4]; SPREADING_ROWS];
        for (away_m, conduct) in engine.conducts() {
            let row = ((away_m * scale) as usize).min(SPREADING_ROWS - 1);
            rows[row][conduct as usize] += 1;
        }
        self.columns.push(Column { rows });
    }

    /// Distance of the farthest person, metres: the upper end of the last row.
    pub fn farthest_m(&self) -> f64 {
        self.farthest_m
    }

    /// Length of a column, seconds.
    pub fn column_s(&self) -> f64 {
        self.rate.seconds(self.step_frames) * self.columns.slices_per_column() as f64
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.columns.list().len()
    }

    /// True before the first look.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Shares of the people of a row, nearest first, who murmured, chanted and roared; `None` where nobody stands.
    ///
    /// # Panics
    /// If there is no such column or row.
    pub fn shares(&self, column: usize, row: usize) -> Option<[f32; 3]> {
        let [silent, rest @ ..] = self.columns.list()[column].rows[row];
        let all = f64::from(silent) + rest.iter().map(|n| f64::from(*n)).sum::<f64>();
        (all > 0.0).then(|| rest.map(|n| (f64::from(n) / all) as f32))
    }
}

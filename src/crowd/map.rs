//! A little map of who is alight, seen from above.
//!
//! Owns the grid over everybody's place and how many in each cell are active. Kept up to date person by person, so
//! that looking at it costs the same for any crowd.

use crate::units::Vec3;

/// Columns of the map, left to right (x).
pub const MAP_COLUMNS: usize = 24;
/// Rows of the map, near to far (y).
pub const MAP_ROWS: usize = 8;
const CELLS: usize = MAP_COLUMNS * MAP_ROWS;

/// Share of active people in each cell, row by row from the near left: 0 nobody stands here, 1 nobody is alight, 255 all
/// are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Map(pub [u8; CELLS]);

impl Default for Map {
    fn default() -> Self {
        Self([0; CELLS])
    }
}

/// Counts of people and active people by cell.
pub(crate) struct Counted {
    /// Cell of each slot of the crowd.
    cells: Vec<u8>,
    people: [u32; CELLS],
    alight: [u32; CELLS],
    map: Map,
}

impl Counted {
    /// A map of people who all are silent; `slots` tells the slot of each person.
    pub fn new(mouths: &[Vec3], slots: usize, slot: impl Fn(usize) -> usize) -> Self {
        let mut counted =
            Self { cells: vec![0; slots], people: [0; CELLS], alight: [0; CELLS], map: Map::default() };
        let span = |value: fn(&Vec3) -> f64| {
            let (low, high) = mouths
                .iter()
                .map(value)
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
            (low, (high - low).max(1e-9))
        };
        let ((x0, width), (y0, depth)) = (span(|m| m.x), span(|m| m.y));
        for (person, mouth) in mouths.iter().enumerate() {
            let column = ((mouth.x - x0) / width * MAP_COLUMNS as f64) as usize;
            let row = ((mouth.y - y0) / depth * MAP_ROWS as f64) as usize;
            let cell = row.min(MAP_ROWS - 1) * MAP_COLUMNS + column.min(MAP_COLUMNS - 1);
            counted.cells[slot(person)] = cell as u8;
            counted.people[cell] += 1;
            counted.map.0[cell] = 1;
        }
        counted
    }

    /// Somebody catches fire or goes out.
    pub fn turn(&mut self, slot: usize, active: bool) {
        let cell = usize::from(self.cells[slot]);
        let alight = &mut self.alight[cell];
        *alight = if active { *alight + 1 } else { alight.saturating_sub(1) };
        self.map.0[cell] =
            1 + (254 * u64::from(*alight) / u64::from(self.people[cell].max(1))).min(254) as u8;
    }

    /// Everybody is silent.
    pub fn clear(&mut self) {
        self.alight = [0; CELLS];
        self.map.0.iter_mut().for_each(|cell| *cell = (*cell).min(1));
    }

    pub fn map(&self) -> &Map {
        &self.map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_glow_with_the_share_of_those_who_stand_there() {
        let mouths = [[0.0, 0.0], [0.1, 0.0], [10.0, 20.0]].map(|[x, y]| Vec3 { x, y, z: 1.6 });
        let mut counted = Counted::new(&mouths, 3, |person| person);
        assert_eq!(counted.map().0[0], 1);
        counted.turn(0, true);
        assert_eq!(counted.map().0[0], 128);
        counted.turn(1, true);
        counted.turn(2, true);
        assert_eq!((counted.map().0[0], counted.map().0[CELLS - 1]), (255, 255));
        assert_eq!(counted.map().0.iter().filter(|c| **c > 0).count(), 2);
        counted.turn(2, false);
        assert_eq!(counted.map().0[CELLS - 1], 1);
        counted.clear();
        assert_eq!(counted.map().0[0], 1);
    }
}

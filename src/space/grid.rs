//! Rings and sectors around a listener.
//!
//! Owns the choice of rings and sectors and the way from an offset to a bus. Does not own what a bus
//! sounds like. Units: metres, radians.

use super::air::Air;
use super::layout::MAX_BUSES;
use super::place::PlaceConfig;
use crate::math;
use crate::units::Vec3;

/// Finest division of the circle.
const FINE: usize = 32;

/// Upper edges of the bands of elevation, sines: 45, 15 degrees down, 15, 45, 75 up, and all above.
const BANDS: [f64; 6] =
    [-std::f64::consts::FRAC_1_SQRT_2, -0.2588, 0.2588, std::f64::consts::FRAC_1_SQRT_2, 0.9659, 2.0];

/// How finely directions are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Height is told apart too, and far rings have as many sectors as near ones.
    pub fine: bool,
    /// Most buses.
    pub buses: usize,
    /// People behind have lost the treble that the pinnae take.
    pub pinna: bool,
}

impl Resolution {
    /// For a pair of microphones: what two channels tell apart and no more.
    pub const PAIR: Self = Self { fine: false, buses: MAX_BUSES, pinna: false };
    /// For headphones: fine directions, for a head that has no pinnae of its own.
    pub const BINAURAL: Self = Self { fine: true, buses: MAX_FINE_BUSES, pinna: true };
    /// For loudspeakers and ambisonics, which people listen to with their own ears.
    pub const FIELD: Self = Self { fine: true, buses: MAX_FINE_BUSES, pinna: false };

    fn bands(self) -> usize {
        if self.fine { BANDS.len() } else { 1 }
    }
}

/// Most buses of one place where directions are fine.
pub(crate) const MAX_FINE_BUSES: usize = 256;

/// Which bus an offset from the ears belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    /// Outer radius of each ring, rising; the last holds everything beyond.
    edges_m: Vec<f64>,
    /// Bands of elevation in each ring.
    bands: usize,
    /// Bus of each ring and band, and fine sector.
    bus: Vec<[u16; FINE]>,
    facing: f64,
}

/// People of one bus.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    /// Mean way from the ears, metres.
    pub offset: Vec3,
    /// Middle between nearest and farthest, metres.
    pub distance_m: f64,
}

#[derive(Clone, Copy)]
struct Tally {
    people: f64,
    direction: Vec3,
    near_m: f64,
    far_m: f64,
}

impl Tally {
    const NONE: Self =
        Self { people: 0.0, direction: Vec3::new(0.0, 0.0, 0.0), near_m: f64::INFINITY, far_m: 0.0 };

    fn add(&mut self, other: &Self) {
        self.people += other.people;
        self.direction = self.direction + other.direction;
        self.near_m = self.near_m.min(other.near_m);
        self.far_m = self.far_m.max(other.far_m);
    }

    fn cell(&self) -> Cell {
        let distance_m = 0.5 * (self.near_m + self.far_m);
        let length = self.direction.length_m();
        let unit = if length < 1e-9 { Vec3::new(0.0, 1.0, 0.0) } else { self.direction * (1.0 / length) };
        Cell { offset: unit * distance_m, distance_m }
    }
}

impl Grid {
    /// Chooses rings and sectors for `people` heard from each of `stops`.
    pub fn build(
        stops: &[Vec3],
        place: &PlaceConfig,
        people: &[Vec3],
        air: &Air,
        resolution: Resolution,
    ) -> (Self, Vec<Cell>) {
        let facing = place.facing_deg.to_radians();
        let mut near_far = (f64::INFINITY, 0.0f64);
        for offset in offsets(stops, people) {
            let r = offset.length_m();
            near_far = (near_far.0.min(r), near_far.1.max(r));
        }
        // Half a ring's width may cost 1.5 dB at 4 kHz.
        let width_m = 3.0 / air.absorption_db_per_m(4000.0);
        let mut edges_m = Vec::new();
        let mut edge = if near_far.0 < 45.0 || people.is_empty() {
            edges_m.extend([6.0, 15.0, 45.0]);
            45.0
        } else {
            near_far.0
        };
        while edges_m.is_empty() || edge < near_far.1 {
            edge += width_m.max(0.1 * edge);
            edges_m.push(edge);
        }
        let bands = resolution.bands();
        let mut grid = Self { bus: vec![[0; FINE]; edges_m.len() * bands], edges_m, bands, facing };
        let mut tallies = vec![[Tally::NONE; FINE]; grid.bus.len()];
        for offset in offsets(stops, people) {
            let (ring, sector) = grid.cell(offset);
            let r = offset.length_m();
            let unit = if r < 1e-9 { Vec3::new(0.0, 1.0, 0.0) } else { offset * (1.0 / r) };
            tallies[ring][sector].add(&Tally { people: 1.0, direction: unit, near_m: r, far_m: r });
        }
        let mut sectors: Vec<usize> = grid
            .edges_m
            .iter()
            .flat_map(|outer| std::iter::repeat_n(*outer, bands))
            .map(|outer| {
                if outer <= 6.0 || resolution.fine {
                    FINE
                } else if outer <= 45.0 {
                    FINE / 2
                } else {
                    FINE / 4
                }
            })
            .collect();
        // Coarsen from far to near until the buses suffice.
        let used = |sectors: &[usize]| -> usize {
            tallies.iter().zip(sectors).map(|(row, &n)| gathered(row, n).iter().flatten().count()).sum()
        };
        while used(&sectors) > resolution.buses {
            let finest = sectors.iter().copied().max().unwrap_or(1);
            match sectors.iter().rposition(|&n| n == finest && n > 1) {
                Some(ring) => sectors[ring] /= 2,
                None => break,
            }
        }
        let mut cells = Vec::new();
        for (ring, row) in tallies.iter().enumerate() {
            for (coarse, tally) in gathered(row, sectors[ring]).iter().enumerate() {
                let Some(tally) = tally else { continue };
                let bus = cells.len().min(resolution.buses - 1) as u16;
                for fine in 0..FINE {
                    if coarse_of(fine, sectors[ring]) == coarse {
                        grid.bus[ring][fine] = bus + 1;
                    }
                }
                if cells.len() < resolution.buses {
                    cells.push(tally.cell());
                }
            }
        }
        if cells.is_empty() {
            cells.push(Cell { offset: Vec3::new(0.0, 1.0, 0.0), distance_m: 1.0 });
        }
        grid.fill_gaps();
        (grid, cells)
    }

    /// Bus of an offset from the ears.
    pub fn bus(&self, offset: Vec3) -> u16 {
        let (ring, sector) = self.cell(offset);
        self.bus[ring][sector]
    }

    fn cell(&self, offset: Vec3) -> (usize, usize) {
        let r = offset.length_m();
        let ring = self.edges_m.partition_point(|&edge| edge <= r).min(self.edges_m.len() - 1);
        let azimuth = math::atan2(offset.x, offset.y) - self.facing;
        let turn = azimuth / math::TAU;
        let sector = ((turn - turn.floor()) * FINE as f64) as usize;
        let band = match self.bands {
            1 => 0,
            _ => BANDS.partition_point(|sine| *sine * r.max(1e-9) <= offset.z),
        };
        (ring * self.bands + band, sector.min(FINE - 1))
    }

    /// Entries so far are bus + 1, 0 for nobody: nobody's cells get the nearest bus.
    fn fill_gaps(&mut self) {
        let found = self.bus.clone();
        for (ring, row) in self.bus.iter_mut().enumerate() {
            for (sector, entry) in row.iter_mut().enumerate() {
                let mut best = (usize::MAX, 1);
                for (other, cells) in found.iter().enumerate() {
                    for (at, &bus) in cells.iter().enumerate().filter(|(_, bus)| **bus > 0) {
                        let turn = at.abs_diff(sector).min(FINE - at.abs_diff(sector));
                        let far = turn + 4 * other.abs_diff(ring);
                        if far < best.0 {
                            best = (far, bus);
                        }
                    }
                }
                *entry = best.1 - 1;
            }
        }
    }
}

/// Coarse sector of a fine one.
fn coarse_of(fine: usize, sectors: usize) -> usize {
    fine * sectors / FINE
}

fn gathered(row: &[Tally; FINE], sectors: usize) -> [Option<Tally>; FINE] {
    let mut sums = [Tally::NONE; FINE];
    for (fine, tally) in row.iter().enumerate() {
        sums[coarse_of(fine, sectors)].add(tally);
    }
    sums.map(|t| (t.people > 0.0).then_some(t))
}

fn offsets<'a>(stops: &'a [Vec3], people: &'a [Vec3]) -> impl Iterator<Item = Vec3> + 'a {
    stops.iter().flat_map(move |&ears| people.iter().map(move |&p| p - ears))
}

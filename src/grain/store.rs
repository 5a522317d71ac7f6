//! Samples of grains in parts that banks share: a bank that grows by a phrase copies nothing.
//!
//! Owns positions: 32-bit, one row over all parts, each part beginning on a page of its own. Does not own where grains
//! lie. A part begins and ends with silence enough that no quantum of a grain leaves it.
//!
//! Real-time: finding a quantum is O(1).

use std::sync::Arc;

/// Frames of a page: 2^16. Only positions are used up by an unfilled one, no memory.
const PAGE_BITS: u32 = 16;

/// A row of samples.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    first: u32,
    data: Arc<Vec<i16>>,
}

impl Part {
    /// The first page behind it.
    fn end(&self) -> u32 {
        let end = (self.first as usize + self.data.len()).next_multiple_of(1 << PAGE_BITS);
        u32::try_from(end).unwrap_or(u32::MAX)
    }
}

/// All samples of a bank.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Store {
    parts: Vec<Part>,
    /// For each page, its part; empty with one part alone.
    pages: Vec<u16>,
}

impl Store {
    /// A store of one part.
    pub fn of(data: Vec<i16>) -> Self {
        Self { parts: vec![Part { first: 0, data: Arc::new(data) }], pages: Vec::new() }
    }

    /// This one with another where there is room for it, shared with both. The other's positions move by
    /// [`Store::room`].
    pub fn with(&self, more: &Self) -> Self {
        let shift = self.room(more);
        let moved = more.parts.iter().map(|part| Part { first: part.first + shift, data: part.data.clone() });
        Self::of_parts(self.parts.iter().cloned().chain(moved).collect())
    }

    /// This one without the part that holds a position; what is behind it stays where it is.
    pub fn without(&self, position: u32) -> Self {
        let gone = self.part(position).map(|part| part.first);
        Self::of_parts(self.parts.iter().filter(|part| Some(part.first) != gone).cloned().collect())
    }

    fn of_parts(mut parts: Vec<Part>) -> Self {
        parts.sort_by_key(|part| part.first);
        let mut pages = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            let until =
                parts.get(number + 1).map_or(part.first as usize + part.data.len(), |p| p.first as usize);
            pages.resize(until.div_ceil(1 << PAGE_BITS), number as u16);
        }
        Self { parts, pages }
    }

    /// Where another one may lie: in the first gap that is wide enough, else behind everything. As wide as positions
    /// reach and more, if there is no such place.
    pub fn room(&self, more: &Self) -> u32 {
        let mut free = 0;
        for part in &self.parts {
            if part.first.saturating_sub(free) >= more.end() {
                break;
            }
            free = part.end();
        }
        free
    }

    /// The first position of what may come behind it.
    pub fn end(&self) -> u32 {
        self.parts.last().map_or(0, Part::end)
    }

    /// How many parts there are.
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// Samples in memory.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.data.len()).sum()
    }

    /// The samples of a store of one part, which nobody shares yet.
    pub fn make(&mut self) -> Option<&mut Vec<i16>> {
        self.parts.first_mut().and_then(|part| Arc::get_mut(&mut part.data))
    }

    /// All samples of the first part.
    pub fn first(&self) -> &[i16] {
        self.parts.first().map_or(&[], |part| &part.data)
    }

    /// The samples between two positions of one part.
    pub fn between(&self, start: u32, end: u32) -> &[i16] {
        self.part(start).map_or(&[], |part| {
            let at = |position: u32| (position - part.first) as usize;
            &part.data[at(start)..at(end)]
        })
    }

    /// So many samples from a position on; silence if that is not inside, which it always is for a quantum of a grain.
    #[inline(always)]
    pub fn window<const N: usize>(&self, at: u32) -> &[i16; N] {
        let Some(part) = self.part(at) else { return &[0; N] };
        let rest = part.data.get((at - part.first) as usize..);
        rest.and_then(|rest| rest.first_chunk()).unwrap_or(&[0; N])
    }

    #[inline(always)]
    fn part(&self, at: u32) -> Option<&Part> {
        let number = self.pages.get((at >> PAGE_BITS) as usize).copied().unwrap_or(0);
        self.parts.get(usize::from(number)).filter(|part| part.first <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::QUANTUM;

    #[test]
    fn a_store_that_grows_shares_what_it_had_and_finds_everything() {
        let row = |from: i16, len: usize| Store::of((0..len).map(|n| from + (n % 100) as i16).collect());
        let (a, b, c) = (row(0, 200_000), row(1000, 70_000), row(2000, 64));
        let ab = a.with(&b);
        let abc = ab.with(&c);
        assert!(std::ptr::eq(abc.first(), a.first()), "nothing is copied");
        assert_eq!((abc.parts(), abc.len()), (3, 270_064));
        for (from, at, first) in [(0, 0, 0), (0, 199_900, 0), (a.end(), 5, 1000), (ab.end(), 0, 2000)] {
            let quantum = abc.window::<QUANTUM>(from + at);
            assert_eq!(i32::from(quantum[0]), first + (at % 100) as i32);
            assert_eq!(abc.between(from + at, from + at + 64), quantum);
        }
        assert_eq!(abc.window(199_990), &[0; QUANTUM], "a quantum that leaves its part is silence");
        assert_eq!(abc.window(u32::MAX), &[0; QUANTUM]);
    }

    #[test]
    fn what_goes_leaves_room_for_what_fits_and_moves_nothing() {
        let row = |value: i16, len: usize| Store::of(vec![value; len]);
        let (a, b, c) = (row(1, 100_000), row(2, 150_000), row(3, 70_000));
        let abc = a.with(&b).with(&c);
        let (at_b, at_c) = (a.end(), a.with(&b).end());
        let ac = abc.without(at_b + 140_000);
        assert_eq!((ac.parts(), ac.len()), (2, 170_000));
        assert_eq!(ac.window(at_b), &[0; QUANTUM], "what has gone is silence");
        assert_eq!((ac.window(5), ac.window(at_c)), (&[1; QUANTUM], &[3; QUANTUM]));
        // Too large for the gap: behind everything. What fits: into it.
        assert_eq!(ac.room(&row(4, 200_000)), abc.end());
        let acd = ac.with(&row(5, 120_000));
        assert_eq!(acd.window(at_b + 119_000), &[5; QUANTUM]);
        assert_eq!((acd.window(5), acd.window(at_c)), (&[1; QUANTUM], &[3; QUANTUM]));
        assert_eq!(acd.end(), abc.end(), "no more positions are used up");
    }
}

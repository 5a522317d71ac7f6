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

    /// This one with another behind it, shared with both. The other's positions move by [`Store::end`].
    pub fn with(&self, more: &Self) -> Self {
        let shift = self.end();
        let moved = more.parts.iter().map(|part| Part { first: part.first + shift, data: part.data.clone() });
        let parts: Vec<Part> = self.parts.iter().cloned().chain(moved).collect();
        let mut pages = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            let until =
                parts.get(number + 1).map_or(part.first as usize + part.data.len(), |p| p.first as usize);
            pages.resize(until.div_ceil(1 << PAGE_BITS), number as u16);
        }
        Self { parts, pages }
    }

    /// The first position of what may come behind it.
    pub fn end(&self) -> u32 {
        let end = |part: &Part| (part.first as usize + part.data.len()).next_multiple_of(1 << PAGE_BITS);
        self.parts.last().map_or(0, end) as u32
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
}

//! Slots that wait for their first frame: a hashed timing wheel (Varghese and Lauck 1987).
//!
//! Owns the order of waking: by quantum, then as they came. Adding is O(1); each quantum looks only at the
//! slots that fall on its spoke. Nothing is allocated after `new`.

use crate::units::QUANTUM;

/// Marks the end of a list, here and in the ledger.
pub(super) const NONE: u32 = u32::MAX;

/// Spokes: 2048 quanta are 2.7 s at 48 kHz, further than sound needs across most scenes. Later ones stay
/// on their spoke for another turn.
const SPOKES: usize = 2048;

/// Waiting slots by the quantum in which they start.
#[derive(Debug)]
pub(super) struct Wheel {
    spokes: Vec<Spoke>,
    next: Vec<u32>,
    at: Vec<u64>,
    /// First quantum that has not been looked at.
    turn: u64,
}

#[derive(Clone, Copy, Debug)]
struct Spoke {
    first: u32,
    last: u32,
}

const EMPTY: Spoke = Spoke { first: NONE, last: NONE };

impl Wheel {
    /// A wheel for slots `0..slots`.
    pub fn new(slots: usize) -> Self {
        Self { spokes: vec![EMPTY; SPOKES], next: vec![NONE; slots], at: vec![0; slots], turn: 0 }
    }

    /// Lets a slot wait for frame `at`. The slot may not be waiting already.
    pub fn add(&mut self, slot: u32, at: u64) {
        self.at[slot as usize] = at;
        let turn = (at / QUANTUM as u64).max(self.turn);
        self.append((turn % SPOKES as u64) as usize, slot);
    }

    fn append(&mut self, spoke: usize, slot: u32) {
        self.next[slot as usize] = NONE;
        let list = &mut self.spokes[spoke];
        if list.last == NONE {
            list.first = slot;
        } else {
            self.next[list.last as usize] = slot;
        }
        list.last = slot;
    }

    /// Moves every slot whose frame lies before `end` to `woken`, in order of quantum and coming.
    pub fn wake(&mut self, end: u64, woken: &mut Vec<u32>) {
        let last = end.saturating_sub(1) / QUANTUM as u64;
        if last < self.turn {
            // Time ran backwards (a jump): look everywhere once.
            self.turn = last.saturating_sub(SPOKES as u64 - 1);
        }
        let turns = (last + 1 - self.turn).min(SPOKES as u64);
        for turn in last + 1 - turns..=last {
            let spoke = (turn % SPOKES as u64) as usize;
            let mut slot = std::mem::replace(&mut self.spokes[spoke], EMPTY).first;
            while slot != NONE {
                let next = self.next[slot as usize];
                if self.at[slot as usize] < end {
                    woken.push(slot);
                } else {
                    self.append(spoke, slot);
                }
                slot = next;
            }
        }
        // The last quantum may have been seen in part only.
        self.turn = last;
    }

    /// Forgets everybody.
    pub fn reset(&mut self) {
        self.spokes.fill(EMPTY);
        self.turn = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn everybody_wakes_once_in_the_right_quantum(
            times in prop::collection::vec(0u64..400_000, 1..60),
            offset in 0u64..64,
        ) {
            let mut wheel = Wheel::new(times.len());
            for (slot, &at) in times.iter().enumerate() {
                wheel.add(slot as u32, at + offset);
            }
            let mut woken = vec![None; times.len()];
            for now in (offset..400_200 + offset).step_by(QUANTUM) {
                let mut slots = Vec::new();
                wheel.wake(now + QUANTUM as u64, &mut slots);
                for slot in slots {
                    assert_eq!(woken[slot as usize], None);
                    woken[slot as usize] = Some(now);
                }
            }
            for (slot, &at) in times.iter().enumerate() {
                let now = woken[slot].expect("woken");
                prop_assert!(now <= at + offset && at + offset < now + QUANTUM as u64);
            }
        }
    }

    #[test]
    fn a_jump_over_many_turns_wakes_everybody_late_rather_than_never() {
        let mut wheel = Wheel::new(3);
        (0..3).for_each(|slot| wheel.add(slot, 5_000 + 200_000 * u64::from(slot)));
        let mut woken = Vec::new();
        wheel.wake(10_000_000, &mut woken);
        woken.sort_unstable();
        assert_eq!(woken, [0, 1, 2]);
    }
}

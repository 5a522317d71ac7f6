//! What the cast can perform: which grain to play for which person and purpose.
//!
//! Owns the tables from (purpose, speaker) to grains. Does not own the sound. Levels of sums assume that people add
//! as energies.

use super::needs::ChantNeed;

/// Grains of one purpose by one speaker: takes in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Takes {
    pub first: u32,
    pub count: u32,
}

impl Takes {
    /// Draws a take by a random number in 0..1, never the one played last if there is a choice.
    pub fn pick(self, unit: f64, last: u32) -> Option<u32> {
        if self.count == 0 {
            return None;
        }
        let inside = last >= self.first && last < self.first + self.count;
        if !inside || self.count == 1 {
            return Some(self.first + ((unit * f64::from(self.count)) as u32).min(self.count - 1));
        }
        let skip = ((unit * f64::from(self.count - 1)) as u32).min(self.count - 2);
        let grain = self.first + skip;
        Some(if grain >= last { grain + 1 } else { grain })
    }
}

/// Grains of one purpose: which takes each speaker of the cast uses (its own, or those of a speaker alike).
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Set {
    pub by_speaker: Vec<Takes>,
}

impl Set {
    /// True if nobody performs this.
    pub fn is_empty(&self) -> bool {
        self.by_speaker.iter().all(|takes| takes.count == 0)
    }

    pub fn takes(&self, speaker: u16) -> Takes {
        self.by_speaker.get(usize::from(speaker)).copied().unwrap_or_default()
    }
}

/// Sounds without words that the crowd keeps ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Noise {
    Cheer,
    Roar,
    Whoop,
    Scream,
    Whistle,
    Gasp,
    Breath,
    Laugh,
    Cough,
    Sob,
    Clap,
    Stomp,
}

/// How many kinds of [`Noise`] there are.
pub(crate) const NOISES: usize = 12;

/// A hand or foot in a chant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mark {
    pub at_beats: f64,
    pub noise: Noise,
}

/// A chant at one effort.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Level {
    pub effort: f64,
    pub set: Set,
}

/// A chant as it can be performed: a line at a tempo.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chant {
    pub need: ChantNeed,
    pub beat_s: f64,
    pub cycle_beats: f64,
    pub sounding_beats: f64,
    /// Hits written in the line.
    pub marks: Vec<Mark>,
    /// Hits of those who clap along.
    pub along: Vec<Mark>,
    /// Rising efforts.
    pub levels: Vec<Level>,
}

impl Chant {
    /// Nobody knows it any more; its place waits for another.
    pub fn is_forgotten(&self) -> bool {
        self.levels.is_empty()
    }
}

/// A line of one speaker: grain and line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub grain: u32,
    pub line: u16,
    /// Chance against the speaker's other lines.
    pub weight: u16,
}

/// Everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Repertoire {
    pub chants: Vec<Chant>,
    /// Per speaker.
    pub murmurs: Vec<Vec<Said>>,
    /// Per speaker: answers, and words shouted in disorder.
    pub shouts: Vec<Vec<Said>>,
    /// Indexed by [`Noise`].
    pub noises: Vec<Set>,
    /// Per leader or soloist, per line: grains; empty if this person does not say that line.
    pub lead_lines: Vec<Vec<Takes>>,
    /// Per leader or soloist, per chant.
    pub lead_chants: Vec<Vec<Takes>>,
}

impl Repertoire {
    /// Which sounds beside chants, and whose words, are known.
    pub fn wordless(&self) -> Vec<bool> {
        let noises = self.noises.iter().map(|set| !set.is_empty());
        let books = self.murmurs.iter().chain(&self.shouts).map(|said| !said.is_empty());
        noises.chain(books).collect()
    }

    /// Forgets a chant, and what leader and soloists say of its line if that goes with it. Its place stays.
    pub fn forget(&mut self, chant: usize, line: Option<usize>) {
        self.chants[chant].levels.clear();
        self.lead_chants
            .iter_mut()
            .filter_map(|chanted| chanted.get_mut(chant))
            .for_each(|t| *t = Takes::default());
        if let Some(line) = line {
            self.lead_lines
                .iter_mut()
                .filter_map(|said| said.get_mut(line))
                .for_each(|t| *t = Takes::default());
        }
    }

    /// Puts a chant into the first free place behind the first of its line, which is the one at the line's own tempo;
    /// returns which that is.
    pub fn place(&mut self, chant: Chant) -> usize {
        let same = |other: &Chant| other.need.line == chant.need.line && !other.is_forgotten();
        let after = self.chants.iter().position(same).map_or(0, |first| first + 1);
        let free = self.chants[after..].iter().position(Chant::is_forgotten);
        let free = free.map_or(self.chants.len(), |free| after + free);
        if free == self.chants.len() {
            self.chants.push(chant);
        } else {
            self.chants[free] = chant;
        }
        free
    }

    /// Takes over what another one knows and this one does not. The leads are left alone.
    pub fn join(&mut self, other: Self) {
        self.chants.extend(other.chants);
        for (mine, theirs) in self.noises.iter_mut().zip(other.noises) {
            if mine.is_empty() {
                *mine = theirs;
            }
        }
        let books = [(&mut self.murmurs, other.murmurs), (&mut self.shouts, other.shouts)];
        for (mine, theirs) in books {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                if mine.is_empty() {
                    *mine = theirs;
                }
            }
        }
    }
}

/// Draws a line by weight; avoids `last` (a grain) if there is a choice.
pub(crate) fn pick_said(said: &[Said], unit: f64, last: u32) -> Option<Said> {
    let allowed = |s: &&Said| said.len() == 1 || s.grain != last;
    let total: u32 = said.iter().filter(allowed).map(|s| u32::from(s.weight)).sum();
    let mut left = (unit * f64::from(total)) as u32;
    for s in said.iter().filter(allowed) {
        if left < u32::from(s.weight) {
            return Some(*s);
        }
        left -= u32::from(s.weight);
    }
    said.iter().rev().find(allowed).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_take_is_never_played_twice_in_a_row() {
        let takes = Takes { first: 10, count: 3 };
        let mut counts = [0; 3];
        let mut last = u32::MAX;
        for k in 0..300 {
            let grain = takes.pick(f64::from(k * 37 % 100) / 100.0, last).unwrap();
            assert_ne!(grain, last);
            counts[(grain - 10) as usize] += 1;
            last = grain;
        }
        assert!(counts.iter().all(|c| *c > 60), "{counts:?}");
        assert_eq!(Takes { first: 4, count: 1 }.pick(0.9, 4), Some(4));
        assert_eq!(Takes::default().pick(0.5, 0), None);
    }

    #[test]
    fn heavier_lines_are_said_more_often() {
        let said = [(0, 10), (1, 30), (2, 0)].map(|(grain, weight)| Said { grain, line: 0, weight });
        let mut counts = [0; 3];
        for k in 0..1000 {
            counts[pick_said(&said, f64::from(k) / 1000.0, u32::MAX).unwrap().grain as usize] += 1;
        }
        assert_eq!(counts, [250, 750, 0]);
        assert_eq!(pick_said(&[], 0.5, 0), None);
    }
}

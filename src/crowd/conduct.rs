//! What anybody in the crowd is doing, for those who look on from outside.
//!
//! Owns the four kinds that reports and pictures tell apart. Only reads; nothing here is used by the audio side.

use super::Crowd;
use super::person::Doing;

/// What somebody is doing, as reports count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// Says nothing.
    Silent,
    /// In conversation, between lines included.
    Murmuring,
    /// Shouting or chanting words, rests between repetitions included.
    Chanting,
    /// Roaring or applauding.
    Roaring,
}

impl From<Doing> for Conduct {
    fn from(doing: Doing) -> Self {
        match doing {
            Doing::Idle | Doing::Still => Self::Silent,
            Doing::Murmur => Self::Murmuring,
            Doing::Answer | Doing::Shout | Doing::Chant => Self::Chanting,
            Doing::Roar | Doing::Applaud => Self::Roaring,
        }
    }
}

impl Crowd {
    /// What everybody does, leader and soloists excepted: distance from the leader (or from where the fire
    /// starts), metres, and conduct. In no particular order, the same each time.
    pub fn conducts(&self) -> impl Iterator<Item = (f32, Conduct)> + '_ {
        self.traits.iter().enumerate().map(|(person, traits)| {
            let doing = self.doing[self.slot(person)];
            (traits.away_m, Conduct::from(doing))
        })
    }
}

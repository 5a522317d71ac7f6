//! A listening place's ears: where each person is heard from there.
//!
//! Owns the layout of one place and follows a listener who moves. Does not own the buses, which are dealt to the
//! groups, or what the place adds (see `place`).

use crate::space::{Layout, PersonPath, PlaceConfig};
use crate::units::Vec3;

use super::group::GROUPS;

/// People whose way to a moving listener is worked out again each quantum: 10,000 people take 50 ms.
const FOLLOW_PER_QUANTUM: usize = 256;

/// The ears at one place.
pub(crate) struct Ear {
    layout: Layout,
    /// Where the listener is over time, if he moves.
    path: Option<PlaceConfig>,
    /// Everybody's ways at the start, if they change.
    start: Vec<PersonPath>,
    next: usize,
}

/// Where a grain of one person goes at one place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) group: usize,
    pub(crate) bus_in_share: usize,
    pub(crate) gain: f32,
    pub(crate) delay_frames: u64,
}

impl Ear {
    /// Puts the ears of a place to work.
    pub(crate) fn new(layout: Layout, place: &PlaceConfig) -> Self {
        let path = place.moves().then(|| place.clone());
        let start = if path.is_some() { layout.paths.clone() } else { Vec::new() };
        Self { layout, start, path, next: 0 }
    }

    /// Back to where the listener stands at the start of the scene.
    pub(crate) fn reset(&mut self) {
        if self.path.is_some() {
            self.layout.paths.copy_from_slice(&self.start);
        }
        self.next = 0;
    }

    /// Follows a moving listener: works out the ways of a slice of `sources` again. Grains that sound
    /// already keep the way they started with.
    ///
    /// Real-time: bounded by [`FOLLOW_PER_QUANTUM`]; nothing for a listener who stands still.
    pub(crate) fn follow(&mut self, scene_s: f64, sources: &[Vec3]) {
        let Some(path) = &self.path else { return };
        self.layout.update(path.ears_at(scene_s), sources, self.next, FOLLOW_PER_QUANTUM);
        self.next += FOLLOW_PER_QUANTUM;
        if self.next >= sources.len() {
            self.next = 0;
        }
    }

    /// Where a person (or, behind the people, a loudspeaker's cluster) is heard.
    pub(crate) fn route(&self, source: usize) -> Route {
        let path = &self.layout.paths[source];
        let bus = usize::from(path.bus);
        Route {
            group: bus % GROUPS,
            bus_in_share: bus / GROUPS,
            gain: path.gain,
            delay_frames: u64::from(path.delay_frames),
        }
    }
}

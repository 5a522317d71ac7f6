//! What the director decided and what was ordered, as the crowd is told it.
//!
//! Owns which cues and hits of the scene fall into a quantum. Does not own what people make of it.
//!
//! Real-time: a search among cues, no allocation.

use crate::crowd::{Control, Order, Voiced};
use crate::scene::CueAction;

use super::director::Direction;
use super::runner::{Engine, Parts};

impl Engine {
    /// What the crowd is told in the quantum that begins at `now`.
    pub(super) fn control(&mut self, now: u64, direction: &Direction) -> Control {
        let Parts { director, hits, line_of_name, lead_of_name, .. } = &self.parts;
        let mut orders = std::mem::take(&mut self.pending);
        let cues = director.scene().cues();
        let first = cues.partition_point(|cue| director.first_frame(cue.at_s) < direction.clock[0]);
        for cue in cues[first..].iter().take_while(|cue| director.first_frame(cue.at_s) < direction.clock[1])
        {
            let voiced = if cue.hit { Voiced::Already } else { Voiced::Now };
            orders.push(Order {
                action: cue.action,
                line: cue.line.and_then(|n| line_of_name[usize::from(n)]),
                who: cue.who.and_then(|n| lead_of_name[usize::from(n)]),
                amp: director.amp.or(cue.amp),
                voiced,
            });
        }
        // From the scene's clock to the engine's own.
        let clock_now = direction.clock[0];
        let frame = |at: u64| (now + at).saturating_sub(clock_now);
        // After a jump, what should have been ordered before: better late than not at all.
        let moves = direction.clock[1] > clock_now;
        let jumped = moves && std::mem::replace(&mut self.turns, direction.turns) != direction.turns;
        let missed = if jumped { hits.missed(clock_now) } else { &[] };
        // A clock that turns back does not come to what is heard in the next beat.
        let beat = &director.scene().beats()[direction.state.beat];
        let end_s = if director.stays() { beat.start_s + beat.seconds } else { f64::INFINITY };
        for hit in missed.iter().chain(hits.cues(direction.clock)) {
            let cue = &cues[hit.cue];
            if cue.at_s >= end_s {
                continue;
            }
            orders.push(Order {
                // The news of a call spreads when it is heard, not when the leader draws breath.
                action: CueAction::Solo,
                line: cue.line.and_then(|n| line_of_name[usize::from(n)]),
                who: cue.who.and_then(|n| lead_of_name[usize::from(n)]),
                amp: None,
                voiced: Voiced::At(frame(hit.at)),
            });
        }
        let mut state = direction.state;
        let told = match director.stays() {
            // A clock that is held or turns back does not come to the next beat.
            true => hits.of_beat(clock_now, state.beat),
            false => hits.beat(clock_now, state.beat),
        };
        let mut hit = told.filter(|_| !director.overridden());
        if let Some(coming) = hit.filter(|hit| hit.beat > state.beat) {
            // People turn to what comes before it begins; the ears stay where they are.
            let next = &director.scene().beats()[coming.beat];
            state = crate::scene::SceneState { place: state.place, ..director.scene().state(next.start_s) };
            state.ended = false;
        } else {
            hit = hit.filter(|hit| hit.beat == state.beat);
        }
        let state = &state;
        let ended = state.ended && !director.overridden();
        Control {
            now,
            intensity: if ended { 0.0 } else { state.intensity as f32 },
            activity: if ended { crate::scene::Activity::Silent } else { state.activity },
            // A beat that comes again is another one: what a cue began in it ends.
            beat: state.beat as u32 | direction.turns << 12,
            line: match director.line {
                Some(line) => Some(line),
                None => state.phrase.and_then(|n| line_of_name[usize::from(n)]),
            },
            bpm: director.bpm.or(state.bpm.map(|b| b as f32)),
            limit: director.limit,
            spread: director.spread,
            steady: director.bpm.is_some(),
            hit: hit.map(|hit| frame(hit.at)),
            until: hit.map(|hit| frame(hit.until)),
            orders,
        }
    }
}

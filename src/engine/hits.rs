//! Beats and cues that are to be heard at an exact frame: when they must be ordered for that.
//!
//! Owns the way back from the ear to the mouth: what a hit asks for is what is heard, and sound takes its time. Does
//! not own who says it. Units: frames of the scene's clock.
//!
//! Real-time: lookups only; the lists are made by `prepare`.

use crate::scene::Scene;
use crate::units::SampleRate;

use super::error::EngineError;

/// People are told of a chant this long before its first onset leaves their mouths, seconds: a breath and the lead
/// of its consonants.
const BREATH_S: f64 = crate::crowd::COUNT_IN_S;

/// A line is ordered this long before its first vowel leaves the mouth, seconds: more than any consonant and breath
/// before it.
const LINE_S: f64 = 0.8;

/// A beat whose chant is heard to begin at a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HitBeat {
    /// Index of the beat.
    pub(crate) beat: usize,
    /// When people are told.
    pub(crate) told: u64,
    /// First onset at the mouth.
    pub(crate) at: u64,
    /// When the beat ends, seen from the mouth.
    pub(crate) until: u64,
}

/// A call or solo whose first vowel is heard at a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HitCue {
    /// Index of the cue.
    pub(crate) cue: usize,
    /// When the voice is ordered.
    pub(crate) told: u64,
    /// First vowel at the mouth.
    pub(crate) at: u64,
}

/// All hits of a scene.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hits {
    /// In the order of the beats.
    beats: Vec<HitBeat>,
    /// In the order of being told.
    cues: Vec<HitCue>,
}

impl Hits {
    /// Works out the hits of a scene.
    ///
    /// * `crowd_delay`: frames from the crowd to the ears at a time of the scene, seconds.
    /// * `lead_delay`: the same for who says the cue of an index.
    ///
    /// # Errors
    /// [`EngineError::TooSoon`] if sound and breath take longer than the scene has run.
    pub(crate) fn build(
        scene: &Scene,
        rate: SampleRate,
        crowd_delay: impl Fn(f64) -> u64,
        lead_delay: impl Fn(usize) -> u64,
    ) -> Result<Self, EngineError> {
        let mut hits = Self::default();
        for (beat, facts) in scene.beats().iter().enumerate() {
            let Some(hit_s) = facts.hit_s else { continue };
            let delay = crowd_delay(hit_s);
            let (told, at) = before(&facts.name, hit_s, delay, BREATH_S, rate)?;
            let until = rate.first_frame(facts.start_s + facts.seconds).saturating_sub(delay);
            hits.beats.push(HitBeat { beat, told, at, until });
        }
        for (cue, facts) in scene.cues().iter().enumerate().filter(|(_, cue)| cue.hit) {
            let name = &scene.beats()[scene.state(facts.at_s).beat].name;
            let (told, at) = before(name, facts.at_s, lead_delay(cue), LINE_S, rate)?;
            hits.cues.push(HitCue { cue, told, at });
        }
        hits.cues.sort_by_key(|hit| hit.told);
        Ok(hits)
    }

    /// The hit that the crowd prepares for or stands in at a frame; `beat` is the one that the scene is in.
    pub(crate) fn beat(&self, frame: u64, beat: usize) -> Option<&HitBeat> {
        let told = self.beats.partition_point(|hit| hit.beat <= beat);
        // The next one first: people turn to it before the beat they are in is over.
        let next = self.beats[told..].iter().take_while(|hit| hit.told <= frame).last();
        next.or_else(|| self.of_beat(frame, beat))
    }

    /// The hit of the beat that the scene is in, once people are told of it.
    pub(crate) fn of_beat(&self, frame: u64, beat: usize) -> Option<&HitBeat> {
        let told = self.beats.partition_point(|hit| hit.beat <= beat);
        self.beats[..told].last().filter(|hit| hit.beat == beat && hit.told <= frame)
    }

    /// The cues that are to be ordered in a stretch of the clock.
    pub(crate) fn cues(&self, clock: [u64; 2]) -> &[HitCue] {
        let first = self.cues.partition_point(|hit| hit.told < clock[0]);
        let last = self.cues.partition_point(|hit| hit.told < clock[1]).max(first);
        &self.cues[first..last]
    }

    /// The cues that the clock jumped over the order of, but not what is to be heard of them.
    pub(crate) fn missed(&self, landed: u64) -> &[HitCue] {
        let last = self.cues.partition_point(|hit| hit.told < landed);
        let first = self.cues[..last].partition_point(|hit| hit.at < landed);
        &self.cues[first..last]
    }
}

/// When to tell, and when the sound has to leave the mouth.
fn before(
    name: &str,
    heard_s: f64,
    delay: u64,
    lead_s: f64,
    rate: SampleRate,
) -> Result<(u64, u64), EngineError> {
    let (heard, lead) = (rate.first_frame(heard_s), rate.frames(lead_s));
    match heard.checked_sub(delay + lead) {
        Some(told) => Ok((told, told + lead)),
        None => Err(EngineError::TooSoon { beat: name.to_owned(), least_s: rate.seconds(delay + lead) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{BeatConfig, CueAction, CueConfig, SceneConfig};

    fn scene() -> Scene {
        let cue = CueConfig { at: 1.5, action: CueAction::Call, hit: true, line: None, who: None, amp: None };
        let beat = |name: &str, hit| BeatConfig {
            name: name.into(),
            seconds: Some(4.0),
            hit,
            cues: if hit.is_none() { vec![cue.clone()] } else { Vec::new() },
            ..BeatConfig::default()
        };
        let beats = vec![beat("a", None), beat("b", Some(0.0)), beat("c", Some(1.0))];
        Scene::build(&SceneConfig { beats, intensity: None }).unwrap()
    }

    #[test]
    fn hits_are_told_a_breath_and_the_way_of_the_sound_before() {
        let rate = SampleRate::DEFAULT;
        let hits = Hits::build(&scene(), rate, |_| 4800, |_| 480).unwrap();
        let first = HitBeat { beat: 1, told: 192_000 - 4800 - 36_000, at: 187_200, until: 384_000 - 4800 };
        assert_eq!(hits.beat(first.told - 1, 0), None);
        assert_eq!(hits.beat(first.told, 0), Some(&first));
        assert_eq!(hits.beat(200_000, 1), Some(&first));
        assert_eq!(hits.beat(390_000, 2), None, "not yet");
        assert_eq!(hits.beat(432_000 - 40_800, 2).map(|hit| hit.at), Some(432_000 - 4800));
        let cue = HitCue { cue: 0, told: 72_000 - 480 - 38_400, at: 71_520 };
        assert_eq!(hits.cues([cue.told, cue.told + 64]), [cue]);
        assert_eq!(hits.cues([cue.told + 1, cue.told + 65]), []);
        assert_eq!(hits.missed(cue.told), [], "will be told");
        assert_eq!(hits.missed(cue.told + 1), [cue]);
        assert_eq!(hits.missed(cue.at), [cue]);
        assert_eq!(hits.missed(cue.at + 1), [], "is over");
    }

    #[test]
    fn a_hit_before_anybody_can_be_heard_is_refused() {
        let far = Hits::build(&scene(), SampleRate::DEFAULT, |_| 480_000, |_| 0);
        assert!(matches!(far, Err(EngineError::TooSoon { least_s, .. }) if (least_s - 10.75).abs() < 1e-9));
    }
}

//! The tables of a scene as a preset file has them.

use serde::{Deserialize, Serialize};

use super::IntensityConfig;

/// What the crowd does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activity {
    /// Nothing.
    Silent,
    /// Talks under its breath, everybody for themselves.
    Murmur,
    /// Murmurs, while single people shout answers one by one.
    Answer,
    /// Shouts, everybody own words in own time, denser with intensity.
    Shout,
    /// Shouts the phrase together.
    Chant,
    /// Roars without words.
    Roar,
    /// Claps its hands, everybody at an own pace.
    Applaud,
    /// What the intensity suggests: silent, murmur, answer, shout, then chant.
    #[default]
    Auto,
}

impl Activity {
    /// Resolves [`Activity::Auto`] by intensity; leaves the others alone.
    pub fn at(self, intensity: f64) -> Self {
        match self {
            Self::Auto if intensity < 0.01 => Self::Silent,
            Self::Auto if intensity < 0.15 => Self::Murmur,
            Self::Auto if intensity < 0.30 => Self::Answer,
            Self::Auto if intensity < 0.55 => Self::Shout,
            Self::Auto => Self::Chant,
            other => other,
        }
    }
}

/// What a cue asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CueAction {
    /// The leader calls a line.
    Call,
    /// A soloist (or the leader, without `who`) says a line.
    Solo,
    /// Everybody falls silent, person by person.
    Hush,
    /// Some draw a sharp breath.
    Gasp,
    /// Everybody breaks into a roar that decays over many seconds.
    Roar,
    /// One short cheer by many.
    Cheer,
    /// Clapping along on the beat begins.
    ClapStart,
    /// Clapping along ends.
    ClapStop,
    /// Hush or roar end before the beat does: back to what the beat asks for.
    Release,
}

/// One cue of a beat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CueConfig {
    /// Seconds from the start of the beat.
    pub at: f64,
    /// What is asked for.
    #[serde(rename = "do")]
    pub action: CueAction,
    /// True: for `call` and `solo`, the first vowel is heard at that time, to the sample; without it the voice starts
    /// then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hit: bool,
    /// Name of the line to say, for `call` and `solo`. Without it: the next of the lines that fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Name of the soloist who says it, for `solo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// How far this call carries, 0..1, instead of the leader's own amp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amp: Option<f64>,
}

/// A change of the listening place inside a beat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveConfig {
    /// Seconds from the start of the beat.
    pub at: f64,
    /// Name of the place.
    pub place: String,
    /// Seconds over which the listening moves there.
    #[serde(default = "usual_fade_s")]
    pub fade_s: f64,
}

/// A cut that does not click.
fn usual_fade_s() -> f64 {
    0.05
}

/// One beat of the scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BeatConfig {
    /// What the user calls it; `--from` and `--to` understand it.
    pub name: String,
    /// Start in seconds from the start of the scene. Without it: where the beat before ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<f64>,
    /// Length in seconds. Without it: up to the next beat's `at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// When the chant of this beat is heard to begin, seconds from the start of the beat: the first vowel of its first
    /// repetition, to the sample. Without it: after a short count-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hit: Option<f64>,
    /// Name of the place it is heard from. Without it: the place of the beat before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Seconds over which the listening moves here from the place before.
    pub fade_s: f64,
    /// Further places within the beat.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<MoveConfig>,
    /// What the crowd does.
    pub doing: Activity,
    /// How excited the scene is, 0..1.
    pub intensity: IntensityConfig,
    /// Name of the chant line. Without it: the main one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phrase: Option<String>,
    /// Tempo of the chant in beats per minute, 30..300. Without it: the line's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bpm: Option<f64>,
    /// Things that happen at a moment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cues: Vec<CueConfig>,
}

impl Default for BeatConfig {
    fn default() -> Self {
        Self {
            name: String::new(),
            at: None,
            seconds: None,
            hit: None,
            place: None,
            fade_s: usual_fade_s(),
            moves: Vec::new(),
            doing: Activity::Auto,
            intensity: IntensityConfig::Constant(0.5),
            phrase: None,
            bpm: None,
            cues: Vec::new(),
        }
    }
}

/// A whole scene.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SceneConfig {
    /// Beats in order.
    #[serde(rename = "beat")]
    pub beats: Vec<BeatConfig>,
    /// Intensity over the whole scene, in seconds from its start; replaces what the beats say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intensity: Option<IntensityConfig>,
}

//! What a preset holds.
//!
//! Owns the top-level keys; every table belongs to the layer that it configures.

use serde::{Deserialize, Serialize};

use crate::crowd::{CrowdConfig, LeaderConfig, LineConfig, SoloConfig};
use crate::mix::MasterConfig;
use crate::rng::{self, Domain};
use crate::scene::{BeatConfig, FrameRate, IntensityConfig, PictureClock, SceneConfig};
use crate::space::{PlaceConfig, SpaceConfig, SpeakerConfig};
use crate::text::{Language, RhythmConfig};

/// The version of the schema that this program writes.
pub const VERSION: u32 = 1;

/// Everything that decides how a scene sounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Preset {
    /// Version of the schema.
    pub version: u32,
    /// The preset that this one changes: the name of a built-in, or a file beside this one. Tables are
    /// joined key by key, lists are replaced as a whole.
    #[serde(skip_serializing)]
    pub base: Option<String>,
    /// Title of the piece.
    pub title: String,
    /// One line that says what is heard.
    pub about: String,
    /// What the crowd chants. Other lines may say `$phrase` for it.
    pub phrase: String,
    /// Language of all lines.
    pub language: Language,
    /// Own words and how they are said: a file beside the preset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dictionary: Option<String>,
    /// Decides everything that is left to chance, 0 to 9223372036854775807.
    pub seed: u64,
    /// Another performance by the same people: the same voices in the same places do everything anew, 0 to
    /// 9223372036854775807. 0 is the first.
    #[serde(skip_serializing_if = "is_zero")]
    pub performance: u64,
    /// Frames per second of the picture that the scene belongs to: 23.976, 24, 25, 29.97df, 29.97ndf, 30, 50 ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fps: Option<FrameRate>,
    /// Timecode at which the scene begins, `01:00:00:00`; needs `fps`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Tempo of the chant and how syllables fall on its beats.
    pub rhythm: RhythmConfig,
    /// The people.
    pub crowd: CrowdConfig,
    /// The one who starts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader: Option<LeaderConfig>,
    /// Named voices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub solo: Vec<SoloConfig>,
    /// Who may say what, beside the phrase.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub line: Vec<LineConfig>,
    /// Surroundings.
    pub space: SpaceConfig,
    /// Loudspeakers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub speaker: Vec<SpeakerConfig>,
    /// Places to listen from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub place: Vec<PlaceConfig>,
    /// Beats of the scene.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub beat: Vec<BeatConfig>,
    /// Intensity over the whole scene; replaces what the beats say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intensity: Option<IntensityConfig>,
    /// The last stage.
    pub master: MasterConfig,
    /// What notes and controllers do in a live performance: `note 36 = hush`, `cc 1 = intensity`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub midi: Vec<String>,
}

impl Preset {
    /// What decides how people do what they do; who they are follows from the seed alone.
    pub fn performance_seed(&self) -> u64 {
        match self.performance {
            0 => self.seed,
            n => rng::key(self.seed, Domain::Performance, n, 1 << 62),
        }
    }

    /// The clock of the picture that the scene belongs to, if it belongs to one.
    pub fn clock(&self) -> Option<PictureClock> {
        let rate = self.fps?;
        let start = self.start.as_deref().and_then(|text| rate.parse(text).ok()).unwrap_or(0);
        Some(PictureClock { rate, start })
    }

    /// The beats and the curve as the scene wants them.
    pub fn scene(&self) -> SceneConfig {
        SceneConfig { beats: self.beat.clone(), intensity: self.intensity.clone() }
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Default for Preset {
    fn default() -> Self {
        Self {
            version: VERSION,
            base: None,
            title: String::new(),
            about: String::new(),
            phrase: String::new(),
            language: Language::default(),
            dictionary: None,
            seed: 1,
            performance: 0,
            fps: None,
            start: None,
            rhythm: RhythmConfig::default(),
            crowd: CrowdConfig::default(),
            leader: None,
            solo: Vec::new(),
            line: Vec::new(),
            space: SpaceConfig::default(),
            speaker: Vec::new(),
            place: Vec::new(),
            beat: Vec::new(),
            intensity: None,
            master: MasterConfig::default(),
            midi: Vec::new(),
        }
    }
}

//! Who may say what.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::text::{Phrase, Score};
use crate::voice::Delivery;

/// What a line is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Said under the breath.
    Murmur,
    /// Shouted by single people, and by everybody when the crowd shouts in disorder.
    Answer,
    /// Shouted together.
    #[default]
    Chant,
    /// Called by the leader.
    Leader,
    /// Said by a soloist.
    Solo,
}

/// A line as a preset has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LineConfig {
    /// The words.
    pub text: String,
    /// What beats and cues call it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it is for.
    #[serde(rename = "as")]
    pub role: Role,
    /// How often it is chosen, against the others of its role, 0 and up.
    pub weight: f64,
    /// Who says it: `woman`, `man`, `girl`, `boy`, `child`, `adult`, or the name of a soloist. Without it: anybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Melody and colour. Without it: what suits the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
}

impl Default for LineConfig {
    fn default() -> Self {
        Self {
            text: String::new(),
            name: String::new(),
            role: Role::Chant,
            weight: 1.0,
            by: None,
            delivery: None,
        }
    }
}

/// A line whose words have been read and laid on a beat grid.
#[derive(Clone, Debug)]
pub struct Line {
    /// As in the preset.
    pub config: LineConfig,
    /// The words.
    pub phrase: Arc<Phrase>,
    /// When each syllable falls in a chant.
    pub score: Arc<Score>,
    /// Tempo of the chant, beats per minute.
    pub bpm: f64,
}

//! What a preset holds.
//!
//! Owns the top-level keys; every table belongs to the layer that it configures.

use serde::{Deserialize, Serialize};

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
    /// What the crowd chants.
    pub phrase: String,
    /// Decides everything that is left to chance, 0 to 9223372036854775807.
    pub seed: u64,
}

impl Default for Preset {
    fn default() -> Self {
        Self {
            version: VERSION,
            base: None,
            title: String::new(),
            about: String::new(),
            phrase: String::new(),
            seed: 1,
        }
    }
}

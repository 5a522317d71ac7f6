//! The layers' own checks, in the words of a preset.
//!
//! Owns the way from a layer's error to a path and a message. The rules are the layers'.

use crate::{
    crowd::CrowdError,
    mix::MixError,
    scene::{Scene, SceneError},
    space::SpaceError,
};

use super::schema::Preset;

/// What a layer refuses.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wrong {
    /// Where, as `place[0].falloff`.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What may stand there.
    pub allowed: Option<String>,
}

impl Wrong {
    fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into(), allowed: None }
    }

    fn range(path: impl Into<String>, value: f64, low: f64, high: f64, unit: &str) -> Self {
        let message = if !value.is_finite() {
            format!("{value} is not a finite number")
        } else if value < low {
            format!("{value} is too small")
        } else {
            format!("{value} is too large")
        };
        Self { path: path.into(), message, allowed: Some(format!("{low} to {high}{unit}")) }
    }
}

/// The first thing that a layer refuses.
pub(crate) fn first_wrong(preset: &Preset) -> Option<Wrong> {
    crowd(preset).or_else(|| scene(preset)).or_else(|| space(preset)).or_else(|| master(preset))
}

fn crowd(preset: &Preset) -> Option<Wrong> {
    preset.crowd.check().err().map(|error| match error {
        CrowdError::People { people, limit } => {
            Wrong::range("crowd.people", people as f64, 1.0, limit as f64, " people")
        }
        CrowdError::Range { path, value, low, high } => Wrong::range(path, value, low, high, ""),
        CrowdError::TooMany { what: "sections", .. } => Wrong::new("crowd.section", error.to_string()),
        error => Wrong::new("crowd", error.to_string()),
    })
}

fn scene(preset: &Preset) -> Option<Wrong> {
    match Scene::build(&preset.scene()) {
        Ok(_) | Err(SceneError::Empty) => None,
        Err(SceneError::Range { path, value, low, high, unit, .. }) => {
            Some(Wrong::range(path, value, low, high, unit))
        }
        Err(SceneError::Order { path, value, earlier, .. }) => {
            Some(Wrong::new(path, format!("{value} s comes before {earlier} s")))
        }
        Err(SceneError::Missing { path, what, .. }) => Some(Wrong::new(path, what)),
        Err(SceneError::TooMany { path, what, count, limit }) => Some(Wrong {
            allowed: Some(format!("at most {limit}")),
            ..Wrong::new(path, format!("{count} {what} are too many"))
        }),
        Err(error) => Some(Wrong::new("beat", error.to_string())),
    }
}

fn space(preset: &Preset) -> Option<Wrong> {
    if let Err(error) = preset.space.validate() {
        return Some(space_wrong("space", error));
    }
    for (index, place) in preset.place.iter().enumerate() {
        if let Err(error) = place.validate() {
            return Some(space_wrong(&format!("place[{index}]"), error));
        }
    }
    for (index, speaker) in preset.speaker.iter().enumerate() {
        if let Err(error) = speaker.validate() {
            return Some(space_wrong(&format!("speaker[{index}]"), error));
        }
    }
    None
}

fn space_wrong(table: &str, error: SpaceError) -> Wrong {
    match error {
        SpaceError::OutOfRange { key, value, low, high, .. } => {
            // Some keys say more than a path: "at (positions)".
            let key = key.split(' ').next().unwrap_or(key);
            Wrong::range(format!("{table}.{key}"), value, low, high, "")
        }
        SpaceError::PathOrder { time_s, .. } => {
            Wrong::new(format!("{table}.path"), format!("the path goes back in time at {time_s} s"))
        }
        SpaceError::NoPosition { .. } => Wrong::new(format!("{table}.at"), "a loudspeaker needs a position"),
    }
}

fn master(preset: &Preset) -> Option<Wrong> {
    preset.master.check().err().map(|error| match error {
        MixError::OutOfRange { key, value, low, high } => {
            Wrong::range(format!("master.{key}"), value, low, high, "")
        }
        MixError::BadCurve { point } => Wrong::new(
            format!("master.curve[{}]", point.saturating_sub(1)),
            "the points of the curve must rise in level and not fall in loudness",
        ),
    })
}

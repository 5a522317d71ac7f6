//! What happens when: beats with names and places, the intensity curve, and cues.

mod config;
mod csv;
mod curve;
mod error;
mod intensity;
mod timecode;
mod timeline;

pub use config::{Activity, BeatConfig, CueAction, CueConfig, MoveConfig, SceneConfig};
pub use csv::parse_csv;
pub use curve::{Curve, Point, Shape};
pub use error::SceneError;
pub use intensity::{IntensityConfig, PointConfig};
pub use timecode::{FrameRate, PictureClock, TimecodeError};
pub use timeline::{Beat, Cue, LEAST_LEAD_S, MAX_BEATS, MAX_CUES, MAX_SECONDS, Scene, SceneState};

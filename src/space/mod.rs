//! Places to listen from, and everything between a mouth and a listener: distance, delay, air, walls,
//! reverberation, loudspeakers, microphones and the head.
//!
//! Owns the geometry of a scene's surroundings and all filters that follow from it. Does not own
//! people, grains or the master. Units: metres, seconds, degrees, pascals; x east, y north, z up.

mod air;
mod alignment;
mod ambience;
mod bus;
mod chain;
mod chain_parts;
mod channels;
mod config;
mod delay;
mod early;
mod error;
mod field;
mod filter;
mod grid;
mod layout;
mod level;
mod pair;
mod pan;
mod place;
mod reverb;
mod room;
mod saturator;
mod speaker;
mod sphere;
mod wander;

pub use air::Air;
pub(crate) use alignment::Alignment;
pub use ambience::{Ambience, AmbienceAround};
pub use bus::BusFilter;
pub use chain::{Chain, ChainConfig, ChainKind, ChainSettings, Peak};
pub use chain_parts::PartChain;
pub use channels::{Channel, ChannelLayout, LAYOUTS, MAX_CHANNELS, Rendering, SPEAKER_BITS};
pub use config::{Kind, ReverbTime, SpaceConfig};
pub use early::{Image, Tap};
pub use error::SpaceError;
pub use field::FieldFilter;
pub(crate) use field::add as add_panned;
pub use grid::Resolution;
pub use layout::{BusSpec, Layout, MAX_BUSES, PersonPath, SENDS, Send};
pub use level::edge_loss_db;
pub use pair::Pair;
pub(crate) use pan::direction;
pub use pan::{Gains, Panner};
pub use place::{DelayMode, Facing, PlaceConfig, ZoomConfig};
pub use reverb::{OCTAVES_HZ, Reverb};
pub use room::Room;
pub use speaker::{Speaker, SpeakerConfig, TOWERS};
pub use sphere::Sphere;

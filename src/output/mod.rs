//! The ways out: WAV files and streams, sound cards, and a device that nobody hears.

mod bext;
mod device;
mod error;
mod flac;
mod format;
mod header;
mod info;
mod input;
mod ixml;
mod null;
mod ogg;
mod part;
mod read;
mod sound;
mod source;
mod spill;
mod stored;
mod tags;
mod urgency;
mod wav;

pub use device::{Counters, Device, DeviceInfo, DeviceRequest, Playing, find, hosts, list};
pub use error::OutputError;
pub use flac::FlacWriter;
pub use format::{Bits, Encoder};
pub use info::{Info, Mark};
pub use input::{Listening, listen};
pub use null::{Clock, NullPlayer, play_null};
pub use ogg::OggWriter;
pub use part::{check_writable, write_file};
pub use read::{READ_FRAMES, ReadError, WavReader};
pub use sound::{Container, SoundWriter};
pub use source::Source;
pub use spill::Spill;
pub use stored::{Stored, StoredError, read_stored};
pub use urgency::{prefer, step_back};
pub use wav::{Format, WavWriter};

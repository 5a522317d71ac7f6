//! The ways out: WAV files and streams, sound cards, and a device that nobody hears.

mod device;
mod error;
mod format;
mod header;
mod input;
mod null;
mod part;
mod read;
mod source;
mod wav;

pub use device::{Counters, Device, DeviceInfo, DeviceRequest, Playing, find, hosts, list};
pub use error::OutputError;
pub use format::{Bits, Encoder};
pub use header::Info;
pub use input::{Listening, listen};
pub use null::{Clock, NullPlayer, play_null};
pub use part::{check_writable, write_file};
pub use read::{READ_FRAMES, ReadError, WavReader};
pub use source::Source;
pub use wav::{Format, WavWriter};

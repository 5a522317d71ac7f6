//! What can go wrong on the way out.

use std::io;

/// Why sound could not be written or played.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The file cannot be made.
    #[error("cannot write {name}: {}", plain(.source))]
    Create {
        /// As the user wrote it.
        name: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A folder stands where the file should be.
    #[error("cannot write {name}: it is a folder")]
    Folder {
        /// As the user wrote it.
        name: String,
    },
    /// The folder of the file does not exist.
    #[error("cannot write {name}: the folder {folder} does not exist")]
    NoFolder {
        /// As the user wrote it.
        name: String,
        /// Its folder.
        folder: String,
    },
    /// Something that is no folder stands where one should be.
    #[error("cannot write into {name}: it is a file, not a folder")]
    NotFolder {
        /// As the user wrote it.
        name: String,
    },
    /// The ending of the name asks for something that is not written here.
    #[error("cannot write {name}: `.{ending}` files are not made here")]
    Ending {
        /// As the user wrote it.
        name: String,
        /// Without its dot, in small letters.
        ending: String,
    },
    /// The kind of file does not hold what is asked for.
    #[error("cannot write {name}: {what}")]
    Refused {
        /// As the user wrote it.
        name: String,
        /// What it does not hold, and what to do.
        what: String,
    },
    /// A file stands there that may not be changed.
    #[error("cannot write {name}: the file that is there is read-only")]
    ReadOnly {
        /// As the user wrote it.
        name: String,
    },
    /// Nothing to listen with.
    #[error("there is no sound input")]
    NoInput,
    /// Writing failed on the way.
    #[error("writing {name} failed: {}; nothing is left there", plain(.source))]
    Write {
        /// As the user wrote it.
        name: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// More frames than the header can count.
    #[error("{name} became longer than its header can say")]
    TooLong {
        /// As the user wrote it.
        name: String,
    },
    /// The reader of a pipe has gone. Nothing went wrong: it had heard enough.
    #[error("the reader of {name} has closed it")]
    Closed {
        /// As the user wrote it.
        name: String,
    },
    /// There is no sound card.
    #[error("no sound card was found")]
    NoDevice,
    /// No device has that name.
    #[error("no {what} is called `{name}`; there are: {}", if .names.is_empty() { "none".to_owned() } else { .names.join(", ") })]
    Unknown {
        /// "sound device" or "sound host".
        what: &'static str,
        /// What was asked for.
        name: String,
        /// What there is.
        names: Vec<String>,
    },
    /// The device does not run at the rate or with the channels asked for.
    #[error("{device} does not play {wanted}; it offers {offered}")]
    Unsupported {
        /// The device.
        device: String,
        /// What was asked for.
        wanted: String,
        /// What it can do.
        offered: String,
    },
    /// The sound system refused.
    #[error("{device} cannot be used: {reason}")]
    Device {
        /// The device.
        device: String,
        /// What the system says.
        reason: String,
    },
}

impl OutputError {
    /// An error of writing to `name`; a broken pipe is [`OutputError::Closed`].
    pub(crate) fn write(name: &str, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::BrokenPipe {
            Self::Closed { name: name.to_owned() }
        } else {
            Self::Write { name: name.to_owned(), source }
        }
    }
}

/// A system error in small letters and without its number.
fn plain(error: &io::Error) -> String {
    crate::preset::plain_io(error)
}

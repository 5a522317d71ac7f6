//! What can go wrong while measuring.

/// A measurement that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnalysisError {
    /// No channel was given.
    #[error("no channel to measure")]
    NoChannel,
    /// Channels of different length.
    #[error("channel {channel} has {frames} frames where channel 0 has {expected}")]
    UnequalChannels {
        /// Which channel differs.
        channel: usize,
        /// Its length.
        frames: usize,
        /// The length of the first channel.
        expected: usize,
    },
    /// A block with another number of channels than the meter was made for.
    #[error("the meter has {expected} channels, the block has {channels}")]
    ChannelCount {
        /// Channels in the block.
        channels: usize,
        /// Channels of the meter.
        expected: usize,
    },
    /// More channels, or a rate, that the loudness algorithm does not take.
    #[error("loudness of {channels} channels at {rate_hz} Hz cannot be measured")]
    Unsupported {
        /// Channels asked for.
        channels: usize,
        /// Rate asked for, hertz.
        rate_hz: u32,
    },
}

/// The common length of all channels.
pub(super) fn common_frames(channels: &[&[f32]]) -> Result<usize, AnalysisError> {
    let expected = channels.first().ok_or(AnalysisError::NoChannel)?.len();
    match channels.iter().position(|c| c.len() != expected) {
        Some(channel) => {
            Err(AnalysisError::UnequalChannels { channel, frames: channels[channel].len(), expected })
        }
        None => Ok(expected),
    }
}

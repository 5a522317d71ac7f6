//! A microphone or a line, for those who react to it.
//!
//! Owns opening an input and handing its frames over. Does not own what becomes of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cpal::{
    FromSample, I24, SampleFormat, SizedSample, StreamConfig,
    traits::{DeviceTrait, HostTrait, StreamTrait},
};

use super::error::OutputError;

/// Blocks that a sound server is asked for in a second.
const BLOCKS_PER_S: u32 = 100;

/// An input that is heard until it is dropped.
pub struct Listening {
    /// Frames per second.
    pub rate_hz: u32,
    /// Its name.
    pub name: String,
    lost: Arc<AtomicBool>,
    _stream: cpal::Stream,
}

impl Listening {
    /// True once the input has gone.
    pub fn lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }
}

/// Hears the default input. `hear` gets the rate once, and then each frame; it runs on the audio thread.
///
/// # Errors
/// [`OutputError::NoInput`] if there is none, [`OutputError::Device`] if it refuses.
pub fn listen<H>(hear: impl FnOnce(u32) -> H) -> Result<Listening, OutputError>
where
    H: FnMut(&[f32]) + Send + 'static,
{
    if super::device::no_card_for_certain() {
        return Err(OutputError::NoInput);
    }
    let _quiet = super::device::quiet();
    let host = cpal::default_host();
    let device = host.default_input_device().ok_or(OutputError::NoInput)?;
    let name = super::device::name_of(&device);
    let refused = |error: cpal::Error| super::device::device_error(&name, &error);
    let config = device.default_input_config().map_err(|_| OutputError::NoInput)?;
    let (format, mut config) = (config.sample_format(), config.config());
    let rate_hz = config.sample_rate;
    if host.id().name() == super::device::SERVER {
        // A server's own idea of a block may be seconds long.
        config.buffer_size = cpal::BufferSize::Fixed((rate_hz / BLOCKS_PER_S).max(16));
    }
    let hear = hear(rate_hz);
    let lost = Arc::new(AtomicBool::new(false));
    let stream = match format {
        SampleFormat::I16 => open::<i16>(&device, config, hear, &lost),
        SampleFormat::U16 => open::<u16>(&device, config, hear, &lost),
        SampleFormat::I32 => open::<i32>(&device, config, hear, &lost),
        SampleFormat::U8 => open::<u8>(&device, config, hear, &lost),
        SampleFormat::I8 => open::<i8>(&device, config, hear, &lost),
        SampleFormat::I24 => open::<I24>(&device, config, hear, &lost),
        SampleFormat::F64 => open::<f64>(&device, config, hear, &lost),
        _ => open::<f32>(&device, config, hear, &lost),
    }
    .map_err(refused)?;
    Ok(Listening { rate_hz, name: name.clone(), lost, _stream: stream })
}

fn open<T: SizedSample>(
    device: &cpal::Device,
    config: StreamConfig,
    mut hear: impl FnMut(&[f32]) + Send + 'static,
    lost: &Arc<AtomicBool>,
) -> Result<cpal::Stream, cpal::Error>
where
    f32: FromSample<T>,
{
    let channels = usize::from(config.channels).clamp(1, 64);
    let gone = Arc::clone(lost);
    let on_error = move |error: cpal::Error| {
        if error.kind() != cpal::ErrorKind::Xrun {
            gone.store(true, Ordering::Release);
        }
    };
    let stream = device.build_input_stream(
        config,
        move |data: &[T], _: &cpal::InputCallbackInfo| {
            let mut frame = [0.0; 64];
            for samples in data.chunks_exact(channels) {
                for (to, from) in frame.iter_mut().zip(samples) {
                    *to = cpal::Sample::to_sample::<f32>(*from);
                }
                hear(&frame[..channels]);
            }
        },
        on_error,
        Some(Duration::from_secs(5)),
    )?;
    stream.play()?;
    Ok(stream)
}

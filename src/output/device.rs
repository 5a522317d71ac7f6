//! Sound cards.
//!
//! Owns finding a device, opening it at a rate, and the callback that pulls blocks from a [`Source`]
//! and counts what happens. Does not own the sound: the callback decides nothing. Whatever block size
//! the device asks for is filled; mono devices hear both channels, wide ones the first two.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use cpal::{
    BufferSize, ErrorKind, FromSample, I24, SampleFormat, SizedSample, StreamConfig, SupportedBufferSize,
    U24,
    traits::{DeviceTrait, HostTrait, StreamTrait},
};

use crate::fault::caught;
use crate::units::SampleRate;

use super::{error::OutputError, source::Source, urgency::make_urgent};

/// What the user wants to play on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceRequest {
    /// Name of the sound system, as [`list`] names it; the system's default if absent.
    pub host: Option<String>,
    /// Name or identifier of the device; the default device if absent.
    pub device: Option<String>,
    /// Frames per second; 48 kHz or else the device's own if absent.
    pub rate: Option<SampleRate>,
    /// Channels; two or else the device's own if absent.
    pub channels: Option<u16>,
    /// Length of a device block in seconds; the device's own if absent.
    pub block_s: Option<f64>,
}

/// A device that can be opened as asked.
pub struct Device {
    device: cpal::Device,
    config: StreamConfig,
    format: SampleFormat,
    rate: SampleRate,
    name: String,
    host: String,
    /// The sound system does not tell of gaps.
    counts_itself: bool,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device").field("name", &self.name).field("config", &self.config).finish()
    }
}

/// What has happened since playing began. Read from any thread.
#[derive(Debug, Default)]
pub struct Counters {
    frames: AtomicU64,
    underruns: AtomicU64,
    late: AtomicU64,
    load_permille: AtomicU32,
    latency_us: AtomicU32,
    ended: AtomicBool,
    lost: AtomicBool,
    why_lost: OnceLock<String>,
    broken: OnceLock<String>,
    stop: AtomicBool,
}

impl Counters {
    /// Frames handed to the device.
    pub fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// Gaps that the device reported.
    pub fn underruns(&self) -> u64 {
        self.underruns.load(Ordering::Relaxed)
    }

    /// From the callback to the ear, seconds, as the device says; 0 if it does not.
    pub fn latency_s(&self) -> f64 {
        f64::from(self.latency_us.load(Ordering::Relaxed)) * 1e-6
    }

    /// Blocks that took longer to make than to play.
    pub fn late(&self) -> u64 {
        self.late.load(Ordering::Relaxed)
    }

    /// Highest share of a block's time that making it took since the last call.
    pub fn take_load(&self) -> f64 {
        f64::from(self.load_permille.swap(0, Ordering::Relaxed)) / 1000.0
    }

    /// True once the programme is over and its last block has been handed over.
    pub fn ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// True once the device has gone.
    pub fn lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// What the device said when it went, if it said anything.
    pub fn why_lost(&self) -> Option<&str> {
        self.why_lost.get().map(String::as_str)
    }

    /// What the source said when it broke down: silence and the end, instead of a dead thread of the sound system.
    pub fn broken(&self) -> Option<&str> {
        self.broken.get().map(String::as_str)
    }

    /// Asks for a fade and the end.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }
}

/// A device that plays. Dropping it stops the sound at once; [`Counters::stop`] fades first.
pub struct Playing {
    /// What happens meanwhile.
    pub counters: Arc<Counters>,
    /// Frames that the device asks for at a time, if it says so.
    pub block_frames: Option<u32>,
    stream: cpal::Stream,
}

impl std::fmt::Debug for Playing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Playing").field("counters", &self.counters).finish_non_exhaustive()
    }
}

impl Playing {
    /// From the callback to the ear, seconds, if the device says so.
    pub fn latency_s(&self) -> Option<f64> {
        Some(self.counters.latency_s()).filter(|s| *s > 0.0)
    }

    /// Holds the sound.
    ///
    /// # Errors
    /// [`OutputError::Device`] if the device cannot pause.
    pub fn pause(&self) -> Result<(), OutputError> {
        self.stream.pause().map_err(|e| device_error("the sound device", &e))
    }
}

/// A device as it is listed.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct DeviceInfo {
    /// The sound system.
    pub host: String,
    /// The identifier to ask for.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// True for the one that is used when none is named.
    pub default: bool,
    /// Channel counts on offer, rising.
    pub channels: Vec<u16>,
    /// Usual rates on offer, rising, hertz.
    pub rates_hz: Vec<u32>,
    /// The rate it prefers, hertz.
    pub default_rate_hz: Option<u32>,
}

/// The rates that are asked about.
const USUAL_RATES: [u32; 8] = [22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000];

/// The name of the sound servers' protocol, and the length of a block that it is asked for if nobody says otherwise, seconds: it
/// keeps two of them.
pub(super) const SERVER: &str = "PulseAudio";
const SERVER_BLOCK_S: f64 = 512.0 / 48_000.0;

/// Every sound system and every device that can play. Nothing there gives an empty list.
pub fn list() -> Vec<DeviceInfo> {
    if no_card_for_certain() {
        return Vec::new();
    }
    let _quiet = quiet();
    let mut devices = Vec::new();
    for host_id in cpal::available_hosts() {
        let Ok(host) = cpal::host_from_id(host_id) else { continue };
        let default = host.default_output_device().and_then(|d| d.id().ok());
        let Ok(found) = host.output_devices() else { continue };
        for device in found {
            let Ok(configs) = device.supported_output_configs() else { continue };
            let configs: Vec<_> = configs.collect();
            if configs.is_empty() {
                continue;
            }
            let mut channels: Vec<u16> = configs.iter().map(|c| c.channels()).collect();
            channels.sort_unstable();
            channels.dedup();
            let offered = |hz: &u32| configs.iter().any(|c| c.contains_rate(*hz));
            let id = device.id().ok();
            devices.push(DeviceInfo {
                host: host_id.name().to_owned(),
                name: name_of(&device),
                default: id.is_some() && id == default,
                id: id.map(|id| id.id().to_owned()).unwrap_or_default(),
                channels,
                rates_hz: USUAL_RATES.iter().copied().filter(offered).collect(),
                default_rate_hz: device.default_output_config().ok().map(|c| c.sample_rate()),
            });
        }
    }
    devices
}

/// The sound systems that this build and this machine know.
pub fn hosts() -> Vec<String> {
    cpal::available_hosts().iter().map(|id| id.name().to_owned()).collect()
}

/// Finds the device that fits a request and settles its rate, without making a sound.
///
/// # Errors
/// [`OutputError::NoDevice`] if there is none at all, [`OutputError::Unknown`] for a name that nothing
/// has, [`OutputError::Unsupported`] for a rate or channels that it does not offer.
pub fn find(request: &DeviceRequest) -> Result<Device, OutputError> {
    if no_card_for_certain() {
        return Err(OutputError::NoDevice);
    }
    let _quiet = quiet();
    let default = cpal::default_host();
    match (&request.host, &request.device) {
        (None, None) => {
            let device = default.default_output_device().ok_or(OutputError::NoDevice)?;
            settle(device, default.id(), request)
        }
        (Some(name), device) => {
            let id = cpal::available_hosts().into_iter().find(|id| id.name().eq_ignore_ascii_case(name));
            let unknown = || OutputError::Unknown { what: "sound host", name: name.clone(), names: hosts() };
            let host = cpal::host_from_id(id.ok_or_else(unknown)?).map_err(|e| device_error(name, &e))?;
            let device = match device {
                None => host.default_output_device().ok_or(OutputError::NoDevice)?,
                Some(name) => named(&host, name)?,
            };
            settle(device, host.id(), request)
        }
        // The usual sound system first, then the others.
        (None, Some(name)) => {
            let refused = match named(&default, name) {
                Ok(device) => return settle(device, default.id(), request),
                Err(error) => error,
            };
            let others = cpal::available_hosts().into_iter().filter(|id| *id != default.id());
            let mut others = others.filter_map(|id| cpal::host_from_id(id).ok());
            let found = others.find_map(|host| Some((named(&host, name).ok()?, host.id())));
            found.map_or(Err(refused), |(device, host)| settle(device, host, request))
        }
    }
}

fn named(host: &cpal::Host, name: &str) -> Result<cpal::Device, OutputError> {
    let Ok(devices) = host.output_devices() else { return Err(OutputError::NoDevice) };
    let mut names = Vec::new();
    for device in devices {
        let id = device.id().map(|id| id.id().to_owned()).unwrap_or_default();
        if id == name || name_of(&device).eq_ignore_ascii_case(name) {
            return Ok(device);
        }
        names.push(id);
    }
    if names.is_empty() {
        return Err(OutputError::NoDevice);
    }
    Err(OutputError::Unknown { what: "sound device", name: name.to_owned(), names })
}

fn settle(device: cpal::Device, host: cpal::HostId, request: &DeviceRequest) -> Result<Device, OutputError> {
    let name = name_of(&device);
    let own = device.default_output_config().map_err(|e| match e.kind() {
        ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => OutputError::NoDevice,
        _ => device_error(&name, &e),
    })?;
    let configs: Vec<_> = device.supported_output_configs().map(Iterator::collect).unwrap_or_default();
    let channels = request.channels;
    let usable = |c: &&cpal::SupportedStreamConfigRange| {
        channels.is_none_or(|n| c.channels() == n) && playable(c.sample_format())
    };
    let pick = |hz: u32| {
        let fits = configs.iter().filter(usable).filter(|c| c.contains_rate(hz));
        // Two channels before more, more before one; then the finest samples.
        fits.max_by_key(|c| (rank_channels(c.channels()), rank_format(c.sample_format())))
            .and_then(|c| c.try_with_sample_rate(hz))
    };
    let chosen = match request.rate {
        Some(rate) => pick(rate.hz()),
        None => pick(SampleRate::DEFAULT.hz())
            .or_else(|| pick(own.sample_rate()))
            .or_else(|| Some(own).filter(|own| channels.is_none_or(|n| own.channels() == n))),
    };
    let unsupported = || {
        let mut rates: Vec<String> = USUAL_RATES
            .iter()
            .filter(|hz| configs.iter().filter(usable).any(|c| c.contains_rate(**hz)))
            .map(|hz| format!("{hz} Hz"))
            .collect();
        if rates.is_empty() {
            rates.push(format!("{} Hz with {} channels", own.sample_rate(), own.channels()));
        }
        let rate = request.rate.unwrap_or_default().hz();
        let wanted = match channels {
            Some(n) => format!("{rate} Hz with {n} channels"),
            None => format!("{rate} Hz"),
        };
        OutputError::Unsupported { device: name.clone(), wanted, offered: rates.join(", ") }
    };
    let chosen = chosen.filter(|c| playable(c.sample_format())).ok_or_else(unsupported)?;
    let rate = SampleRate::new(chosen.sample_rate()).ok_or_else(unsupported)?;
    let mut config = chosen.config();
    // A sound server's own idea of a block is made for players of music: up to two seconds.
    let block_s = request.block_s.or((host.name() == SERVER).then_some(SERVER_BLOCK_S));
    if let Some(block_s) = block_s {
        let mut frames = rate.frames(block_s).clamp(16, 1 << 16) as u32;
        if let SupportedBufferSize::Range { min, max } = chosen.buffer_size() {
            frames = frames.clamp(*min, *max);
        }
        config.buffer_size = BufferSize::Fixed(frames);
    }
    Ok(Device {
        device,
        config,
        format: chosen.sample_format(),
        rate,
        name,
        host: host.name().to_owned(),
        counts_itself: host.name() == SERVER,
    })
}

fn rank_channels(channels: u16) -> u16 {
    match channels {
        2 => u16::MAX,
        1 => 0,
        n => u16::MAX - n,
    }
}

fn rank_format(format: SampleFormat) -> u8 {
    match format {
        SampleFormat::F32 => 5,
        SampleFormat::I32 => 4,
        SampleFormat::I24 => 3,
        SampleFormat::F64 => 2,
        SampleFormat::I16 => 1,
        _ => 0,
    }
}

fn playable(format: SampleFormat) -> bool {
    use SampleFormat as S;
    matches!(format, S::I8 | S::U8 | S::I16 | S::U16 | S::I24 | S::U24 | S::I32 | S::U32 | S::F32 | S::F64)
}

pub(super) fn name_of(device: &cpal::Device) -> String {
    device.description().map(|d| d.name().to_owned()).unwrap_or_else(|_| "a device without a name".into())
}

pub(super) fn device_error(device: &str, error: &cpal::Error) -> OutputError {
    let reason = error.to_string();
    OutputError::Device { device: device.to_owned(), reason: reason.trim_end_matches('.').to_lowercase() }
}

impl Device {
    /// The rate that the source must be prepared for.
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// What was granted, in one line.
    pub fn describe(&self) -> String {
        let format = self.format;
        let StreamConfig { channels, .. } = self.config;
        format!("{} ({}), {} Hz, {channels} channels, {format}", self.name, self.host, self.rate.hz())
    }

    /// Starts playing `source`.
    ///
    /// # Errors
    /// [`OutputError::Device`] if the device refuses after all.
    pub fn play(self, source: Box<dyn Source>) -> Result<Playing, OutputError> {
        match self.format {
            SampleFormat::I8 => self.open::<i8>(source),
            SampleFormat::U8 => self.open::<u8>(source),
            SampleFormat::I16 => self.open::<i16>(source),
            SampleFormat::U16 => self.open::<u16>(source),
            SampleFormat::I24 => self.open::<I24>(source),
            SampleFormat::U24 => self.open::<U24>(source),
            SampleFormat::I32 => self.open::<i32>(source),
            SampleFormat::U32 => self.open::<u32>(source),
            SampleFormat::F64 => self.open::<f64>(source),
            _ => self.open::<f32>(source),
        }
    }

    fn open<T: SizedSample + FromSample<f32>>(self, source: Box<dyn Source>) -> Result<Playing, OutputError> {
        let _quiet = quiet();
        let counters = Arc::new(Counters::default());
        let mut pump = Pump::new(source, self.rate, usize::from(self.config.channels), counters.clone());
        let heard = counters.clone();
        let mut urgent = false;
        let on_error = move |error: cpal::Error| match error.kind() {
            ErrorKind::Xrun => {
                heard.underruns.fetch_add(1, Ordering::Relaxed);
            }
            ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
            _ => {
                // Nothing is heard any more: there is time for words.
                heard.why_lost.get_or_init(|| error.to_string().trim_end_matches('.').to_lowercase());
                heard.lost.store(true, Ordering::Release);
            }
        };
        let mut silence = self.counts_itself.then(|| Silence::new(&self.config));
        let stream = self
            .device
            .build_output_stream(
                self.config,
                move |data: &mut [T], info: &cpal::OutputCallbackInfo| {
                    if !std::mem::replace(&mut urgent, true) {
                        make_urgent();
                    }
                    let time = info.timestamp();
                    pump.tell_latency(time.playback.duration_since(time.callback));
                    if silence.as_mut().is_some_and(|silence| silence.fell(Instant::now())) {
                        pump.counters.underruns.fetch_add(1, Ordering::Relaxed);
                    }
                    pump.fill(data);
                },
                on_error,
                Some(Duration::from_secs(5)),
            )
            .and_then(|stream| stream.play().map(|()| stream))
            .map_err(|e| device_error(&self.name, &e))?;
        let block_frames = stream.buffer_size().ok();
        Ok(Playing { counters, block_frames, stream })
    }
}

/// Finds gaps by the clock where the sound system keeps silent about them: a sound server that was given nothing for
/// as long as the two blocks last that it keeps has run dry.
struct Silence {
    lasts: Duration,
    asked: Option<Instant>,
}

impl Silence {
    fn new(config: &StreamConfig) -> Self {
        let BufferSize::Fixed(frames) = config.buffer_size else {
            return Self { lasts: Duration::MAX, asked: None };
        };
        let lasts = Duration::from_secs_f64(2.0 * f64::from(frames) / f64::from(config.sample_rate));
        Self { lasts, asked: None }
    }

    /// True if there was silence before `now`, at which more is asked for.
    fn fell(&mut self, now: Instant) -> bool {
        self.asked.replace(now).is_some_and(|before| now.duration_since(before) > self.lasts)
    }
}

/// Frames that are pulled at a time, whatever the device asks for.
const PULL_FRAMES: usize = 512;

/// Length of the fade when the user stops, seconds.
const FADE_S: f64 = 0.05;

/// The callback's side: pulls planar blocks and lays them into the device's interleaved ones.
pub(crate) struct Pump {
    source: Box<dyn Source>,
    left: [f32; PULL_FRAMES],
    right: [f32; PULL_FRAMES],
    channels: usize,
    gain: f32,
    fade_step: f32,
    rate_hz: f64,
    over: bool,
    counters: Arc<Counters>,
}

impl Pump {
    pub(crate) fn new(
        source: Box<dyn Source>,
        rate: SampleRate,
        channels: usize,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            source,
            left: [0.0; PULL_FRAMES],
            right: [0.0; PULL_FRAMES],
            channels: channels.max(1),
            gain: 1.0,
            fade_step: (1.0 / (FADE_S * rate.hz_f64())) as f32,
            rate_hz: rate.hz_f64(),
            over: false,
            counters,
        }
    }

    /// Takes note of how long the device will keep what it asks for.
    fn tell_latency(&self, latency: Duration) {
        let us = latency.as_micros().min(u128::from(u32::MAX)) as u32;
        self.counters.latency_us.store(us, Ordering::Relaxed);
    }

    /// Fills one device block. Real-time: no allocation, lock or I/O beyond reading the clock twice.
    pub(crate) fn fill<T: SizedSample + FromSample<f32>>(&mut self, data: &mut [T]) {
        let start = Instant::now();
        let frames = data.len() / self.channels;
        for block in data.chunks_mut(PULL_FRAMES * self.channels) {
            self.fill_block(block);
        }
        self.counters.frames.fetch_add(frames as u64, Ordering::Relaxed);
        let load = start.elapsed().as_secs_f64() * self.rate_hz / (frames.max(1) as f64);
        self.counters.load_permille.fetch_max((load * 1000.0) as u32, Ordering::Relaxed);
        if load > 1.0 {
            self.counters.late.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn fill_block<T: SizedSample + FromSample<f32>>(&mut self, block: &mut [T]) {
        let frames = block.len() / self.channels;
        let (left, right) = (&mut self.left[..frames], &mut self.right[..frames]);
        if self.over {
            left.fill(0.0);
            right.fill(0.0);
        } else {
            match caught(|| self.source.process(left, right)) {
                Ok(given) => self.over = given < frames,
                Err(reason) => {
                    // Nothing is heard any more: there is time for words.
                    self.counters.broken.get_or_init(|| reason);
                    self.over = true;
                    left.fill(0.0);
                    right.fill(0.0);
                }
            }
        }
        if self.counters.stop.load(Ordering::Acquire) {
            for (l, r) in left.iter_mut().zip(right.iter_mut()) {
                self.gain = (self.gain - self.fade_step).max(0.0);
                *l *= self.gain;
                *r *= self.gain;
            }
            self.over |= self.gain == 0.0;
        }
        if self.over {
            self.counters.ended.store(true, Ordering::Release);
        }
        for ((frame, l), r) in block.chunks_exact_mut(self.channels).zip(&*left).zip(&*right) {
            match frame {
                [mono] => *mono = T::from_sample(0.5 * (*l + *r)),
                [a, b, rest @ ..] => {
                    *a = T::from_sample(*l);
                    *b = T::from_sample(*r);
                    rest.fill(T::EQUILIBRIUM);
                }
                [] => {}
            }
        }
    }
}

/// Keeps ALSA from printing to the terminal while this lives.
#[cfg(target_os = "linux")]
pub(super) fn quiet() -> Option<impl Sized> {
    alsa::Output::local_error_handler().ok()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn quiet() {}

/// True if this machine surely has nothing to play on: no kernel sound card, no sound server and no
/// configuration of ALSA that could lead elsewhere.
#[cfg(target_os = "linux")]
pub(super) fn no_card_for_certain() -> bool {
    use std::path::{Path, PathBuf};
    let cards = std::fs::read_to_string("/proc/asound/cards").unwrap_or_default();
    if !cards.trim().is_empty() && !cards.contains("no soundcards") {
        return false;
    }
    let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    if set("PULSE_SERVER") || set("PIPEWIRE_REMOTE") || set("ALSA_CONFIG_PATH") || set("ALSA_CONFIG_DIR") {
        return false;
    }
    let run = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let server = run.iter().any(|d| d.join("pulse/native").exists() || d.join("pipewire-0").exists());
    let config = home.iter().any(|d| d.join(".asoundrc").exists() || d.join(".config/alsa").exists());
    !(server || config || Path::new("/etc/asound.conf").exists() || Path::new("/dev/snd").exists())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn no_card_for_certain() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts up from 1, in both channels, for a number of frames.
    struct Ramp {
        next: usize,
        frames: usize,
    }

    impl Source for Ramp {
        fn process(&mut self, left: &mut [f32], right: &mut [f32]) -> usize {
            let mut given = 0;
            for (l, r) in left.iter_mut().zip(right) {
                (*l, *r) = (0.0, 0.0);
                if self.next < self.frames {
                    self.next += 1;
                    given += 1;
                    *l = self.next as f32 / 32_768.0;
                    *r = -*l;
                }
            }
            given
        }
    }

    fn pump(frames: usize, channels: usize) -> (Pump, Arc<Counters>) {
        let counters = Arc::new(Counters::default());
        let source = Box::new(Ramp { next: 0, frames });
        (Pump::new(source, SampleRate::DEFAULT, channels, counters.clone()), counters)
    }

    #[test]
    fn odd_block_sizes_lose_no_frame() {
        let (mut pump, counters) = pump(3000, 2);
        let mut heard = Vec::new();
        for frames in [1, 7, 513, 64, 1024, 3, 1100, 600] {
            let mut block = vec![0i16; frames * 2];
            pump.fill(&mut block);
            heard.extend(block.chunks(2).map(|f| f[0]));
        }
        let expected: Vec<i16> = (1..=3000).collect();
        assert_eq!(heard[..3000], expected);
        assert!(heard[3000..].iter().all(|s| *s == 0));
        assert!(counters.ended());
        assert_eq!(counters.frames(), 3312);
    }

    #[test]
    fn mono_hears_both_and_wide_devices_the_first_two() {
        let (mut mono, _) = pump(100, 1);
        let mut block = [9.0f32; 10];
        mono.fill(&mut block);
        assert_eq!(block, [0.0; 10], "left and right cancel here");
        let (mut wide, _) = pump(100, 6);
        let mut block = [1u8; 6];
        wide.fill(&mut block);
        assert_eq!(block[2..], [128; 4], "silence of unsigned samples");
    }

    #[test]
    fn a_server_that_was_given_nothing_for_two_blocks_has_had_a_gap() {
        let config = StreamConfig { channels: 2, sample_rate: 48_000, buffer_size: BufferSize::Fixed(480) };
        let mut silence = Silence::new(&config);
        let start = Instant::now();
        let fell = [0, 9, 21, 40, 61, 70].map(|ms| silence.fell(start + Duration::from_millis(ms)));
        assert_eq!(fell, [false, false, false, false, true, false]);
    }

    /// Sounds for two pulls, then breaks down.
    struct Faulty(u32);

    impl Source for Faulty {
        fn process(&mut self, left: &mut [f32], right: &mut [f32]) -> usize {
            left.fill(0.5);
            right.fill(0.5);
            assert!(self.0 > 0, "a fault that was asked for");
            self.0 -= 1;
            left.len()
        }
    }

    #[test]
    fn a_source_that_breaks_down_is_silence_and_the_end_and_says_why() {
        let counters = Arc::new(Counters::default());
        let mut pump = Pump::new(Box::new(Faulty(2)), SampleRate::DEFAULT, 2, counters.clone());
        let mut block = vec![9.0f32; 2 * 3 * PULL_FRAMES];
        pump.fill(&mut block);
        let (heard, after) = block.split_at(2 * 2 * PULL_FRAMES);
        assert!(heard.iter().all(|x| *x == 0.5) && after.iter().all(|x| *x == 0.0));
        assert!(counters.ended());
        assert_eq!(counters.broken(), Some("a fault that was asked for"));
        pump.fill(&mut block);
        assert!(block.iter().all(|x| *x == 0.0));
    }

    #[test]
    fn stopping_fades_within_its_time_and_then_ends() {
        let (mut pump, counters) = pump(48_000, 2);
        let mut block = vec![0.0f32; 2 * 4800];
        pump.fill(&mut block);
        assert!(!counters.ended());
        counters.stop();
        let mut block = vec![0.0f32; 2 * 2600];
        pump.fill(&mut block);
        assert!(counters.ended());
        assert!(block[0] > 0.14 && block[2 * 2500] == 0.0, "{} {}", block[0], block[2 * 2500]);
    }
}

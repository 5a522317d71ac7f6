//! From a scene to its files: the mix, its stems, its loudness, what it says of itself.
//!
//! Owns the order in which files are begun, filled and completed. Does not own what is asked for.

use std::{
    io,
    path::{Path, PathBuf},
    time::Instant,
};

use crate::{
    engine::{Outputs, Report, ReportFacts, Reporter},
    live::{Performance, What},
    mix::Finish,
    output::{Format, Info, SoundWriter, Spill, WavWriter},
    plot::Subject,
    preset::{Loaded, Preset},
    scene::Scene,
    space::ChannelLayout,
    units::{SampleRate, gain_from_db},
};

use super::{
    about,
    arguments::{Common, Follow},
    failure::Failure,
    following, loudness,
    perform::{Ending, Performed, perform},
    recipe::{Made, Recipe},
    report::{Rendered, listener},
    stage::{Purpose, Span, length, prepare, summary},
    stems::{StemFiles, make_folder},
    take,
};

/// Where one preset goes.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    /// The file of the mix; `-` is the standard output.
    pub path: Option<&'a Path>,
    /// The channels.
    pub layout: &'a ChannelLayout,
    /// The folder of the stems.
    pub stems: Option<PathBuf>,
    /// Keeps what there is when interrupted.
    pub keep_partial: bool,
    /// A sound that is followed.
    pub follow: Option<&'a Follow>,
    /// What a sound file holds beside the mix, and the performance that is given again.
    pub made: Option<&'a Made>,
}

/// Renders one preset into one file, and its stems into others.
///
/// # Errors
/// [`Failure`]; then nothing has been left behind. A file that Ctrl-C has shortened is no error yet, so that its
/// report can be written.
pub(crate) fn to_file(loaded: &Loaded, common: &Common, target: &Target<'_>) -> Result<Rendered, Failure> {
    let stream = target.path == Some(Path::new("-"));
    if stream && common.report.as_deref() == target.path {
        return Err(Failure::usage("sound and report cannot both go to the standard output"));
    }
    let rate = common.rate.unwrap_or_default();
    let scene = Scene::build(&loaded.preset.scene()).map_err(|error| Failure::from_error(&error))?;
    let (span, performance) = performance(loaded, common, target, &scene, rate)?;
    let mut recipe = Recipe::new(loaded, common, target.layout, span, rate)?;
    if let Some(performance) = &performance {
        recipe = recipe.with(performance, loaded);
    }
    let plain = about::render(loaded, &scene, span, rate, &recipe);
    let format = about::format(common, target.layout, rate);
    let stem = target.made.and_then(|made| made.stem.as_deref());
    let (recipe, info) = match stem {
        Some(name) => (recipe.of_stem(name, format.bits), about::stem(&plain, &recipe, name, format.bits)),
        None => (recipe, plain.clone()),
    };
    let seed = loaded.preset.seed;
    // The file is started first: an unwritable one is told before minutes of work.
    let writer = match target.path {
        Some(path) if !stream => Some(SoundWriter::create(path, format, &info, span.frames(), seed)?),
        _ => None,
    };
    if let Some(folder) = &target.stems {
        make_folder(folder)?;
    }
    let master = &loaded.preset.master;
    let aside = common.target_lufs().map(|_| {
        let preset = Preset { master: loudness::aside(master), ..loaded.preset.clone() };
        Loaded { preset, ..loaded.clone() }
    });
    let parts = target.stems.is_some() || stem.is_some();
    let purpose = Purpose::Files { layout: target.layout, stems: parts, performed: performance.is_some() };
    let mut stage = prepare(aside.as_ref().unwrap_or(loaded), common, rate, purpose)?;
    let failed = performance.as_ref().map(|led| take::follow(&mut stage.engine, led, &loaded.preset, common));
    let outputs = stage.engine.outputs();
    let mut spill = match common.target_lufs() {
        Some(_) => Some(Spill::create(&beside(target), outputs.channels())?),
        None => None,
    };
    let mut ends = Ends {
        mix: outputs.mix_channels(),
        only: stem.map(|name| index_of(outputs, name)).transpose()?,
        reporter: Reporter::of(&outputs.layout, rate, span.from),
        subject: listener(common, loaded, target.layout.channels.len(), rate.seconds(span.from), rate)?,
        writer,
        stems: match &target.stems {
            Some(folder) => Some(StemFiles::create(folder, outputs, format, &plain, &recipe, span.frames())?),
            None => None,
        },
        heard: 0,
    };
    if stream && spill.is_none() {
        ends.writer = Some(stream_of(format, &info, span.frames(), seed)?);
    }
    let outputs = outputs.clone();
    let start = Instant::now();
    let mut noted = Reporter::of(&outputs.layout, rate, span.from);
    let mut hear = |_: &mut Reporter, channels: &[&[f32]]| match &mut spill {
        Some(spill) => Ok(spill.write(channels)?),
        None => ends.hear(channels),
    };
    let performed = perform(&mut stage.engine, span, common.quiet, &mut noted, &mut hear)?;
    let Performed { ending, spreading } = performed;
    ends.reporter.take_notes(noted);
    if let Some(error) = failed.and_then(|failed| failed.lock().ok()?.take()) {
        return Err(Failure::from_error(&error).hint("the performance cannot be given by this crowd"));
    }
    let heard = spill.as_ref().map_or(ends.heard, Spill::frames);
    if ending == Ending::Interrupted && !stream && (!target.keep_partial || heard == 0) {
        return Err(Failure::Interrupted { left: None });
    }
    if let (Some(spill), Some(lufs)) = (&mut spill, common.target_lufs()) {
        let weights = target.layout.loudness_weights();
        let gain_db = loudness::find_gain_db(spill, master, lufs, &weights, rate)?;
        if stream {
            ends.writer = Some(stream_of(format, &info, span.frames(), seed)?);
        }
        let mut finish = Finish::new(master, ends.mix, gain_db, rate);
        let (gain, mix) = (gain_from_db(gain_db) as f32, ends.mix);
        spill.read(&mut |channels: &[&[f32]]| {
            finish.feed(&channels[..mix], &mut |block| ends.hear_mix(block))?;
            ends.hear_stems_louder(&channels[mix..], gain)
        })?;
        finish.end(&mut |block| ends.hear_mix(block))?;
    }
    let facts = ReportFacts {
        title: loaded.preset.title.clone(),
        phrase: loaded.preset.phrase.clone(),
        seed,
        prepare_s: stage.prepare_s,
        render_s: start.elapsed().as_secs_f64(),
    };
    let Ends { reporter, subject, writer, mut stems, .. } = ends;
    // What a stem's file says of loudness is that of no programme.
    let loudness = reporter.loudness().filter(|_| stem.is_none());
    let report = Report { spreading, ..reporter.finish(&stage.engine, facts) };
    if ending == Ending::Interrupted
        && let Some(stems) = &mut stems
    {
        stems.cut_short(&outputs, &recipe, heard);
    }
    let stems = stems.map(StemFiles::finish).transpose()?;
    if let Some(mut writer) = writer {
        if ending == Ending::Interrupted {
            writer.cut_short(recipe.interrupted(heard));
        }
        loudness.into_iter().for_each(|loudness| writer.set_loudness(loudness));
        writer.finish()?;
    }
    let name = target.path.map_or_else(|| loaded.name.clone(), |path| path.display().to_string());
    let interrupted = (ending == Ending::Interrupted).then(|| match stream {
        true => "the stream is shorter than announced".to_owned(),
        false => format!("{name} holds the first {}", length(rate.seconds(heard))),
    });
    if interrupted.is_none() {
        summary(common, &describe(&name, &report, rate.seconds(span.frames())));
        stems.iter().for_each(|stems| summary(common, stems));
    }
    let sound = target.path.filter(|_| !stream).map(Path::to_owned);
    let mut rendered = Rendered::new(loaded, report, subject, sound);
    rendered.interrupted = interrupted;
    Ok(rendered)
}

/// The stretch that is rendered, and what is done meanwhile.
fn performance(
    loaded: &Loaded,
    common: &Common,
    target: &Target<'_>,
    scene: &Scene,
    rate: SampleRate,
) -> Result<(Span, Option<Performance>), Failure> {
    if let Some(follow) = target.follow
        && let Some(path) = &follow.follow
    {
        let span = Span::of(common, loaded, scene, rate)?;
        let followed = following::file(path, follow, rate)?;
        return Ok((span, Some(take::of_followed(&followed, loaded, span, rate))));
    }
    let Some(led) = target.made.and_then(|made| made.performance.as_ref()) else {
        return Ok((Span::of(common, loaded, scene, rate)?, None));
    };
    if led.rate() != Some(rate) {
        let message =
            format!("what was done counts frames of {} Hz: it cannot be done at {}", led.rate_hz, rate.hz());
        return Err(Failure::usage(message).hint("leave out --rate"));
    }
    let whole =
        common.span.is_none() && common.from.is_none() && common.to.is_none() && common.seconds.is_none();
    let span = match whole {
        true => Span { from: led.from_frame, to: led.from_frame.saturating_add(led.frames), cut: led.cut },
        false => Span::of(common, loaded, scene, rate)?,
    };
    let edited = led.events.iter().any(|event| matches!(event.what, What::Reload(_)));
    let plain = *target.layout == ChannelLayout::stereo()
        && target.stems.is_none()
        && target.made.is_none_or(|made| made.stem.is_none())
        && common.target_lufs().is_none();
    if edited && !plain {
        let message = "a preset was edited in this performance: it can be given in stereo, as loud as it was";
        return Err(Failure::usage(message).hint("leave out --layout, --stems and --loudness"));
    }
    Ok((span, Some(led.clone())))
}

/// Where what is kept aside may stand.
fn beside(target: &Target<'_>) -> PathBuf {
    match (target.path, &target.stems) {
        (Some(path), _) => path.to_owned(),
        (None, Some(folder)) => folder.join("mix"),
        (None, None) => PathBuf::from("-"),
    }
}

fn index_of(outputs: &Outputs, name: &str) -> Result<usize, Failure> {
    let names = outputs.stems.iter().map(|stem| stem.name.as_str());
    names.clone().position(|stem| stem == name).ok_or_else(|| {
        let all: Vec<&str> = names.collect();
        Failure::new(format!("there is no stem `{name}`; there are: {}", all.join(", ")))
    })
}

/// Everything that hears a render.
struct Ends {
    /// Channels of the mix, and of each stem.
    mix: usize,
    /// The one stem that the file holds instead of the mix.
    only: Option<usize>,
    reporter: Reporter,
    subject: Option<Subject>,
    writer: Option<SoundWriter>,
    stems: Option<StemFiles>,
    /// Frames so far.
    heard: u64,
}

impl Ends {
    /// Takes the mix and what follows it.
    fn hear(&mut self, channels: &[&[f32]]) -> Result<(), Failure> {
        self.hear_mix(&channels[..self.mix])?;
        self.hear_stems(&channels[self.mix..])
    }

    fn hear_mix(&mut self, channels: &[&[f32]]) -> Result<(), Failure> {
        if let Some(subject) = &mut self.subject {
            subject.hear(channels).map_err(|error| Failure::from_error(&error))?;
        }
        self.reporter.hear_channels(channels);
        self.heard += channels.first().map_or(0, |channel| channel.len() as u64);
        match &mut self.writer {
            Some(writer) if self.only.is_none() => Ok(writer.write(channels)?),
            _ => Ok(()),
        }
    }

    fn hear_stems(&mut self, channels: &[&[f32]]) -> Result<(), Failure> {
        if let (Some(index), Some(writer)) = (self.only, &mut self.writer) {
            writer.write(&channels[index * self.mix..(index + 1) * self.mix])?;
        }
        self.stems.as_mut().map_or(Ok(()), |stems| stems.write(channels))
    }

    fn hear_stems_louder(&mut self, channels: &[&[f32]], gain: f32) -> Result<(), Failure> {
        let louder: Vec<Vec<f32>> =
            channels.iter().map(|channel| channel.iter().map(|x| x * gain).collect()).collect();
        let louder: Vec<&[f32]> = louder.iter().map(Vec::as_slice).collect();
        self.hear_stems(&louder)
    }
}

/// Starts the standard output.
pub(crate) fn stream_of(format: Format, info: &Info, frames: u64, seed: u64) -> Result<SoundWriter, Failure> {
    let name = "the standard output".to_owned();
    Ok(WavWriter::stream(Box::new(io::stdout()), name, format, info, frames, seed)?.into())
}

/// One line about what was rendered.
fn describe(name: &str, report: &Report, seconds: f64) -> String {
    let loudness = match (report.integrated_lufs, report.true_peak_dbtp) {
        (Some(lufs), Some(peak)) => format!("{lufs:.1} LUFS, peak {peak:.1} dBTP"),
        _ => "silence".into(),
    };
    let name = if name == "-" { "rendered" } else { name };
    let took_s = report.prepare_s + report.render_s;
    let took = length(took_s);
    format!(
        "{name}: {}, {} people, {loudness}, seed {}, took {took} ({:.0}x real time)",
        length(seconds),
        report.people,
        report.seed,
        seconds / took_s.max(1e-3)
    )
}

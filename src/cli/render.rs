//! `uproar render`, and `uproar chant -o`.

use std::{
    io,
    path::{Path, PathBuf},
    time::Instant,
};

use crate::{
    engine::{LoopLength, Report, ReportFacts, Reporter},
    live::Performance,
    mix::Finish,
    output::{Container, Format, Info, SoundWriter, Spill},
    preset::{Loaded, Preset, load_layout},
    rng::{self, Domain},
    scene::Scene,
    space::ChannelLayout,
};

use super::{
    about,
    arguments::{Common, Follow, Render, Vary},
    failure::Failure,
    following::follow_file,
    layers::{Studio, take_path},
    loudness,
    perform::{Ending, Performed, perform},
    report::{Rendered, listener, write_reports},
    stage::{Piece, Purpose, Span, cache_folder, changes, check_report, length, load_all, prepare, summary},
    stems::{StemFiles, make_folder},
    take,
};

/// Renders presets to files.
pub(crate) fn render(options: &Render) -> Result<(), Failure> {
    if options.output.is_some() && options.presets.len() > 1 {
        let failure = Failure::usage("several presets do not fit into one file");
        return Err(failure.hint("give a folder instead: -O DIR"));
    }
    check_report(&options.common, options.output.as_deref())?;
    if let Some(path) = &options.output {
        Container::of(path)?;
    }
    let special = options.layers.is_some() || options.one_shot.is_some() || options.looped.is_some();
    if options.common.target_lufs().is_some() && (special || options.shape.stems.is_some()) {
        let failure =
            Failure::usage("--loudness changes a whole mix: not loops, single sounds, layers or stems");
        return Err(failure.hint("--set master.gain_db=3 makes all of them louder"));
    }
    check_led(options)?;
    let led = options.performance.as_deref().map(take::read).transpose()?;
    let mut common = options.common.clone();
    let mut all_changes = Vec::new();
    if let Some(led) = &led {
        all_changes = take::changes_of(&led.options)?;
        common.rate = common.rate.or(led.rate());
    }
    all_changes.extend(changes(&common)?);
    let mut all = load_all(&options.presets, &all_changes, &common, options.force)?;
    if led.as_ref().is_some_and(|led| led.stay) {
        let beats = all.iter_mut().flat_map(|piece| &mut piece.loaded.preset.beat);
        beats.for_each(|beat| beat.moves.clear());
    }
    let paths = match (&options.output, &options.output_dir) {
        (Some(path), _) => vec![Some(path.clone())],
        (None, Some(folder)) => paths_in(folder, &all)?.into_iter().map(Some).collect(),
        (None, None) => vec![None; all.len()],
    };
    let takes = options.takes.unwrap_or(1);
    if takes > 1 && options.output.as_deref() == Some(Path::new("-")) {
        return Err(Failure::usage("several takes do not fit into one stream"));
    }
    let mut done = Vec::new();
    for (piece, path) in all.iter().zip(&paths) {
        let common = &piece.common;
        let layout = layout(options.shape.layout.as_deref().or(common.layout.as_deref()))?;
        for number in 1..=takes {
            let loaded = take_of(&piece.loaded, options.vary, number);
            let path = path.as_ref().map(|path| match options.takes {
                Some(takes) => take_path(path, number, takes),
                None => path.clone(),
            });
            let folder = |folder: &PathBuf| {
                let folder = if all.len() == 1 { folder.clone() } else { folder.join(&loaded.name) };
                if options.takes.is_some() { folder.join(format!("take-{number}")) } else { folder }
            };
            let studio = Studio { loaded: &loaded, common, layout: &layout };
            match (&options.layers, &options.one_shot, options.looped, &path) {
                (Some(layers), _, length, _) => {
                    studio.layers(&folder(layers), length.unwrap_or(LoopLength::Auto))?;
                }
                (_, Some(cue), _, Some(path)) => studio.one_shot(path, cue)?,
                (_, _, Some(length), Some(path)) => studio.looped(path, length)?,
                _ => {
                    let target = Target {
                        path: path.as_deref(),
                        layout: &layout,
                        stems: options.shape.stems.as_ref().map(folder),
                        keep_partial: options.keep_partial,
                        led: led.as_ref(),
                        follow: Some(&options.follow),
                    };
                    let rendered = to_file(&loaded, common, &target)?;
                    let left = rendered.interrupted.clone();
                    done.push(rendered);
                    if left.is_some() {
                        write_reports(&options.common, done)?;
                        return Err(Failure::Interrupted { left });
                    }
                }
            }
        }
    }
    write_reports(&options.common, done)
}

/// The `number`th take: the first is the preset's own.
fn take_of(loaded: &Loaded, vary: Vary, number: u32) -> Loaded {
    let mut loaded = loaded.clone();
    let preset = &mut loaded.preset;
    match vary {
        _ if number == 1 => {}
        // Half of the numbers: a preset's seed has 63 bits.
        Vary::People => preset.seed = rng::key(preset.seed, Domain::Casting, 1 << 50, u64::from(number)) >> 1,
        Vary::Performance => preset.performance += u64::from(number - 1),
    }
    loaded
}

/// One file per preset in a folder, which is made if need be.
fn paths_in(folder: &Path, all: &[Piece]) -> Result<Vec<PathBuf>, Failure> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for piece in all {
        let path = folder.join(format!("{}.wav", piece.loaded.name));
        if paths.contains(&path) {
            return Err(Failure::usage(format!("two presets would both be written to {}", path.display())));
        }
        paths.push(path);
    }
    make_folder(folder)?;
    Ok(paths)
}

/// Refuses what cannot be led.
fn check_led(options: &Render) -> Result<(), Failure> {
    let common = &options.common;
    let (led, follow) = (options.performance.is_some(), options.follow.follow.as_deref());
    if follow == Some(Path::new("input")) {
        let failure = Failure::usage("a microphone cannot be followed faster than real time");
        return Err(failure.hint("give a WAV file, or use `uproar play`"));
    }
    if follow.is_some() && led {
        return Err(Failure::usage(
            "what was followed stands in the performance already: leave out --follow",
        ));
    }
    if led && (common.from.is_some() || common.to.is_some() || common.seconds.is_some()) {
        let failure = Failure::usage("a performance has its own beginning and end");
        return Err(failure.hint("leave out --from, --to and --seconds"));
    }
    let piece = options.looped.is_some() || options.one_shot.is_some() || options.layers.is_some();
    if piece && (led || follow.is_some()) {
        return Err(Failure::usage(
            "loops, layers and single sounds are not performed: leave out one of both",
        ));
    }
    Ok(())
}

/// The channels that are asked for.
pub(crate) fn layout(name: Option<&str>) -> Result<ChannelLayout, Failure> {
    Ok(name.map_or_else(|| Ok(ChannelLayout::stereo()), load_layout)?)
}

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
    /// A performance that is given again.
    pub led: Option<&'a Performance>,
    /// A sound that is followed.
    pub follow: Option<&'a Follow>,
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
    let span = match target.led {
        Some(led) => Span { from: led.from_frame, to: led.from_frame + led.frames, cut: led.cut },
        None => Span::of(common, loaded, &scene, rate)?,
    };
    let followed = target.follow.is_some_and(|follow| follow.follow.is_some());
    let performed = target.led.is_some() || followed;
    let mut info = about::render(loaded, common, target.layout, &scene, span, rate)?;
    if performed {
        // What a performer did, or what was followed, is not in it.
        info.recipe = None;
    }
    let format = about::format(common, target.layout, rate);
    let seed = loaded.preset.seed;
    // The file is started first: an unwritable one is told before minutes of work.
    let mut writer = match target.path {
        Some(path) if !stream => Some(SoundWriter::create(path, format, &info, span.frames(), seed)?),
        _ => None,
    };
    if let Some(folder) = &target.stems {
        make_folder(folder)?;
    }
    let channels = target.layout.channels.len();
    let mut spill = match (common.target_lufs(), target.path) {
        (Some(_), Some(path)) => Some(Spill::create(path, channels)?),
        _ => None,
    };
    let master = &loaded.preset.master;
    let aside = spill.is_some().then(|| {
        let preset = Preset { master: loudness::aside(master), ..loaded.preset.clone() };
        Loaded { preset, ..loaded.clone() }
    });
    let purpose = Purpose::Files { layout: target.layout, stems: target.stems.is_some(), performed };
    let mut stage = prepare(aside.as_ref().unwrap_or(loaded), common, rate, purpose)?;
    let mut failed = None;
    if let Some(led) = target.led {
        failed = Some(take::follow(&mut stage.engine, led, &loaded.preset, cache_folder(common)));
    } else if let Some(follow) = target.follow {
        follow_file(&mut stage.engine, follow)?;
    }
    if stream && spill.is_none() {
        writer = Some(stream_of(format, &info, span, seed)?);
    }
    let mut stems = match &target.stems {
        Some(folder) => {
            Some(StemFiles::create(folder, stage.engine.outputs(), format, &info, span.frames())?)
        }
        None => None,
    };
    let start = Instant::now();
    let mix = stage.engine.outputs().mix_channels();
    let mut subject = listener(common, loaded, target.layout.channels.len(), rate.seconds(span.from), rate)?;
    let mut reporter = Reporter::of(&stage.engine.outputs().layout, rate, span.from);
    let mut hear = |reporter: &mut Reporter, channels: &[&[f32]]| {
        if let Some(spill) = &mut spill {
            return Ok(spill.write(&channels[..mix])?);
        }
        if let Some(subject) = &mut subject {
            subject.hear(&channels[..mix]).map_err(|error| Failure::from_error(&error))?;
        }
        reporter.hear_channels(&channels[..mix]);
        if let Some(writer) = &mut writer {
            writer.write(&channels[..mix])?;
        }
        stems.as_mut().map_or(Ok(()), |stems| stems.write(&channels[mix..]))
    };
    let performed = perform(&mut stage.engine, span, common.quiet, &mut reporter, &mut hear)?;
    let Performed { ending, spreading } = performed;
    if let Some(error) = failed.and_then(|failed| failed.lock().ok()?.take()) {
        return Err(Failure::from_error(&error).hint("the performance cannot be given by this crowd"));
    }
    let heard = spill.as_ref().map_or_else(|| writer.as_ref().map_or(0, SoundWriter::frames), Spill::frames);
    if ending == Ending::Interrupted && !stream && (!target.keep_partial || heard == 0) {
        return Err(Failure::Interrupted { left: None });
    }
    if let (Some(spill), Some(lufs)) = (&mut spill, common.target_lufs()) {
        let weights = target.layout.loudness_weights();
        let gain_db = loudness::find_gain_db(spill, master, lufs, &weights, rate)?;
        if writer.is_none() {
            writer = Some(stream_of(format, &info, span, seed)?);
        }
        let mut finish = Finish::new(master, channels, gain_db, rate);
        let mut hear = |channels: &[&[f32]]| {
            reporter.hear_channels(channels);
            if let Some(subject) = &mut subject {
                subject.hear(channels).map_err(|error| Failure::from_error(&error))?;
            }
            writer.iter_mut().try_for_each(|writer| writer.write(channels)).map_err(Failure::from)
        };
        spill.read(&mut |channels: &[&[f32]]| finish.feed(channels, &mut hear))?;
        finish.end(&mut hear)?;
    }
    let facts = ReportFacts {
        title: loaded.preset.title.clone(),
        phrase: loaded.preset.phrase.clone(),
        seed,
        prepare_s: stage.prepare_s,
        render_s: start.elapsed().as_secs_f64(),
    };
    let loudness = reporter.loudness();
    let report = Report { spreading, ..reporter.finish(&stage.engine, facts) };
    let stems = stems.map(StemFiles::finish).transpose()?;
    if let Some(mut writer) = writer {
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

fn stream_of(format: Format, info: &Info, span: Span, seed: u64) -> Result<SoundWriter, Failure> {
    let name = "the standard output".to_owned();
    Ok(SoundWriter::stream(Box::new(io::stdout()), name, format, info, span.frames(), seed)?)
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

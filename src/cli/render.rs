//! `uproar render`, and `uproar chant -o`.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    engine::{LoopLength, Report},
    live::Performance,
    output::{Format, Info, WavWriter},
    preset::{Loaded, load_layout},
    rng::{self, Domain},
    scene::Scene,
    space::ChannelLayout,
    units::SampleRate,
};

use super::{
    arguments::{Common, Follow, Render, Shape, Vary},
    failure::Failure,
    following::follow_file,
    layers::{Studio, take_path},
    perform::{Ending, Run, perform},
    report::{Rendered, listener, write_reports},
    stage::{Purpose, Span, cache_folder, changes, check_report, length, load_all, prepare, summary},
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
    let layout = layout(&options.shape)?;
    check_led(options)?;
    let led = options.performance.as_deref().map(take::read).transpose()?;
    let mut common = options.common.clone();
    let mut all_changes = Vec::new();
    let mut stay = common.place.is_some();
    if let Some(led) = &led {
        all_changes = take::changes_of(&led.options)?;
        stay |= led.stay;
        common.rate = common.rate.or(led.rate());
    }
    all_changes.extend(changes(&common)?);
    let all = load_all(&options.presets, &all_changes, stay)?;
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
    for (loaded, path) in all.iter().zip(&paths) {
        for number in 1..=takes {
            let loaded = take_of(loaded, options.vary, number);
            let path = path.as_ref().map(|path| match options.takes {
                Some(takes) => take_path(path, number, takes),
                None => path.clone(),
            });
            let folder = |folder: &PathBuf| {
                let folder = if all.len() == 1 { folder.clone() } else { folder.join(&loaded.name) };
                if options.takes.is_some() { folder.join(format!("take-{number}")) } else { folder }
            };
            let studio = Studio { loaded: &loaded, common: &common, layout: &layout };
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
                    done.push(to_file(&loaded, &common, &target)?);
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
fn paths_in(folder: &Path, all: &[Loaded]) -> Result<Vec<PathBuf>, Failure> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for loaded in all {
        let path = folder.join(format!("{}.wav", loaded.name));
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
pub(crate) fn layout(shape: &Shape) -> Result<ChannelLayout, Failure> {
    Ok(shape.layout.as_deref().map_or_else(|| Ok(ChannelLayout::stereo()), load_layout)?)
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
pub(crate) fn to_file(loaded: &Loaded, common: &Common, target: &Target<'_>) -> Result<Rendered, Failure> {
    let stream = target.path == Some(Path::new("-"));
    if stream && common.report.as_deref() == target.path {
        return Err(Failure::usage("sound and report cannot both go to the standard output"));
    }
    let rate = common.rate.unwrap_or_default();
    // The file is started first: an unwritable one is told before minutes of work. Its length is a
    // guess on the long side, which only decides the kind of header.
    let scene = Scene::build(&loaded.preset.scene()).map_err(|error| Failure::from_error(&error))?;
    let guess = target.led.map_or(rate.frames(scene.seconds() + LONGEST_TAIL_S), |led| led.frames);
    let (format, info) = about(loaded, common, target.layout, rate);
    let seed = loaded.preset.seed;
    let mut writer = match target.path {
        Some(path) if !stream => Some(WavWriter::create(path, format, &info, guess, seed)?),
        _ => None,
    };
    if let Some(folder) = &target.stems {
        make_folder(folder)?;
    }
    let followed = target.follow.is_some_and(|follow| follow.follow.is_some());
    let performed = target.led.is_some() || followed;
    let purpose = Purpose::Files { layout: target.layout, stems: target.stems.is_some(), performed };
    let mut stage = prepare(loaded, common, rate, purpose)?;
    let mut span = Span::of(common, stage.engine.scene(), stage.engine.seconds(), rate)?;
    let mut failed = None;
    if let Some(led) = target.led {
        let Performance { from_frame, frames, cut, .. } = *led;
        span = Span { from: from_frame, to: from_frame + frames, cut };
        failed = Some(take::follow(&mut stage.engine, led, &loaded.preset, cache_folder(common)));
    } else if let Some(follow) = target.follow {
        follow_file(&mut stage.engine, follow)?;
    }
    if stream {
        let sink = Box::new(io::stdout());
        let name = "the standard output".to_owned();
        writer = Some(WavWriter::stream(sink, name, format, &info, span.frames(), seed)?);
    }
    let mut stems = match &target.stems {
        Some(folder) => {
            Some(StemFiles::create(folder, stage.engine.outputs(), format, &info, span.frames())?)
        }
        None => None,
    };
    let mix = stage.engine.outputs().mix_channels();
    let mut subject = listener(common, loaded, target.layout.channels.len(), rate.seconds(span.from), rate)?;
    let run = perform(&mut stage.engine, loaded, span, stage.prepare_s, common.quiet, &mut |channels| {
        if let Some(subject) = &mut subject {
            subject.hear(&channels[..mix]).map_err(|error| Failure::from_error(&error))?;
        }
        if let Some(writer) = &mut writer {
            writer.write(&channels[..mix])?;
        }
        stems.as_mut().map_or(Ok(()), |stems| stems.write(&channels[mix..]))
    })?;
    let Run { ending, report } = run;
    if let Some(error) = failed.and_then(|failed| failed.lock().ok()?.take()) {
        return Err(Failure::from_error(&error).hint("the performance cannot be given by this crowd"));
    }
    let name = target.path.map_or_else(String::new, |path| path.display().to_string());
    if ending == Ending::Interrupted && !stream {
        let frames = writer.as_ref().map_or(0, WavWriter::frames);
        if !target.keep_partial || frames == 0 {
            return Err(Failure::Interrupted { left: None });
        }
        if let Some(stems) = stems {
            stems.finish()?;
        }
        writer.map(WavWriter::finish).transpose()?;
        let left = format!("{name} holds the first {}", length(rate.seconds(frames)));
        return Err(Failure::Interrupted { left: Some(left) });
    }
    let stems = stems.map(StemFiles::finish).transpose()?;
    writer.map(WavWriter::finish).transpose()?;
    if ending == Ending::Interrupted {
        return Err(Failure::Interrupted { left: Some("the stream is shorter than announced".into()) });
    }
    let what = if target.path.is_some() { &name } else { &loaded.name };
    summary(common, &describe(what, &report, rate.seconds(span.frames())));
    if let Some(stems) = stems {
        summary(common, &stems);
    }
    let sound = target.path.filter(|_| !stream).map(Path::to_owned);
    Ok(Rendered::new(loaded, report, subject, sound))
}

/// More than any engine adds after the last beat, seconds.
const LONGEST_TAIL_S: f64 = 60.0;

pub(crate) fn about(
    loaded: &Loaded,
    common: &Common,
    layout: &ChannelLayout,
    rate: SampleRate,
) -> (Format, Info) {
    let preset = &loaded.preset;
    let info = Info {
        title: preset.title.clone(),
        comment: match preset.performance {
            0 => format!("preset {}; phrase {}; seed {}", loaded.name, preset.phrase, preset.seed),
            n => format!(
                "preset {}; phrase {}; seed {}; performance {n}",
                loaded.name, preset.phrase, preset.seed
            ),
        },
        ..Info::default()
    };
    let channels = layout.channels.len() as u16;
    (Format { rate, channels, bits: common.bits, speakers: layout.speaker_mask() }, info)
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

//! `uproar plot`.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use crate::{
    engine::{Report, ReportFacts, Reporter},
    output::{ReadError, WavReader, check_writable, write_file},
    plot::{BeatSpan, Drawing, Layout, PanelKind, PlotError, Subject, Theme, picture, png, svg},
    space::ChannelLayout,
};

use crate::cli::{
    arguments::{Common, Moment},
    failure::Failure,
    perform::{Ending, perform},
    replace::may_replace,
    report::{Rendered, subject, write_reports},
    stage::{Piece, Purpose, Span, changes, check_report, length, load_all, prepare, summary},
    terminal::{Progress, interrupt},
};

use super::options::{Plot, PlotTheme};

/// What kind of file a picture becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Svg(Option<Theme>),
    Png(Theme),
}

/// Draws a performance or a sound file.
pub(crate) fn plot(options: &Plot) -> Result<(), Failure> {
    let kind = kind(options)?;
    check_report(&options.common, Some(&options.output))?;
    check_writable(&options.output)?;
    let sound = is_sound(&options.what);
    let panels = match (&options.panels[..], sound) {
        ([], true) => PanelKind::OF_A_SOUND.to_vec(),
        ([], false) => PanelKind::OF_A_SCENE.to_vec(),
        (panels, _) => panels.to_vec(),
    };
    let layout = Layout { width: options.width, height: options.height, panels };
    // What cannot be drawn is told before minutes of work.
    layout.check(!sound).map_err(refused)?;
    may_replace([options.output.as_path()], options.force)?;
    let drawing = if sound { of_file(options, &layout)? } else { of_preset(options, &layout)? };
    let bytes = match kind {
        Kind::Svg(theme) => svg(&drawing, theme).into_bytes(),
        Kind::Png(theme) => png(&drawing, theme, options.scale).map_err(refused)?,
    };
    write_file(&options.output, &bytes)?;
    if options.output != Path::new("-") {
        let (width, height) = (drawing.width, drawing.height);
        summary(
            &options.common,
            &format!("{}: {width} x {height}, {}", options.output.display(), drawing.title),
        );
    }
    Ok(())
}

fn refused(error: PlotError) -> Failure {
    let hint = match &error {
        PlotError::NoPeople { .. } => {
            Some("a sound file has the panels level, loudness and spectrogram".into())
        }
        PlotError::TooLow { least, .. } => Some(format!("give --height {least} or fewer --panels")),
        PlotError::TooLarge { .. } => Some("give a smaller --width, --height or --scale".into()),
        _ => None,
    };
    let failure = Failure::usage(error.to_string());
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Sound files end in .wav; everything else is a preset.
fn is_sound(what: &str) -> bool {
    let ending = Path::new(what).extension();
    ending.is_some_and(|e| ["wav", "wave", "rf64", "bwf"].iter().any(|ending| e.eq_ignore_ascii_case(ending)))
}

fn kind(options: &Plot) -> Result<Kind, Failure> {
    let theme = match options.theme {
        PlotTheme::Auto => None,
        PlotTheme::Light => Some(Theme::Light),
        PlotTheme::Dark => Some(Theme::Dark),
    };
    let ending = options.output.extension().map(|e| e.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("png") => Ok(Kind::Png(theme.unwrap_or_default())),
        Some("svg") => Ok(Kind::Svg(theme)),
        _ if options.output == Path::new("-") => Ok(Kind::Svg(theme)),
        _ => {
            let name = options.output.display();
            Err(Failure::usage(format!("{name}: a picture's name ends in .svg or .png")))
        }
    }
}

/// Performs a preset and draws what happens.
fn of_preset(options: &Plot, layout: &Layout) -> Result<Drawing, Failure> {
    let common = &options.common;
    let names = [options.what.clone()];
    let mut all = load_all(&names, &changes(common)?, common, false)?;
    let Some(Piece { loaded, common, .. }) = all.pop() else {
        return Err(Failure::new("there is no preset"));
    };
    let rate = common.rate.unwrap_or_default();
    let stereo = ChannelLayout::stereo();
    let mut stage =
        prepare(&loaded, &common, rate, Purpose::Files { layout: &stereo, stems: false, performed: false })?;
    let span = Span::of(&common, &loaded, stage.engine.scene(), rate)?;
    let mut subject = subject(&loaded, 2, rate.seconds(span.from), rate)?;
    let mut reporter = Reporter::of(&stereo, rate, span.from);
    let start = Instant::now();
    let performed =
        perform(&mut stage.engine, span, common.quiet, &mut reporter, &mut |reporter, channels| {
            reporter.hear_channels(channels);
            subject.hear(channels).map_err(|error| Failure::from_error(&error))
        })?;
    if performed.ending == Ending::Interrupted {
        return Err(Failure::Interrupted { left: None });
    }
    let facts = ReportFacts {
        title: loaded.preset.title.clone(),
        phrase: loaded.preset.phrase.clone(),
        seed: loaded.preset.seed,
        prepare_s: stage.prepare_s,
        render_s: start.elapsed().as_secs_f64(),
    };
    let report = Report { spreading: performed.spreading, ..reporter.finish(&stage.engine, facts) };
    subject.tell(report.clone());
    let drawing = picture(&subject, layout).map_err(refused)?;
    write_reports(&common, vec![Rendered::new(&loaded, report, Some(subject), None)])?;
    Ok(drawing)
}

/// Reads a sound file and draws it.
fn of_file(options: &Plot, layout: &Layout) -> Result<Drawing, Failure> {
    let common = &options.common;
    refuse_scene(common)?;
    let path = PathBuf::from(&options.what);
    let mut reader = WavReader::open(&path).map_err(unreadable)?;
    let rate = reader.rate();
    let (from, to) = span(common, &reader)?;
    let title = path.file_name().map_or_else(|| options.what.clone(), |n| n.to_string_lossy().into_owned());
    let channels = reader.channels();
    let mut subject = Subject::new(&title, rate.seconds(from), channels, rate)
        .map_err(|error| Failure::from_error(&error))?;
    let markers = reader.markers();
    let ends = markers.iter().skip(1).map(|(at, _)| *at).chain([reader.frames()]);
    subject.beats = markers
        .iter()
        .zip(ends)
        .map(|((at, name), end)| BeatSpan {
            name: name.clone(),
            start_s: rate.seconds(*at),
            end_s: rate.seconds(end),
        })
        .collect();
    let bar = Progress::new("reading", to, common.quiet);
    let stop = interrupt();
    let mut block = Vec::new();
    let mut now = from;
    reader.seek(from).map_err(unreadable)?;
    while now < to {
        if stop.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(Failure::Interrupted { left: None });
        }
        let frames = (reader.read(&mut block).map_err(unreadable)? as u64).min(to - now) as usize;
        if frames == 0 {
            break;
        }
        let part: Vec<&[f32]> = block.iter().map(|c| &c[..frames]).collect();
        subject.hear(&part).map_err(|error| Failure::from_error(&error))?;
        now += frames as u64;
        bar.at(now);
    }
    drop(bar);
    let mut format = format!(
        "{}, {}, {} Hz, {}",
        length(subject.track.seconds()),
        match channels {
            1 => "mono".to_owned(),
            2 => "stereo".to_owned(),
            n => format!("{n} channels"),
        },
        rate.hz(),
        reader.sample_name()
    );
    if reader.missing_frames() > 0 {
        format += &format!(", cut short by {}", length(rate.seconds(reader.missing_frames())));
    }
    subject.describe(&format);
    picture(&subject, layout).map_err(refused)
}

fn unreadable(error: ReadError) -> Failure {
    let failure = Failure::new(error.to_string());
    match error.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Options that mean nothing for a file are refused rather than ignored.
fn refuse_scene(common: &Common) -> Result<(), Failure> {
    let given = [
        ("--phrase", common.phrase.is_some()),
        ("--people", common.people.is_some()),
        ("--seed", common.seed.is_some()),
        ("--place", common.place.is_some()),
        ("--set", !common.set.is_empty()),
        ("--rate", common.rate.is_some()),
        ("--report", common.report.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((name, _)) => {
            let failure = Failure::usage(format!("{name} means nothing for a sound file"));
            Err(failure.hint("plot the preset that it was made from instead"))
        }
        None => Ok(()),
    }
}

/// First frame and frame after the last that the options ask for.
fn span(common: &Common, reader: &WavReader) -> Result<(u64, u64), Failure> {
    let rate = reader.rate();
    let frame = |option: &str, moment: &Option<Moment>| match moment {
        None => Ok(None),
        Some(Moment::Seconds(seconds)) => Ok(Some(rate.frames(*seconds))),
        Some(Moment::Picture(text)) => {
            let failure = Failure::usage(format!("{option} {text}: a sound file has no clock of a picture"));
            Err(failure.hint("give seconds or 1:30"))
        }
        Some(Moment::Beat(name)) => {
            Err(Failure::usage(format!("{option} {name}: a sound file knows times, not beats")))
        }
    };
    let from = frame("--from", &common.from)?.unwrap_or(0);
    let to = match (frame("--to", &common.to)?, common.seconds) {
        (Some(to), _) => to,
        (None, Some(seconds)) => from.saturating_add(rate.frames(seconds)),
        (None, None) => reader.frames(),
    };
    let to = to.min(reader.frames());
    if from >= to {
        let seconds = rate.seconds(reader.frames());
        return Err(Failure::usage(format!(
            "there is no sound in that stretch: the file is {seconds:.1} s long"
        )));
    }
    Ok((from, to))
}

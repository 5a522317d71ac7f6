//! `uproar render`, and `uproar chant -o`.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    engine::Report,
    output::{Format, Info, OutputError, WavWriter, write_file},
    preset::Loaded,
    scene::Scene,
    units::SampleRate,
};

use super::{
    arguments::{Common, Render},
    failure::Failure,
    perform::{Ending, Run, perform},
    stage::{Span, changes, check_report, length, load_all, prepare, summary},
};

/// Renders presets to files.
pub(crate) fn render(options: &Render) -> Result<(), Failure> {
    if options.output.is_some() && options.presets.len() > 1 {
        let failure = Failure::usage("several presets do not fit into one file");
        return Err(failure.hint("give a folder instead: -O DIR"));
    }
    check_report(&options.common, options.output.as_deref())?;
    let all = load_all(&options.presets, &changes(&options.common)?, options.common.place.is_some())?;
    let paths = match (&options.output, &options.output_dir) {
        (Some(path), _) => vec![path.clone()],
        (None, Some(folder)) => paths_in(folder, &all)?,
        (None, None) => Vec::new(),
    };
    let mut reports = Vec::new();
    for (loaded, path) in all.iter().zip(&paths) {
        reports.push(to_file(loaded, &options.common, path, options.keep_partial)?);
    }
    write_reports(&options.common, &reports)
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
    std::fs::create_dir_all(folder)
        .map_err(|source| OutputError::Create { name: folder.display().to_string(), source })?;
    Ok(paths)
}

/// Writes the reports that `--report` asks for: an object for one preset, a list for several.
pub(crate) fn write_reports(common: &Common, reports: &[Report]) -> Result<(), Failure> {
    let Some(path) = &common.report else { return Ok(()) };
    let text = match reports {
        [one] => serde_json::to_string_pretty(one),
        several => serde_json::to_string_pretty(several),
    };
    let text = text.map_err(|error| Failure::from_error(&error))? + "\n";
    Ok(write_file(path, text.as_bytes())?)
}

/// Renders one preset into one file.
pub(crate) fn to_file(
    loaded: &Loaded,
    common: &Common,
    path: &Path,
    keep_partial: bool,
) -> Result<Report, Failure> {
    let stream = path == Path::new("-");
    if stream && common.report.as_deref() == Some(path) {
        return Err(Failure::usage("sound and report cannot both go to the standard output"));
    }
    let rate = common.rate.unwrap_or_default();
    // The file is started first: an unwritable one is told before minutes of work. Its length is a
    // guess on the long side, which only decides the kind of header.
    let scene = Scene::build(&loaded.preset.scene()).map_err(|error| Failure::from_error(&error))?;
    let guess = rate.frames(scene.seconds() + LONGEST_TAIL_S);
    let mut writer = if stream { None } else { Some(start_file(path, loaded, common, rate, guess)?) };
    let mut stage = prepare(loaded, common, rate, false)?;
    let span = Span::of(common, stage.engine.scene(), stage.engine.seconds(), rate)?;
    let mut writer = match writer.take() {
        Some(writer) => writer,
        None => {
            let (format, info) = about(loaded, common, rate);
            let sink = Box::new(io::stdout());
            let name = "the standard output".to_owned();
            WavWriter::stream(sink, name, format, &info, span.frames(), loaded.preset.seed)?
        }
    };
    let run = perform(&mut stage.engine, loaded, span, stage.prepare_s, common.quiet, &mut |left, right| {
        Ok(writer.write(&[left, right])?)
    })?;
    let Run { ending, report } = run;
    let name = path.display();
    if ending == Ending::Interrupted && !stream {
        if !keep_partial || writer.frames() == 0 {
            return Err(Failure::Interrupted { left: None });
        }
        let frames = writer.finish()?;
        let left = format!("{name} holds the first {}", length(rate.seconds(frames)));
        return Err(Failure::Interrupted { left: Some(left) });
    }
    let frames = writer.finish()?;
    if ending == Ending::Interrupted {
        return Err(Failure::Interrupted { left: Some("the stream is shorter than announced".into()) });
    }
    summary(common, &describe(&name.to_string(), &report, rate.seconds(frames)));
    Ok(report)
}

/// More than any engine adds after the last beat, seconds.
const LONGEST_TAIL_S: f64 = 60.0;

fn about(loaded: &Loaded, common: &Common, rate: SampleRate) -> (Format, Info) {
    let preset = &loaded.preset;
    let info = Info {
        title: preset.title.clone(),
        comment: format!("preset {}; phrase {}; seed {}", loaded.name, preset.phrase, preset.seed),
    };
    (Format { rate, channels: 2, bits: common.bits }, info)
}

fn start_file(
    path: &Path,
    loaded: &Loaded,
    common: &Common,
    rate: SampleRate,
    frames: u64,
) -> Result<WavWriter, Failure> {
    let (format, info) = about(loaded, common, rate);
    Ok(WavWriter::create(path, format, &info, frames, loaded.preset.seed)?)
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

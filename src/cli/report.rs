//! `--report`: JSON, or a page to look at and listen to.

use std::path::{Path, PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    engine::Report,
    output::{Container, write_file},
    plot::{Layout, Page, PanelKind, Player, Subject, page, picture, svg},
    preset::Loaded,
    units::SampleRate,
};

use super::{arguments::Common, failure::Failure};

/// A sound file of at most so many bytes travels inside the page: some twenty seconds.
const EMBED_BYTES: u64 = 6 << 20;

/// A finished piece of work that can be reported.
pub(crate) struct Rendered {
    /// The figures.
    pub report: Report,
    /// What can be drawn of it, if a page was asked for.
    pub subject: Option<Subject>,
    /// The sound, if it is in a file.
    pub sound: Option<PathBuf>,
    /// Ctrl-C came first; what is left.
    pub interrupted: Option<String>,
    preset: String,
    text: String,
}

impl Rendered {
    /// Puts together what a preset has become.
    pub fn new(loaded: &Loaded, report: Report, subject: Option<Subject>, sound: Option<PathBuf>) -> Self {
        Self {
            report,
            subject,
            sound,
            interrupted: None,
            preset: loaded.name.clone(),
            text: loaded.text.clone(),
        }
    }
}

/// Whether a report has to be a page: its name ends in `.html` or `.htm`.
fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("html") || e.eq_ignore_ascii_case("htm"))
}

/// A subject that listens along, if the report will be a page.
pub(crate) fn listener(
    common: &Common,
    loaded: &Loaded,
    channels: usize,
    from_s: f64,
    rate: SampleRate,
) -> Result<Option<Subject>, Failure> {
    if !common.report.as_deref().is_some_and(is_page) {
        return Ok(None);
    }
    subject(loaded, channels, from_s, rate).map(Some)
}

/// A subject for a scene in so many channels.
pub(crate) fn subject(
    loaded: &Loaded,
    channels: usize,
    from_s: f64,
    rate: SampleRate,
) -> Result<Subject, Failure> {
    let title = if loaded.preset.title.is_empty() { &loaded.name } else { &loaded.preset.title };
    Subject::new(title, from_s, channels, rate).map_err(|error| Failure::from_error(&error))
}

/// Writes the report that `--report` asks for: as JSON an object for one preset and a list for several; a page if
/// its name ends in .html.
pub(crate) fn write_reports(common: &Common, done: Vec<Rendered>) -> Result<(), Failure> {
    let Some(path) = &common.report else { return Ok(()) };
    let text = if is_page(path) {
        as_page(common, path, done)?
    } else {
        let text = match &done[..] {
            [one] => serde_json::to_string_pretty(&one.report),
            several => serde_json::to_string_pretty(&several.iter().map(|r| &r.report).collect::<Vec<_>>()),
        };
        text.map_err(|error| Failure::from_error(&error))? + "\n"
    };
    Ok(write_file(path, text.as_bytes())?)
}

/// Writes the report of something played, always as JSON.
pub(crate) fn write_played(common: &Common, report: &Report) -> Result<(), Failure> {
    let Some(path) = &common.report else { return Ok(()) };
    let text = serde_json::to_string_pretty(report).map_err(|error| Failure::from_error(&error))? + "\n";
    Ok(write_file(path, text.as_bytes())?)
}

/// A page belongs to a file that can be heard again.
pub(crate) fn refuse_page(common: &Common) -> Result<(), Failure> {
    if common.report.as_deref().is_some_and(is_page) {
        let failure = Failure::usage("what is played leaves no sound for a page");
        return Err(failure.hint("write a file with -o, or report into a .json"));
    }
    Ok(())
}

fn as_page(common: &Common, path: &Path, mut done: Vec<Rendered>) -> Result<String, Failure> {
    let layout = Layout { width: Layout::WIDTH, height: None, panels: PANELS.to_vec() };
    let mut pictures = Vec::new();
    for one in &mut done {
        let Some(mut subject) = one.subject.take() else { continue };
        subject.tell(one.report.clone());
        let drawing = picture(&subject, &layout).map_err(|error| Failure::from_error(&error))?;
        pictures.push(svg(&drawing, None));
    }
    let changes = options(common);
    let pages: Vec<Page<'_>> = done
        .iter()
        .zip(pictures)
        .map(|(one, picture)| Page {
            picture,
            panels: layout.panel_ends(),
            report: &one.report,
            preset: &one.preset,
            text: &one.text,
            changes: changes.clone(),
            player: one.sound.as_deref().map_or(Player::None, |sound| player(path, sound)),
        })
        .collect();
    Ok(page(&pages))
}

/// All that can be shown of a performance fits on a page.
const PANELS: [PanelKind; 7] = [
    PanelKind::Intensity,
    PanelKind::People,
    PanelKind::Spreading,
    PanelKind::Timing,
    PanelKind::Level,
    PanelKind::Loudness,
    PanelKind::Spectrogram,
];

/// The options that changed the preset.
fn options(common: &Common) -> Vec<String> {
    let named = [
        ("--phrase", &common.phrase),
        ("--people", &common.people),
        ("--seed", &common.seed),
        ("--place", &common.place),
    ];
    let named = named.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)));
    named.chain(common.set.iter().map(|change| change.option.clone())).collect()
}

/// Short sounds travel inside the page, longer ones are linked.
fn player(page: &Path, sound: &Path) -> Player {
    let short = sound.metadata().is_ok_and(|m| m.is_file() && m.len() <= EMBED_BYTES);
    if let Some(bytes) = short.then(|| std::fs::read(sound).ok()).flatten() {
        let kind = match Container::of(sound) {
            Ok(Container::Flac) => "audio/flac",
            Ok(Container::Ogg) => "audio/ogg",
            Ok(Container::Wav) | Err(_) => "audio/wav",
        };
        return Player::Embedded(kind, STANDARD.encode(bytes));
    }
    let folder = |path: &Path| {
        let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
        folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
    };
    let (from, to) = (folder(page), folder(sound));
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let mut steps: Vec<String> = from.components().skip(shared).map(|_| "..".to_owned()).collect();
    let down = to.components().skip(shared).map(|c| c.as_os_str().to_string_lossy().into_owned());
    steps.extend(
        down.chain(sound.file_name().map(|n| n.to_string_lossy().into_owned())).map(|s| in_address(&s)),
    );
    Player::Link(steps.join("/"))
}

/// A name as part of an address.
fn in_address(name: &str) -> String {
    name.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sounds_are_linked_from_where_the_page_is() {
        let folder = tempfile::tempdir().unwrap();
        let (reports, sounds) = (folder.path().join("reports"), folder.path().join("my sounds"));
        std::fs::create_dir(&reports).unwrap();
        std::fs::create_dir(&sounds).unwrap();
        let sound = sounds.join("a#1.wav");
        let file = std::fs::File::create(&sound).unwrap();
        file.set_len(EMBED_BYTES + 1).unwrap();
        let link = |page: &Path| player(page, &sound);
        assert_eq!(link(&reports.join("x.html")), Player::Link("../my%20sounds/a%231.wav".into()));
        assert_eq!(link(&sounds.join("x.html")), Player::Link("a%231.wav".into()));
        file.set_len(4).unwrap();
        assert_eq!(link(&reports.join("x.html")), Player::Embedded("audio/wav", "AAAAAA==".into()));
    }
}

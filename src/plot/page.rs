//! One page that holds all of a performance: player, pictures, figures, preset. It needs no network and no other
//! file but the sound, follows the reader's light or dark, and works by keyboard.

use std::fmt::Write;

use super::axes::clock;
use super::html::escaped;
use super::subject::{grouped, signed};
use super::svg::FONTS;
use super::theme::{Ink, Theme, hex};
use crate::engine::{BeatReport, Report};

/// Where the sound of a page is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Player {
    /// Nowhere: it went into a pipe.
    None,
    /// In a file; its address relative to the page.
    Link(String),
    /// In the page itself: what kind of file it is, such as `audio/wav`, and all of it in base 64.
    Embedded(&'static str, String),
}

/// One performance on a page.
#[derive(Clone, Debug)]
pub struct Page<'p> {
    /// The picture, as `svg` makes it without a theme.
    pub picture: String,
    /// Where the panels of the picture begin and end, shares of its width.
    pub panels: [f64; 2],
    /// The figures.
    pub report: &'p Report,
    /// Name of the preset.
    pub preset: &'p str,
    /// Its text.
    pub text: &'p str,
    /// What was changed in it: `--people 300`.
    pub changes: Vec<String>,
    /// The sound.
    pub player: Player,
}

/// A page about one or more performances.
pub fn page(performances: &[Page<'_>]) -> String {
    let title = match performances {
        [one] => format!("{} — uproar", one.report.title),
        several => format!("{} performances — uproar", several.len()),
    };
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"uproar {}\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';style-src 'unsafe-inline';\
         script-src 'unsafe-inline';img-src data:;media-src 'self' file: data:\">\n\
         <title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n",
        env!("CARGO_PKG_VERSION"),
        escaped(&title),
        style()
    );
    if performances.len() > 1 {
        out += "<nav aria-label=\"Performances\"><ul>\n";
        for (n, one) in performances.iter().enumerate() {
            let _ = writeln!(out, "<li><a href=\"#p{n}\">{}</a></li>", escaped(&one.report.title));
        }
        out += "</ul></nav>\n";
    }
    for (n, one) in performances.iter().enumerate() {
        performance(&mut out, n, one);
    }
    let _ = write!(
        out,
        "</main>\n<footer>Made by uproar {}.</footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    );
    out
}

// Writing to a string cannot fail: the outcomes are dropped.
fn performance(out: &mut String, n: usize, page: &Page<'_>) {
    let report = page.report;
    let [from_s, to_s] = report.span_s;
    let _ = writeln!(
        out,
        "<section id=\"p{n}\" class=\"performance\" data-from=\"{from_s}\" data-to=\"{to_s}\" data-left=\"{:.5}\" \
         data-right=\"{:.5}\" aria-labelledby=\"t{n}\">\n<h1 id=\"t{n}\">{}</h1>\n<p class=\"phrase\">“{}”</p>",
        page.panels[0],
        page.panels[1],
        escaped(&report.title),
        escaped(&report.phrase)
    );
    let source = match &page.player {
        Player::None => None,
        Player::Link(address) => Some(address.clone()),
        Player::Embedded(kind, data) => Some(format!("data:{kind};base64,{data}")),
    };
    if let Some(source) = &source {
        let preload = if matches!(page.player, Player::Link(_)) { "metadata" } else { "auto" };
        let _ = writeln!(
            out,
            "<audio controls preload=\"{preload}\" src=\"{}\" aria-label=\"Sound of {}\"></audio>\n\
             <p class=\"missing\" hidden role=\"alert\">The sound is not where the page expects it: {}</p>",
            escaped(source),
            escaped(&report.title),
            if let Player::Link(address) = &page.player { escaped(address) } else { String::new() }
        );
    }
    let _ = writeln!(
        out,
        "<figure tabindex=\"0\" aria-label=\"Picture of the performance over time\">\
         <div class=\"stage\">{}<div class=\"head\" hidden></div></div></figure>",
        page.picture
    );
    figures(out, report);
    beats(out, report, source.is_some());
    let _ = writeln!(out, "<h2>Preset</h2>\n<p>{}, version {}.", escaped(page.preset), report.version);
    if !page.changes.is_empty() {
        let changes: Vec<String> =
            page.changes.iter().map(|c| format!("<code>{}</code>", escaped(c))).collect();
        let _ = writeln!(out, "Changed on the command line: {}.", changes.join(", "));
    }
    let _ = writeln!(
        out,
        "</p>\n<details><summary>Its text</summary><pre tabindex=\"0\">{}</pre></details>\n</section>",
        escaped(page.text)
    );
}

fn figures(out: &mut String, report: &Report) {
    let number = |value: Option<f64>, unit: &str| {
        value.map_or("silence".to_owned(), |value| format!("{} {unit}", signed(value, 1)))
    };
    let length_s = report.span_s[1] - report.span_s[0];
    let rows = [
        ("Length", format!("{} ({length_s:.1} s)", clock(length_s))),
        ("People", grouped(report.people)),
        ("Seed", report.seed.to_string()),
        ("Loudness", number(report.integrated_lufs, "LUFS")),
        ("True peak", number(report.true_peak_dbtp, "dBTP")),
        ("Highest sample", number(report.sample_peak_dbfs, "dBFS")),
        ("Most sounds at once", grouped(report.most_grains as usize)),
        ("Cut short", grouped(report.stolen_grains as usize)),
        ("Frames per second", grouped(report.rate_hz as usize)),
        (
            "Rendered in",
            format!("{:.1} s ({:.1}× real time)", report.prepare_s + report.render_s, report.times_real_time),
        ),
    ];
    *out += "<h2>Figures</h2>\n<dl>\n";
    for (name, value) in rows {
        let _ = writeln!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", escaped(&value));
    }
    *out += "</dl>\n";
}

fn beats(out: &mut String, report: &Report, playable: bool) {
    *out += "<h2>Beats</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Beats\"><table>\n<thead><tr>\
             <th scope=\"col\">Beat<th scope=\"col\">Heard from<th scope=\"col\">Start<th scope=\"col\">Length\
             <th scope=\"col\">Intensity<th scope=\"col\">Murmuring<th scope=\"col\">Chanting<th scope=\"col\">Roaring\
             <th scope=\"col\">Scatter<th scope=\"col\">Level</tr></thead>\n<tbody>\n";
    for beat in &report.beats {
        let BeatReport { name, place, start_s, seconds, .. } = beat;
        let shown = if name.is_empty() { "—" } else { name.as_str() };
        let name = escaped(shown);
        let start = if playable {
            let label = clock(*start_s);
            format!(
                "<button type=\"button\" data-at=\"{start_s}\" aria-label=\"Play {name} from {label}\">{label}</button>"
            )
        } else {
            clock(*start_s)
        };
        let spread = beat.spread_ms_min.map_or("—".into(), |ms| format!("{ms:.0} ms"));
        let level = beat.level_dbfs.map_or("silence".into(), |db| format!("{} dB", signed(db, 1)));
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{name}<td>{}<td>{start}<td>{seconds:.1} s<td>{:.0} %<td>{}<td>{}<td>{}<td>{spread}<td>{level}</tr>",
            escaped(place),
            100.0 * beat.intensity_max,
            grouped(beat.murmuring_max as usize),
            grouped(beat.chanting_max as usize),
            grouped(beat.roaring_max as usize)
        );
    }
    *out += "</tbody></table></div>\n";
}

fn style() -> String {
    let colours = |theme: Theme| {
        [
            ("paper", Ink::Paper),
            ("text", Ink::Text),
            ("faint", Ink::Faint),
            ("grid", Ink::Grid),
            ("band", Ink::Band),
            ("accent", Ink::Chant),
        ]
        .map(|(name, ink)| format!("--{name}:{};", hex(ink.rgb(theme))))
        .concat()
    };
    format!(
        ":root{{{}}}\n@media (prefers-color-scheme:dark){{:root{{{}}}}}\n@media print{{:root{{{}}}}}\n\
         *{{box-sizing:border-box}}\nbody{{margin:0;background:var(--paper);color:var(--text);\
         font:16px/1.5 {FONTS}}}\nmain{{max-width:1240px;margin:0 auto;padding:1rem}}\n{STYLE}",
        colours(Theme::Light),
        colours(Theme::Dark),
        colours(Theme::Light)
    )
}

const STYLE: &str = "h1{font-size:1.7rem;margin:1rem 0 0}
h2{font-size:1.15rem;margin:2rem 0 .5rem}
.phrase{color:var(--faint);margin:.1rem 0 1rem;font-size:1.1rem}
audio{width:100%;display:block;margin:0 0 1rem}
.missing{color:var(--accent)}
figure{margin:0;overflow-x:auto;border:1px solid var(--grid);border-radius:6px}
.stage{position:relative;min-width:720px}
.stage svg{display:block;width:100%;height:auto}
.head{position:absolute;top:0;bottom:0;width:2px;background:var(--accent);pointer-events:none}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(180px,1fr));gap:.75rem;margin:0}
dl div{border:1px solid var(--grid);border-radius:6px;padding:.5rem .75rem}
dt{color:var(--faint);font-size:.85rem}
dd{margin:0;font-weight:600;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.35rem .6rem;border-bottom:1px solid var(--grid);white-space:nowrap}
th:first-child,td:nth-child(2),thead th:nth-child(2){text-align:left}
thead th{color:var(--faint);font-weight:600;font-size:.85rem}
tbody tr:hover{background:var(--band)}
button{font:inherit;color:inherit;background:var(--band);border:1px solid var(--grid);border-radius:4px;padding:.05rem .5rem;cursor:pointer}
button:hover{border-color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
pre{overflow:auto;max-height:40rem;background:var(--band);border:1px solid var(--grid);border-radius:6px;padding:1rem;font-size:.85rem}
summary{cursor:pointer}
footer{color:var(--faint);padding:1rem;text-align:center;font-size:.85rem}
@media print{audio,.head,button{display:none}figure{break-inside:avoid}}
";

/// Beats start the player; a click into the picture does too; a line shows where it is.
const SCRIPT: &str = "for (const one of document.querySelectorAll('.performance')) {
  const audio = one.querySelector('audio');
  if (!audio) continue;
  const from = +one.dataset.from, to = +one.dataset.to, left = +one.dataset.left, right = +one.dataset.right;
  const stage = one.querySelector('.stage'), head = one.querySelector('.head');
  const seek = at => { audio.currentTime = Math.max(0, at - from); audio.play().catch(() => {}); };
  for (const button of one.querySelectorAll('button[data-at]'))
    button.addEventListener('click', () => seek(+button.dataset.at));
  stage.addEventListener('click', event => {
    const box = stage.getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width - left) / (right - left);
    if (share >= 0 && share <= 1) seek(from + share * (to - from));
  });
  const show = () => {
    head.hidden = false;
    const share = audio.currentTime / (to - from);
    head.style.left = 100 * (left + share * (right - left)) + '%';
    if (!audio.paused) requestAnimationFrame(show);
  };
  audio.addEventListener('play', show);
  audio.addEventListener('seeked', show);
  audio.addEventListener('error', () => { one.querySelector('.missing').hidden = false; });
}
";

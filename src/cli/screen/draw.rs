//! The picture of a show: 80 columns by 24 rows, larger where there is room, with and without colour.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use crate::crowd::{MAP_COLUMNS, MAP_ROWS};
use crate::live::{Desk, help};
use crate::units::db_from_gain;

use super::keys::{Keys, SHOWN};

/// What the screen shows beside the desk's own figures.
#[derive(Clone, Debug, Default)]
pub(crate) struct Status {
    /// What plays, as it was granted.
    pub device: String,
    /// From a key to the ear, seconds, as far as it is known.
    pub latency_s: f64,
    /// Highest load of late, share of the time there is.
    pub load: f64,
    /// Gaps so far.
    pub underruns: u64,
    /// Blocks that took too long so far.
    pub late: u64,
    /// The device has gone; the show goes on unheard.
    pub lost: bool,
    /// Sounds of far people that were left out.
    pub thinned: u64,
    /// What comes in from elsewhere: MIDI, OSC, follow.
    pub inputs: String,
}

/// Levels of a cell that is eight steps high.
const STEPS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Names and styles.
struct Look {
    coloured: bool,
}

impl Look {
    fn of(&self, color: Color) -> Style {
        if self.coloured { Style::new().fg(color) } else { Style::new() }
    }

    fn strong(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    fn faint(&self) -> Style {
        if self.coloured {
            Style::new().fg(Color::DarkGray)
        } else {
            Style::new().add_modifier(Modifier::DIM)
        }
    }

    fn flag(&self, color: Color) -> Style {
        self.of(color).add_modifier(Modifier::BOLD | Modifier::REVERSED)
    }
}

/// Draws everything.
pub(crate) fn draw(frame: &mut Frame<'_>, desk: &Desk, keys: &Keys, status: &Status, coloured: bool) {
    let look = Look { coloured };
    let whole = frame.area();
    if whole.width < 40 || whole.height < 12 {
        let text = "too small: 80 x 24 is enough";
        return frame.render_widget(Paragraph::new(text), whole);
    }
    let foot = foot(&look, whole.width);
    let rows = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(3),
        Constraint::Min(3),
        Constraint::Length(MAP_ROWS as u16 + 1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(foot.len() as u16),
    ])
    .split(whole);
    frame.render_widget(title(&look, desk, whole.width), rows[0]);
    frame.render_widget(Paragraph::new(levels(&look, desk, whole.width)), rows[1]);
    frame.render_widget(Paragraph::new(curve(&look, desk, rows[2])), rows[2]);
    let middle =
        Layout::horizontal([Constraint::Min(30), Constraint::Length(MAP_COLUMNS as u16 + 2)]).split(rows[3]);
    frame.render_widget(Paragraph::new(crowd(&look, desk, middle[0])), middle[0]);
    frame.render_widget(Paragraph::new(map(&look, desk)), middle[1]);
    if let Some(problem) = desk.problems() {
        let text = format!("The edited preset is refused, the old one goes on:\n{problem}");
        frame.render_widget(Clear, rows[3]);
        frame.render_widget(Paragraph::new(text).style(look.of(Color::LightRed)), rows[3]);
    }
    frame.render_widget(machine(&look, status, desk), rows[4]);
    frame.render_widget(prompt(&look, desk, keys, whole.width), rows[5]);
    frame.render_widget(Paragraph::new(foot), rows[6]);
    if let Some(typing) = &keys.typing {
        let before = if typing.phrase { "phrase> " } else { "command> " };
        let column = (before.len() + Span::raw(&typing.text).width()).min(usize::from(whole.width) - 1);
        frame.set_cursor_position((column as u16, rows[5].y));
    }
    if keys.help {
        let text = format!("Lines that can be typed after `:` (any key goes back)\n\n{}", help());
        frame.render_widget(Clear, whole);
        frame.render_widget(Paragraph::new(text), whole);
    }
}

fn title(look: &Look, desk: &Desk, width: u16) -> Line<'static> {
    let (now, facts) = (desk.now(), desk.facts());
    let mut spans = vec![
        Span::styled(" uproar ", look.flag(Color::Red)),
        Span::styled(format!(" {} ", facts.title), look.strong()),
        Span::raw(format!("{} of {} ", clock(now.scene_s), clock(facts.seconds))),
    ];
    let hands = now.hands;
    let record = desk.recording().map(|name| format!("REC {name}"));
    let flags = [
        (hands.hold, "HOLD".to_owned(), Color::Yellow),
        (hands.looped, "LOOP".into(), Color::Yellow),
        (hands.mute, "MUTE".into(), Color::Magenta),
        (hands.fading, "FADING".into(), Color::Magenta),
        (record.is_some(), record.unwrap_or_default(), Color::Red),
    ];
    for (_, text, color) in flags.into_iter().filter(|flag| flag.0) {
        spans.push(Span::styled(format!(" {text} "), look.flag(color)));
        spans.push(Span::raw(" "));
    }
    let place = facts.places.get(now.place).cloned().unwrap_or_default();
    let place = format!("from {place} ");
    let used: usize = spans.iter().map(Span::width).sum();
    let gap = usize::from(width).saturating_sub(used + place.chars().count());
    spans.push(Span::raw(" ".repeat(gap)));
    spans.push(Span::styled(place, look.of(Color::Cyan)));
    Line::from(spans)
}

/// Two level meters with figures, and the intensity.
fn levels(look: &Look, desk: &Desk, width: u16) -> Vec<Line<'static>> {
    let meters = desk.meters();
    let room = usize::from(width).saturating_sub(40).max(10);
    let mut lines = Vec::new();
    for (name, peak) in [" L ", " R "].into_iter().zip(meters.peak) {
        let db = db_from_gain(f64::from(peak)).max(-99.0);
        // 60 dB from end to end.
        let filled = ((db + 60.0) / 60.0).clamp(0.0, 1.0) * room as f64;
        let color = if db > -3.0 {
            Color::Red
        } else if db > -12.0 {
            Color::Yellow
        } else {
            Color::Green
        };
        let right = if name == " L " {
            format!(" {db:>6.1} dB  now {:>6} LUFS", lufs(meters.momentary_lufs))
        } else {
            format!(" {db:>6.1} dB  all {:>6} LUFS", lufs(meters.integrated_lufs))
        };
        lines.push(Line::from(vec![
            Span::raw(name),
            Span::styled(bar(filled, room), look.of(color)),
            Span::raw(right),
        ]));
    }
    let now = desk.now();
    let whose = if now.hands.crowd { "by hand" } else { "as drawn" };
    lines.push(Line::from(vec![
        Span::raw(" intensity "),
        Span::styled(bar(f64::from(now.intensity) * (room - 8) as f64, room - 8), look.of(Color::Cyan)),
        Span::styled(format!(" {:.2} ", now.intensity), look.strong()),
        Span::raw(whose),
    ]));
    lines
}

fn lufs(value: f64) -> String {
    if value.is_finite() && value > -99.0 { format!("{value:.1}") } else { "-".into() }
}

/// A bar of `filled` of `room` cells, to an eighth of a cell.
fn bar(filled: f64, room: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (filled.clamp(0.0, room as f64) * 8.0).round() as usize;
    let mut text = "█".repeat(eighths / 8);
    text.push_str(PARTS[eighths % 8]);
    let rest = room - text.chars().count().min(room);
    text + &"·".repeat(rest)
}

/// The drawn intensity over the whole scene, the beats under it, and the present moment on it.
fn curve(look: &Look, desk: &Desk, area: Rect) -> Vec<Line<'static>> {
    let (facts, now) = (desk.facts(), desk.now());
    let (width, height) = (usize::from(area.width), usize::from(area.height).saturating_sub(1).max(1));
    let at_s = |column: usize| (column as f64 + 0.5) / width as f64 * facts.seconds;
    let here = ((now.scene_s / facts.seconds * width as f64) as usize).min(width - 1);
    let mut lines = Vec::new();
    for row in 0..height {
        let mut spans = Vec::with_capacity(width);
        for column in 0..width {
            let value = facts.curve.at(at_s(column)).clamp(0.0, 1.0) * height as f64;
            let step = ((value - (height - 1 - row) as f64) * 8.0).round().clamp(0.0, 8.0) as usize;
            let span = match (column == here, step) {
                (true, 0) => Span::styled("│", look.of(Color::Red)),
                (true, _) => Span::styled(STEPS[step], look.of(Color::Red).add_modifier(Modifier::REVERSED)),
                (false, _) if column < here => Span::styled(STEPS[step], look.of(Color::Blue)),
                (false, _) => Span::styled(STEPS[step], look.of(Color::Gray)),
            };
            spans.push(span);
        }
        lines.push(Line::from(spans));
    }
    // Names of the beats where they begin, as far as there is room.
    let mut names: Vec<char> = vec![' '; width];
    let mut free = 0;
    for (index, (name, start_s, ..)) in facts.beats.iter().enumerate() {
        let column = (start_s / facts.seconds * width as f64) as usize;
        let label: Vec<char> =
            if index == now.beat { format!("▸{name}") } else { name.clone() }.chars().collect();
        if column >= free && column + label.len() <= width {
            names[column..column + label.len()].copy_from_slice(&label);
            free = column + label.len() + 1;
        }
    }
    lines.push(Line::from(Span::styled(names.into_iter().collect::<String>(), look.faint())));
    lines
}

/// What the crowd is doing, and what comes next.
fn crowd(look: &Look, desk: &Desk, area: Rect) -> Vec<Line<'static>> {
    let (facts, now) = (desk.facts(), desk.now());
    let crowd = &now.crowd;
    let all = f64::from(crowd.murmuring + crowd.chanting + crowd.roaring + crowd.silent).max(1.0);
    let room = usize::from(area.width).saturating_sub(22).max(5);
    let mut lines = Vec::new();
    for (name, count, color) in [
        ("murmuring", crowd.murmuring, Color::Blue),
        ("chanting", crowd.chanting, Color::Yellow),
        ("roaring", crowd.roaring, Color::Red),
        ("silent", crowd.silent, Color::Gray),
    ] {
        lines.push(Line::from(vec![
            Span::raw(format!(" {name:<10}")),
            Span::styled(bar(f64::from(count) / all * room as f64, room), look.of(color)),
            Span::raw(format!(" {count:>6}")),
        ]));
    }
    let tempo = if crowd.tempo_bpm > 0.0 {
        format!("{:.0} bpm, onsets within {:.0} ms", crowd.tempo_bpm, crowd.spread_ms)
    } else {
        "no chant".into()
    };
    let line = now.hands.line.and_then(|line| facts.chants.iter().find(|chant| chant.0 == line));
    let words = line.map_or(String::new(), |chant| format!(": {}", chant.1));
    lines.push(Line::from(Span::styled(cut(&format!(" {tempo}{words}"), area.width), look.faint())));
    let left_s = facts.beats.get(now.beat).map_or(0.0, |b| b.1 + b.2 - now.scene_s);
    let mut next = facts.beats.iter().skip(now.beat);
    if let Some((name, _, _, doing)) = next.next() {
        let doing = format!("{doing:?}").to_lowercase();
        let text = format!(" ▸ {name} ({doing}), {left_s:.0} s left");
        lines.push(Line::from(Span::styled(cut(&text, area.width), look.strong())));
    }
    for (name, start_s, seconds, doing) in next.take(3) {
        let doing = format!("{doing:?}").to_lowercase();
        let text = format!("   {} {name} ({doing}), {seconds:.0} s", clock(*start_s));
        lines.push(Line::from(cut(&text, area.width)));
    }
    lines
}

/// The crowd from above, the far side on top.
fn map(look: &Look, desk: &Desk) -> Vec<Line<'static>> {
    let cells = &desk.now().map.0;
    let mut lines = vec![Line::from(Span::styled(" who is alight", look.faint()))];
    for row in (0..MAP_ROWS).rev() {
        let spans = cells[row * MAP_COLUMNS..(row + 1) * MAP_COLUMNS].iter().map(|cell| match cell {
            0 => Span::raw(" "),
            1 => Span::styled("·", look.faint()),
            2..=85 => Span::styled("░", look.of(Color::Yellow)),
            86..=170 => Span::styled("▒", look.of(Color::LightYellow)),
            _ => Span::styled("█", look.of(Color::LightRed)),
        });
        lines.push(Line::from(std::iter::once(Span::raw(" ")).chain(spans).collect::<Vec<_>>()));
    }
    lines
}

fn machine(look: &Look, status: &Status, desk: &Desk) -> Line<'static> {
    let now = desk.now();
    let mut spans = Vec::new();
    if status.lost {
        spans.push(Span::styled(" NO DEVICE: the show goes on ", look.flag(Color::Red)));
    } else {
        spans.push(Span::raw(format!(" {}", status.device)));
    }
    let load = format!("  load {:.0} %", 100.0 * status.load);
    let load_color = if status.load > 0.75 { Color::Red } else { Color::Green };
    spans.push(Span::styled(load, look.of(load_color)));
    let gaps = status.underruns + status.late;
    let gap_style = if gaps > 0 { look.of(Color::Red) } else { Style::new() };
    spans.push(Span::styled(format!("  {} gaps {} late", status.underruns, status.late), gap_style));
    spans.push(Span::raw(format!("  {} grains", now.grains)));
    if now.thinned > 0 {
        let thinned = format!("  {} thinned", now.thinned);
        spans.push(Span::styled(thinned, look.of(Color::Yellow)));
    }
    if status.latency_s > 0.0 {
        spans.push(Span::raw(format!("  latency {:.0} ms", 1000.0 * status.latency_s)));
    }
    if !status.inputs.is_empty() {
        spans.push(Span::styled(format!("  {}", status.inputs), look.of(Color::Cyan)));
    }
    Line::from(spans)
}

fn prompt(look: &Look, desk: &Desk, keys: &Keys, width: u16) -> Line<'static> {
    match &keys.typing {
        Some(typing) => {
            let before = if typing.phrase { "phrase> " } else { "command> " };
            Line::from(vec![Span::styled(before, look.strong()), Span::raw(typing.text.clone())])
        }
        None => {
            let learning = if desk.learning() > 0 { " [learning] " } else { "" };
            let last = desk.messages().next_back().unwrap_or_default();
            let last = last.lines().next().unwrap_or_default();
            Line::from(Span::styled(cut(&format!(" {learning}{last}"), width), look.of(Color::LightGreen)))
        }
    }
}

/// The keys, in as many lines as they take.
fn foot(look: &Look, width: u16) -> Vec<Line<'static>> {
    let mut lines = vec![Vec::new()];
    let mut used = 0;
    for (key, what) in SHOWN {
        let length = key.chars().count() + what.chars().count() + 3;
        if used + length > usize::from(width) {
            lines.push(Vec::new());
            used = 0;
        }
        used += length;
        if let Some(line) = lines.last_mut() {
            line.push(Span::styled(format!(" {key}"), look.strong()));
            line.push(Span::styled(format!(" {what} "), look.faint()));
        }
    }
    lines.into_iter().map(Line::from).collect()
}

fn cut(text: &str, width: u16) -> String {
    text.chars().take(usize::from(width)).collect()
}

fn clock(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

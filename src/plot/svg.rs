//! Paints a drawing as SVG: words stay words, and without a theme of its own the picture follows the reader's.

use std::fmt::Write;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::drawing::{Anchor, Drawing, Mark};
use super::heat::Heat;
use super::html::escaped;
use super::theme::{INKS, Theme, hex};

/// Typefaces of the reader's system.
pub(crate) const FONTS: &str =
    "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Noto Sans',Arial,sans-serif";

/// Paints a drawing; without a theme it is light, or dark where the reader prefers that.
pub fn svg(drawing: &Drawing, theme: Option<Theme>) -> String {
    let (width, height) = (drawing.width, drawing.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"uproar\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"{FONTS}\">\n<title>{}</title>\n<desc>{}</desc>\n",
        escaped(&drawing.title),
        escaped(&drawing.description)
    );
    out += "<style>\n";
    out += &style(theme);
    out += "</style>\n";
    let _ = writeln!(out, "<rect class=\"f-paper\" width=\"{width}\" height=\"{height}\"/>");
    for mark in &drawing.marks {
        paint(&mut out, mark, theme);
    }
    out + "</svg>\n"
}

/// One class for filling and one for stroking with each ink.
fn style(theme: Option<Theme>) -> String {
    let rules = |theme: Theme| {
        INKS.iter().fold(String::new(), |mut css, ink| {
            let (class, colour) = (ink.class(), hex(ink.rgb(theme)));
            let _ = writeln!(css, ".uproar .f-{class}{{fill:{colour}}}.uproar .s-{class}{{stroke:{colour}}}");
            css
        })
    };
    match theme {
        Some(theme) => rules(theme),
        None => format!(
            "{}.uproar .dark{{display:none}}\n@media (prefers-color-scheme:dark){{\n{}\
             .uproar .light{{display:none}}.uproar .dark{{display:inline}}\n}}\n\
             @media print{{\n{}.uproar .light{{display:inline}}.uproar .dark{{display:none}}\n}}\n",
            rules(Theme::Light),
            rules(Theme::Dark),
            rules(Theme::Light)
        ),
    }
}

fn paint(out: &mut String, mark: &Mark, theme: Option<Theme>) {
    // Writing to a string cannot fail.
    let _ = match mark {
        Mark::Rect { x, y, width, height, ink } => writeln!(
            out,
            "<rect class=\"f-{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            ink.class(),
            short(*x),
            short(*y),
            short(*width),
            short(*height)
        ),
        Mark::Line { points, ink, width, dash } => {
            let dash = dash
                .map_or(String::new(), |d| format!(" stroke-dasharray=\"{} {}\"", short(d), short(0.7 * d)));
            writeln!(
                out,
                "<polyline class=\"s-{}\" fill=\"none\" stroke-width=\"{}\" stroke-linejoin=\"round\"{dash} points=\"{}\"/>",
                ink.class(),
                short(*width),
                list(points)
            )
        }
        Mark::Area { points, ink, opacity } => writeln!(
            out,
            "<polygon class=\"f-{}\" fill-opacity=\"{}\" points=\"{}\"/>",
            ink.class(),
            short(*opacity),
            list(points)
        ),
        Mark::Text { x, y, text, size, ink, anchor, bold } => {
            let anchor = match anchor {
                Anchor::Start => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::End => " text-anchor=\"end\"",
            };
            let weight = if *bold { " font-weight=\"600\"" } else { "" };
            writeln!(
                out,
                "<text class=\"f-{}\" x=\"{}\" y=\"{}\" font-size=\"{}\"{anchor}{weight}>{}</text>",
                ink.class(),
                short(*x),
                short(*y),
                short(*size),
                escaped(text)
            )
        }
        Mark::Image { x, y, width, height, heat } => {
            let place = [*x, *y, *width, *height];
            match theme {
                Some(theme) => out.push_str(&image(place, heat, theme, "")),
                None => {
                    out.push_str(&image(place, heat, Theme::Light, " class=\"light\""));
                    // The attribute is for programs that do not know style sheets, which override it.
                    out.push_str(&image(place, heat, Theme::Dark, " class=\"dark\" display=\"none\""));
                }
            }
            Ok(())
        }
    };
}

fn image([x, y, width, height]: [f32; 4], heat: &Heat, theme: Theme, class: &str) -> String {
    format!(
        "<image{class} x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
         href=\"data:image/png;base64,{}\"/>\n",
        short(x),
        short(y),
        short(width),
        short(height),
        STANDARD.encode(heat.png(theme))
    )
}

fn list(points: &[[f32; 2]]) -> String {
    let pairs: Vec<String> = points.iter().map(|p| format!("{},{}", short(p[0]), short(p[1]))).collect();
    pairs.join(" ")
}

/// A number with at most two decimals.
fn short(value: f32) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

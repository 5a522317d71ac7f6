//! Intensity curves typed as CSV: one `seconds,value[,shape]` per line.
//!
//! Owns the reading of text; whoever calls has read the file. Empty lines, `#` comments and one heading are skipped.

use super::{Point, SceneError, Shape};

/// Most rows that a curve may have.
const MAX_ROWS: usize = 1_000_000;

/// Reads a curve from CSV text.
///
/// # Errors
/// [`SceneError::Csv`] with line and column of the first number that cannot be read, is not finite, lies outside
/// 0..1 (values) or falls (times); also if there is no row at all.
pub fn parse_csv(text: &str) -> Result<Vec<Point>, SceneError> {
    let mut points: Vec<Point> = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let content = line.split('#').next().unwrap_or("");
        if content.trim().is_empty() {
            continue;
        }
        let fields: Vec<(usize, &str)> = fields(content);
        if points.is_empty() && fields[0].1.parse::<f64>().is_err() && is_heading(&fields) {
            continue;
        }
        let fail = |column: usize, message: String| SceneError::Csv { line: number, column, message };
        if fields.len() < 2 || fields.len() > 3 {
            let found = fields.len();
            return Err(fail(
                1,
                format!("expected seconds,value or seconds,value,shape, found {found} fields"),
            ));
        }
        let at_s = number_in(fields[0], "seconds", 0.0, super::MAX_SECONDS, number)?;
        let value = number_in(fields[1], "value", 0.0, 1.0, number)?;
        let shape = match fields.get(2) {
            None | Some((_, "")) => Shape::Linear,
            Some((column, name)) => Shape::from_name(name).ok_or_else(|| {
                fail(*column, format!("unknown shape \"{name}\" (linear, smooth, exponential or hold)"))
            })?,
        };
        if let Some(before) = points.last().filter(|p| p.at_s > at_s) {
            return Err(fail(fields[0].0, format!("{at_s} s comes before {} s", before.at_s)));
        }
        if points.len() == MAX_ROWS {
            return Err(fail(1, format!("more than {MAX_ROWS} rows")));
        }
        points.push(Point { at_s, value, shape });
    }
    if points.is_empty() {
        return Err(SceneError::Csv { line: 1, column: 1, message: "no row with seconds,value".into() });
    }
    Ok(points)
}

/// Fields with the column (from 1, in characters) at which each starts.
fn fields(content: &str) -> Vec<(usize, &str)> {
    let mut start = 0;
    content
        .split(',')
        .map(|raw| {
            let lead = raw.len() - raw.trim_start().len();
            let column = content[..start + lead].chars().count() + 1;
            start += raw.len() + 1;
            (column, raw.trim())
        })
        .collect()
}

fn is_heading(fields: &[(usize, &str)]) -> bool {
    fields.len() >= 2
        && fields.iter().all(|(_, f)| f.chars().next().is_some_and(|c| c.is_alphabetic() || c == '"'))
        && matches!(
            fields[0].1.trim_matches('"').to_ascii_lowercase().as_str(),
            "time" | "seconds" | "t" | "time_s" | "at" | "s"
        )
}

fn number_in(
    (column, field): (usize, &str),
    what: &str,
    low: f64,
    high: f64,
    line: usize,
) -> Result<f64, SceneError> {
    let value = field.parse::<f64>().map_err(|_| SceneError::Csv {
        line,
        column,
        message: format!("{what}: \"{field}\" is not a number"),
    })?;
    if value.is_finite() && value >= low && value <= high {
        return Ok(value);
    }
    Err(SceneError::Csv { line, column, message: format!("{what}: {value} is outside {low}..={high}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_headings_and_comments_are_read() {
        let points =
            parse_csv("time,value,shape\n0, 0.1\n# a swell\n\n10,0.9,smooth\r\n12.5,0,hold # end").unwrap();
        assert_eq!(points.len(), 3);
        assert_eq!(points[1], Point { at_s: 10.0, value: 0.9, shape: Shape::Smooth });
        assert_eq!(points[2].shape, Shape::Hold);
    }

    #[test]
    fn errors_name_line_and_column() {
        let cases = [
            ("0,0.1\n1,abc", (2, 3), "not a number"),
            ("0,0.1\n1,  1.5", (2, 5), "outside 0..=1"),
            ("5,0.1\n1,0.2", (2, 1), "comes before"),
            ("0,0.1,wobbly", (1, 7), "unknown shape"),
            ("0\n", (1, 1), "found 1 fields"),
            ("0,NaN", (1, 3), "outside"),
            ("-1,0.5", (1, 1), "outside"),
            ("", (1, 1), "no row"),
            ("nonsense,0.5", (1, 1), "not a number"),
        ];
        for (text, place, words) in cases {
            match parse_csv(text).unwrap_err() {
                SceneError::Csv { line, column, message } => {
                    assert_eq!((line, column), place, "{text:?}: {message}");
                    assert!(message.contains(words), "{text:?}: {message}");
                }
                other => panic!("{text:?}: {other}"),
            }
        }
    }
}

//! Intensity curves typed as CSV: one `seconds,value[,shape]` per line.
//!
//! Owns the reading of text; whoever calls has read the file. Empty lines, `#` comments and one heading are skipped.

use super::{PictureClock, Point, SceneError, Shape};

/// Most rows that a curve may have.
const MAX_ROWS: usize = 1_000_000;

/// Most mistakes that are told of one file.
const MOST_PROBLEMS: usize = 20;

/// Reads a curve from CSV text. Times are seconds, or what [`PictureClock::read`] makes of them.
///
/// # Errors
/// At least one [`SceneError::Csv`], at most twenty: line and column of every number that cannot be read, is not
/// finite, lies outside 0..1 (values) or falls (times), of every unknown shape, and a file without any row.
pub fn parse_csv(text: &str, clock: Option<&PictureClock>) -> Result<Vec<Point>, Vec<SceneError>> {
    let mut points: Vec<Point> = Vec::new();
    let mut wrong: Vec<SceneError> = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows = 0;
    for (index, line) in text.lines().enumerate() {
        let content = line.split('#').next().unwrap_or("");
        if content.trim().is_empty() {
            continue;
        }
        let fields: Vec<(usize, &str)> = fields(content);
        if rows == 0 && fields[0].1.parse::<f64>().is_err() && is_heading(&fields) {
            continue;
        }
        rows += 1;
        let before = wrong.len();
        let mut fail =
            |column: usize, message: String| wrong.push(SceneError::Csv { line: index + 1, column, message });
        if rows > MAX_ROWS {
            fail(1, format!("more than {MAX_ROWS} rows"));
            break;
        }
        if fields.len() < 2 || fields.len() > 3 {
            fail(1, format!("expected seconds,value or seconds,value,shape, found {} fields", fields.len()));
        } else {
            let at_s = match fields[0] {
                (column, time) if time.contains([':', 'f']) => {
                    PictureClock::read(clock, time).map_err(|message| fail(column, message)).ok()
                }
                field => number_in(field, "seconds", super::MAX_SECONDS, &mut fail),
            };
            let value = number_in(fields[1], "value", 1.0, &mut fail);
            let shape = match fields.get(2) {
                None | Some((_, "")) => Some(Shape::Linear),
                Some((column, name)) => {
                    let shape = Shape::from_name(name);
                    if shape.is_none() {
                        let message =
                            format!("unknown shape \"{name}\" (linear, smooth, exponential or hold)");
                        fail(*column, message);
                    }
                    shape
                }
            };
            if let (Some(at_s), Some(value), Some(shape)) = (at_s, value, shape) {
                match points.last().filter(|p| p.at_s > at_s) {
                    Some(earlier) => {
                        fail(fields[0].0, format!("{at_s} s comes before {} s", earlier.at_s));
                    }
                    None => points.push(Point { at_s, value, shape }),
                }
            }
        }
        if wrong.len() > before && wrong.len() >= MOST_PROBLEMS {
            wrong.truncate(MOST_PROBLEMS);
            break;
        }
    }
    if rows == 0 {
        wrong.push(SceneError::Csv { line: 1, column: 1, message: "no row with seconds,value".into() });
    }
    if wrong.is_empty() { Ok(points) } else { Err(wrong) }
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
    high: f64,
    fail: &mut impl FnMut(usize, String),
) -> Option<f64> {
    match field.parse::<f64>() {
        Ok(value) if (0.0..=high).contains(&value) => return Some(value),
        Ok(value) => fail(column, format!("{what}: {value} is outside 0..={high}")),
        Err(_) => fail(column, format!("{what}: \"{field}\" is not a number")),
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_headings_and_comments_are_read() {
        let points =
            parse_csv("time,value,shape\n0, 0.1\n# a swell\n\n10,0.9,smooth\r\n12.5,0,hold # end", None)
                .unwrap();
        assert_eq!(points.len(), 3);
        assert_eq!(points[1], Point { at_s: 10.0, value: 0.9, shape: Shape::Smooth });
        assert_eq!(points[2].shape, Shape::Hold);
    }

    fn told(text: &str) -> Vec<(usize, usize, String)> {
        let wrong = parse_csv(text, None).unwrap_err();
        wrong
            .into_iter()
            .map(|error| match error {
                SceneError::Csv { line, column, message } => (line, column, message),
                other => panic!("{text:?}: {other}"),
            })
            .collect()
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
            let told = told(text);
            assert_eq!(told.len(), 1, "{text:?}: {told:?}");
            let (line, column, message) = &told[0];
            assert_eq!((*line, *column), place, "{text:?}: {message}");
            assert!(message.contains(words), "{text:?}: {message}");
        }
    }

    #[test]
    fn every_mistake_is_told_up_to_a_bound() {
        let places: Vec<(usize, usize)> =
            told("0,2\n1,0.5\n2,x,wobbly\n0.5,0.1\n3\n4,1").into_iter().map(|t| (t.0, t.1)).collect();
        assert_eq!(places, [(1, 3), (3, 3), (3, 5), (4, 1), (5, 1)]);
        assert_eq!(told(&"x,y\n".repeat(1000)).len(), MOST_PROBLEMS);
    }
}

//! Figures as words: counts, scores, years, times, ordinals.
//!
//! Owns the reading of what begins with a figure. Does not own how the words are said.

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: [(u64, &str); 4] = [
    (1_000_000_000_000, "trillion"),
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
];

/// A whole number in words.
pub(super) fn cardinal(n: u64) -> Vec<&'static str> {
    let mut out = Vec::new();
    let mut rest = n;
    for (scale, name) in SCALES {
        if rest >= scale {
            // Beyond a thousand trillion the digits are read one by one by the caller.
            out.extend(cardinal((rest / scale).min(999)));
            out.push(name);
            rest %= scale;
        }
    }
    if rest >= 100 {
        out.extend([ONES[(rest / 100) as usize % 10], "hundred"]);
        rest %= 100;
    }
    if rest >= 20 {
        out.push(TENS[(rest / 10) as usize]);
        rest %= 10;
        if rest > 0 {
            out.push(ONES[rest as usize]);
        }
    } else if rest > 0 || out.is_empty() {
        out.push(ONES[rest as usize]);
    }
    out
}

/// The ordinal of a whole number: "twenty first".
pub(super) fn ordinal(n: u64) -> Vec<String> {
    let mut words: Vec<String> = cardinal(n).into_iter().map(str::to_owned).collect();
    if let Some(last) = words.last_mut() {
        *last = match last.as_str() {
            "one" => "first".into(),
            "two" => "second".into(),
            "three" => "third".into(),
            "five" => "fifth".into(),
            "eight" => "eighth".into(),
            "nine" => "ninth".into(),
            "twelve" => "twelfth".into(),
            w => match w.strip_suffix('y') {
                Some(stem) => format!("{stem}ieth"),
                None => format!("{w}th"),
            },
        };
    }
    words
}

fn digits(text: &str) -> Vec<String> {
    text.bytes().filter(u8::is_ascii_digit).map(|b| ONES[usize::from(b - b'0')].to_owned()).collect()
}

fn owned(words: Vec<&'static str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}

/// A run of figures: a count, or a year when it looks like one, or its digits when it begins with 0 or is too long.
pub(super) fn run(text: &str, may_be_year: bool) -> Vec<String> {
    if (text.len() > 1 && text.starts_with('0')) || text.len() > 15 {
        return digits(text);
    }
    let Ok(n) = text.parse::<u64>() else {
        return digits(text);
    };
    let year = may_be_year && text.len() == 4 && ((1100..2000).contains(&n) || (2010..2100).contains(&n));
    if !year {
        return owned(cardinal(n));
    }
    let mut out = owned(cardinal(n / 100));
    match n % 100 {
        0 => out.push("hundred".into()),
        low @ 1..=9 => {
            out.push("oh".into());
            out.extend(owned(cardinal(low)));
        }
        low => out.extend(owned(cardinal(low))),
    }
    out
}

/// Plural of the last word: "nineties".
fn plural(mut words: Vec<String>) -> Vec<String> {
    if let Some(last) = words.last_mut() {
        *last = match last.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None if last.ends_with('x') => format!("{last}es"),
            None => format!("{last}s"),
        };
    }
    words
}

/// Reads a token that begins with a figure, for example `2`, `2-1`, `1,000`, `3.5`, `7:30`, `1st`, `90s`, `1/2`, `24/7`.
///
/// Returns the words and how many bytes they took. `text` must begin with an ASCII figure.
pub(super) fn read(text: &str) -> (Vec<String>, usize) {
    let bytes = text.as_bytes();
    let run_from = |from: usize| from + bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let at = |i: usize| bytes.get(i).copied().unwrap_or(b' ');
    let mut end = run_from(0);
    // 1,000,000
    let mut plain = text[..end].to_owned();
    let mut grouped = false;
    while end <= 15 && at(end) == b',' && run_from(end + 1) == end + 4 {
        plain.push_str(&text[end + 1..end + 4]);
        end += 4;
        grouped = true;
    }
    let letters = bytes[end..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let suffix = text[end..end + letters].to_ascii_lowercase();
    match suffix.as_str() {
        "st" | "nd" | "rd" | "th" if plain.len() <= 15 => {
            return (ordinal(plain.parse().unwrap_or(0)), end + letters);
        }
        "s" => return (plural(run(&plain, true)), end + letters),
        "k" => return ([run(&plain, false), vec!["thousand".into()]].concat(), end + letters),
        "x" => return ([run(&plain, false), vec!["times".into()]].concat(), end + letters),
        "am" | "pm" => {
            let last = if suffix == "am" { "a.m." } else { "p.m." };
            return ([run(&plain, false), vec![last.into()]].concat(), end + letters);
        }
        _ => {}
    }
    if at(end) == b'.' && at(end + 1).is_ascii_digit() {
        let to = run_from(end + 1);
        let mut words = run(&plain, false);
        words.push("point".into());
        words.extend(digits(&text[end + 1..to]));
        return (words, to);
    }
    let whole = |words: Vec<String>, to: usize| (words, to);
    if at(end) == b':' && run_from(end + 1) == end + 3 && plain.len() <= 2 {
        let mut words = run(&plain, false);
        match &text[end + 1..end + 3] {
            "00" => words.push("o'clock".into()),
            low if low.starts_with('0') => {
                words.push("oh".into());
                words.extend(digits(&low[1..]));
            }
            low => words.extend(run(low, false)),
        }
        return whole(words, end + 3);
    }
    if at(end) == b'/' && at(end + 1).is_ascii_digit() {
        let to = run_from(end + 1);
        let below: u64 = text[end + 1..to].parse().unwrap_or(0);
        let above: u64 = plain.parse().unwrap_or(0);
        if (plain.as_str(), &text[end + 1..to]) != ("24", "7") && above < below && (2..=20).contains(&below) {
            let mut words = run(&plain, false);
            let part = match below {
                2 => vec!["half".to_owned()],
                4 => vec!["quarter".to_owned()],
                n => ordinal(n),
            };
            words.extend(match (above, below) {
                (1, _) => part,
                (_, 2) => vec!["halves".into()],
                _ => plural(part),
            });
            return whole(words, to);
        }
        let mut words = run(&plain, false);
        words.extend(run(&text[end + 1..to], false));
        return whole(words, to);
    }
    // A score: "2-1" is two one. Three figures and more between hyphens are a number like a telephone's.
    let mut words = run(&plain, !grouped);
    let mut dash = 0;
    while matches!(at(end), b'-' | b':') && at(end + 1).is_ascii_digit() && dash < 8 {
        let to = run_from(end + 1);
        words.extend(run(&text[end + 1..to], true));
        end = to;
        dash += 1;
    }
    whole(words, end)
}

/// A whole number or a score in Japanese, in kana, and the bytes it took; `None` for anything else.
///
/// Numbers up to 99,999,999; a longer one and one that begins with 0 is read figure by figure.
pub(super) fn read_japanese(text: &str) -> Option<(Vec<String>, usize)> {
    let mut words = Vec::new();
    let mut rest = text;
    loop {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || words.len() >= 8 {
            return None;
        }
        words.push(japanese(&rest[..digits]));
        rest = &rest[digits..];
        match rest.strip_prefix('-') {
            Some(more) if more.starts_with(|c: char| c.is_ascii_digit()) => rest = more,
            _ => break,
        }
    }
    let follows = rest.chars().next();
    let joined = follows.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, ',' | ':' | '/'));
    let decimal = rest.strip_prefix('.').is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
    (!joined && !decimal).then(|| (words, text.len() - rest.len()))
}

fn japanese(digits: &str) -> String {
    const ONES: [&str; 10] = ["ゼロ", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう"];
    let value = digits
        .parse::<usize>()
        .ok()
        .filter(|v| *v < 100_000_000 && (digits.len() == 1 || !digits.starts_with('0')));
    let Some(value) = value else {
        return digits.bytes().map(|b| ONES[usize::from(b - b'0')]).collect();
    };
    if value == 0 {
        return ONES[0].into();
    }
    let below = |n: usize| {
        let mut out = String::new();
        // Sound changes before a thousand and a hundred: さんぜん, ろっぴゃく.
        out.push_str(match n / 1000 {
            0 => "",
            1 => "せん",
            3 => "さんぜん",
            8 => "はっせん",
            k => ONES[k],
        });
        if !matches!(n / 1000, 0 | 1 | 3 | 8) {
            out.push_str("せん");
        }
        match n / 100 % 10 {
            0 => {}
            1 => out.push_str("ひゃく"),
            3 => out.push_str("さんびゃく"),
            6 => out.push_str("ろっぴゃく"),
            8 => out.push_str("はっぴゃく"),
            k => {
                out.push_str(ONES[k]);
                out.push_str("ひゃく");
            }
        }
        match n / 10 % 10 {
            0 => {}
            1 => out.push_str("じゅう"),
            k => {
                out.push_str(ONES[k]);
                out.push_str("じゅう");
            }
        }
        let ones = n % 10;
        if ones > 0 {
            out.push_str(ONES[ones]);
        }
        out
    };
    let mut out = String::new();
    if value >= 10_000 {
        out.push_str(&below(value / 10_000));
        out.push_str("まん");
    }
    out.push_str(&below(value % 10_000));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(text: &str) -> String {
        let (words, used) = read(text);
        assert_eq!(used, text.len(), "{text}");
        words.join(" ")
    }

    #[test]
    fn figures_are_read_in_japanese() {
        for (typed, said) in [
            ("0", "ゼロ"),
            ("2-1", "に いち"),
            ("365", "さんびゃくろくじゅうご"),
            ("1600", "せんろっぴゃく"),
            ("10000", "いちまん"),
            ("007", "ゼロゼロなな"),
        ] {
            let (words, used) = read_japanese(typed).unwrap();
            assert_eq!((words.join(" ").as_str(), used), (said, typed.len()), "{typed}");
        }
        assert_eq!(read_japanese("7:30"), None);
        assert_eq!(read_japanese("1st"), None);
    }

    #[test]
    fn figures_are_read_as_people_read_them() {
        for (typed, said) in [
            ("0", "zero"),
            ("2-1", "two one"),
            ("100", "one hundred"),
            ("1,234,567", "one million two hundred thirty four thousand five hundred sixty seven"),
            ("1999", "nineteen ninety nine"),
            ("2026", "twenty twenty six"),
            ("2000", "two thousand"),
            ("1905", "nineteen oh five"),
            ("1900", "nineteen hundred"),
            ("1st", "first"),
            ("22nd", "twenty second"),
            ("20th", "twentieth"),
            ("90s", "nineties"),
            ("3.5", "three point five"),
            ("7:30", "seven thirty"),
            ("7:05", "seven oh five"),
            ("12:00", "twelve o'clock"),
            ("1/2", "one half"),
            ("2/3", "two thirds"),
            ("24/7", "twenty four seven"),
            ("007", "zero zero seven"),
            ("10k", "ten thousand"),
            ("99999999999999999999", &["nine"; 20].join(" ")),
        ] {
            assert_eq!(say(typed), said, "{typed}");
        }
    }
}

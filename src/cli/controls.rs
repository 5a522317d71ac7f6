//! `uproar controls`: all that can be done while a show plays.

use crate::live::{HELP, midi, osc};

use super::{failure::Failure, screen, terminal::print};

/// Prints keys, lines, addresses and the usual map.
pub(crate) fn controls() -> Result<(), Failure> {
    let table = |rows: &[(&str, &str)]| {
        let widest = rows.iter().map(|row| row.0.chars().count()).max().unwrap_or(0);
        let line = |(left, right): &(&str, &str)| {
            format!("  {left}{}  {right}\n", " ".repeat(widest - left.chars().count()))
        };
        rows.iter().map(line).collect::<String>()
    };
    let bindings: String = midi::USUAL.iter().map(|line| format!("  {line}\n")).collect();
    print(&format!(
        "Keys on the screen of `uproar play`:\n{}\n\
         Lines, on the standard input or after `:` on the screen:\n{}\n\
         OSC in (--osc PORT; s text, f number, i whole number, [..] may be left out):\n{}\n\
         OSC out (--osc-out PORT), ten times a second, one bundle:\n{}\n\
         MIDI (--midi NAME), unless --midi-map or the preset's `midi` list says otherwise; clock sets the tempo;\n\
         `learn LINE` binds what is touched next:\n{bindings}",
        table(screen::SHOWN),
        table(HELP),
        table(osc::ADDRESSES),
        table(osc::SENT),
    ))
}

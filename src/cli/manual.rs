//! `uproar completions` and `uproar man`.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::output::write_file;

use super::{arguments::Arguments, failure::Failure, names::with_files, terminal::print};

/// Prints completions.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "uproar", &mut bytes);
    print(&with_files(String::from_utf8_lossy(&bytes).into_owned(), shell))
}

/// Prints the manual, or writes one page per command into a folder.
pub(crate) fn man(folder: Option<&Path>) -> Result<(), Failure> {
    let mut command = Arguments::command();
    command.build();
    let Some(folder) = folder else {
        let mut text = page(&command)?;
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            text += &section(sub);
        }
        return print(&text);
    };
    std::fs::create_dir_all(folder).map_err(|source| crate::output::OutputError::Create {
        name: folder.display().to_string(),
        source,
    })?;
    write_file(&folder.join("uproar.1"), page(&command)?.as_bytes())?;
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let name = format!("uproar-{}", sub.get_name());
        write_file(&folder.join(format!("{name}.1")), page(sub)?.as_bytes())?;
    }
    Ok(())
}

fn page(command: &clap::Command) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let page = clap_mangen::Man::new(command.clone());
    page.render(&mut bytes).map_err(|error| Failure::from_error(&error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A command as a section of the one page: its long help, kept as it is laid out.
fn section(command: &clap::Command) -> String {
    let help = command.clone().render_long_help().to_string();
    let title = format!("uproar {}", command.get_name()).to_uppercase();
    let mut text = format!(".SH \"{title}\"\n.nf\n");
    for line in help.lines() {
        // A leading dot or quote would be a command of roff; backslashes are its escapes.
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        let guard = if line.starts_with(['.', '\'']) { "\\&" } else { "" };
        text += &format!("{guard}{line}\n");
    }
    text + ".fi\n"
}

//! From the arguments to the exit code.

use std::{ffi::OsString, process::ExitCode};

use clap::Parser;

use crate::fault::{caught, on_demand};

use super::{
    arguments::{Arguments, Command},
    batch, bench, chant, check, controls, devices,
    failure::Failure,
    layouts, manual, phonemes, play, plot, presets, render, say, terminal,
};

/// Parses the arguments, does what they say, and says how it ended.
///
/// Exit codes: 0 done (a closed pipe is that too), 1 failed, 2 wrong usage, 130 interrupted.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to the standard output and are successes.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let environment = env_logger::Env::new().filter_or("UPROAR_LOG", "off").write_style("UPROAR_LOG_STYLE");
    // A second logger can only mean that a host program has one already.
    let _ = env_logger::Builder::from_env(environment).try_init();
    // Every file that was begun is gone by then: it is removed on the way out of the fault.
    let outcome = caught(|| act(arguments.command)).unwrap_or_else(|reason| Err(broken(&reason)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::complain(&failure);
            ExitCode::from(failure.code())
        }
    }
}

/// A fault of the program itself.
pub(crate) fn broken(reason: &str) -> Failure {
    Failure::new(format!("uproar broke down: {reason}"))
        .hint("this is a fault of the program: please report it with the command and the lines above")
}

fn act(command: Command) -> Result<(), Failure> {
    on_demand("start");
    match command {
        Command::Chant(options) => chant::chant(&options),
        Command::Render(options) => render::render(&options),
        Command::Batch(options) => batch::batch(&options),
        Command::Play(options) => play::play(&options),
        Command::Plot(options) => plot::plot(&options),
        Command::Say(options) => say::say(&options),
        Command::Phonemes(options) => phonemes::phonemes(&options),
        Command::Presets(options) => presets::presets(&options),
        Command::Check(options) => check::check(&options),
        Command::Layouts(options) => layouts::layouts(&options),
        Command::Devices(options) => devices::devices(&options),
        Command::Controls => controls::controls(),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { output_dir } => manual::man(output_dir.as_deref()),
        Command::Bench(options) => bench::bench(&options),
    }
}

//! The command-line program `uproar`.

use std::process::ExitCode;

fn main() -> ExitCode {
    uproar::cli::run(std::env::args_os())
}

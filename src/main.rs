//! The command-line program `uproar`.

fn main() {}

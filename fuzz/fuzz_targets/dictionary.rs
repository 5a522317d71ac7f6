#![no_main]
#![allow(dead_code)]

#[path = "../../tests/untrusted/mod.rs"]
mod untrusted;

libfuzzer_sys::fuzz_target!(|data: &[u8]| untrusted::timed(untrusted::dictionary, data, 1));

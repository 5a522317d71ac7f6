//! mix.

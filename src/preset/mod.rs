//! preset.

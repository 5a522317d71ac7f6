//! crowd.

//! Signed zones.

//! What each address of each server serves, and how fast: `/servers`, and `/servers/NAME`.

mod bar;
mod cells;
mod histogram;
mod list;
mod one;
#[cfg(test)]
mod tests;

pub(super) use list::{PARAMETERS, respond};
pub(super) use one::respond as respond_one;

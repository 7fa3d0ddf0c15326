//! Copies that are whole, and copies that are damaged in one place.

mod damage;
mod denial;
mod hostile;
mod keys;
mod signer;
